"""Puts a lasting console together for `castmate serve`: its people, its certificate, its plain door."""

import asyncio
import ssl
from dataclasses import dataclass

from fastapi import FastAPI
from sqlalchemy import Engine

from bot.clock import Clock
from bot.commands.traced import console_spans
from bot.commands.way_in import WayIn
from bot.compliance.enrolled import FaceStore
from bot.compliance.persons import PersonKeys
from bot.console.accounts import Accounts, accounts_of
from bot.console.authority import Authority, open_authority
from bot.console.phone import PlainDoor
from bot.console.server import serve
from bot.console.settings import ConsoleSettings
from bot.settings import Settings

LOOK_S = 3600.0


@dataclass(frozen=True, slots=True)
class Ways:
    """A console's settings and what serves it beside the main port. `tls`: None for plain HTTP."""

    way: WayIn
    console: ConsoleSettings
    accounts: Accounts
    authority: Authority | None
    tls: ssl.SSLContext | None

    @property
    def link(self) -> str | None:
        """Where shows on this machine find an HTTPS console; None: at the main port."""
        return f"ws://127.0.0.1:{self.way.plain_port}/link" if self.way.own else None

    def said(self) -> list[str]:
        """What is printed: the way in, and what a phone needs."""
        where = f"{self.way.address}/console"
        if self.accounts.people.begun():
            lines = [f"Console  {where}"]
        else:
            lines = [
                f"Console  {where}?key={self.console.operator_token}",
                "  This link makes the owner's account and is good once.",
            ]
        if self.authority is not None:
            pairs = self.authority.fingerprint().split(" ")
            lines += [
                f"Phones   {self.console.plain}/phone",
                "  Compare there before you trust (SHA-256 of the authority):",
                *(f"  {' '.join(pairs[k : k + 16])}" for k in (0, 16)),
            ]
        return lines

    async def beside(self, app: FastAPI, stop: asyncio.Event) -> None:
        """The plain door, and the certificate signed anew in time, until `stop`. Nothing for other ways."""
        if self.authority is None or self.tls is None:
            return
        door = PlainDoor(app, self.way.address)
        async with asyncio.TaskGroup() as group:
            renewing = group.create_task(self._renew())
            await serve(self.console, self.way.listen, self.way.plain_port, stop=stop, app=door, shared=True)
            renewing.cancel()

    async def _renew(self) -> None:
        authority, tls, now = self.authority, self.tls, self.accounts.book.now
        while authority is not None and tls is not None:
            await asyncio.sleep(LOOK_S)
            if await asyncio.to_thread(authority.renew, now()):
                authority.load(tls)


def open_ways(
    way: WayIn, settings: Settings, engine: Engine, clock: Clock, link_token: str, key: str
) -> Ways:
    """`engine`: of a database whose tables are up to date; `key`: of the link that is printed. Raises
    SetupError.
    """
    folder = settings.person_keys.parent
    accounts = accounts_of(
        engine,
        clock.now,
        key=folder / "console.key",
        ledger=settings.data / "console" / "ledger.jsonl",
        signs=settings.data / "keys" / "ledger.pem",
    )
    authority = tls = None
    if way.own:
        authority = open_authority(settings.data / "https", way.names, accounts.sealer, clock.now())
        tls = authority.context()
    plain = f"http://{way.names[0]}:{way.plain_port}" if way.own else ""
    console = ConsoleSettings(
        link_token,
        key,
        accounts=accounts,
        authority=authority,
        secure=way.secure,
        address=way.address,
        plain=plain,
        hosts=way.hosts,
        proxies=tuple(p.strip() for p in settings.proxies.split(",") if p.strip()) if way.proxied else (),
        hearing=settings.cache / "hearing",
        faces=FaceStore(settings.faces, PersonKeys(settings.person_keys)),
        metrics_token=settings.metrics_token.get_secret_value(),
        spans=console_spans(settings),
    )
    return Ways(way, console, accounts, authority, tls)
