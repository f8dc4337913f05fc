"""Kuaishou in the list of connectors."""

from dataclasses import replace

from connectors.account import Account
from connectors.base import Cap, Connector
from connectors.kuaishou.login import FIELDS, log_in
from connectors.outside import Outside
from connectors.registry import Entry
from connectors.rtmp.hosts import limits_of


def _make(account: Account, outside: Outside) -> Connector:
    from connectors.kuaishou.connector import KuaishouConnector

    return KuaishouConnector(account, outside)


ENTRY = Entry(
    name="kuaishou",
    title="Kuaishou (open platform)",
    caps=frozenset({Cap.EGRESS, Cap.METRICS}),
    ingest=replace(limits_of("kuaishou"), single_use_key=True),
    fields=FIELDS,
    login=log_in,
    make=_make,
    manual=(
        "Comments, gifts, goods and the AI declaration are in the seller's console (zs.kwaixiaodian.com).",
        "A room without a stream for one to two minutes is closed; the show then goes on in a new room, "
        "which must be announced again.",
    ),
)
