"""Puts the pages of evidence, rules and licences onto a lasting console."""

from collections.abc import Callable
from datetime import datetime

from fastapi import FastAPI

from bot.airtime import AirtimeBook
from bot.clone_packs import withdraw_licence
from bot.console.evidence import add_evidence
from bot.console.licence_board import LicenceBoard
from bot.console.licences import add_licences
from bot.console.rules import add_rules
from bot.console.rules_board import RulesBoard
from bot.dossier import open_dossiers
from bot.licensed import open_licences
from bot.performers import PerformerBook
from bot.settings import Settings


def add_records(app: FastAPI, settings: Settings, now: Callable[[], datetime]) -> None:
    """Over this machine's shows, office and licences."""
    dossiers = open_dossiers(settings)
    add_evidence(app, dossiers)
    add_rules(app, RulesBoard(settings.office, settings.data / "keys" / "ledger.pem", now))
    board = LicenceBoard(
        lambda: open_licences(settings),
        lambda licence, at: withdraw_licence(settings, licence, at),
        dossiers,
        AirtimeBook(dossiers, settings.cache / "airtime", now),
        PerformerBook(settings.data / "licences"),
        now,
    )
    add_licences(app, board)
