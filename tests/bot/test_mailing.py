"""Alarms as letters: over the wire to a mail server, one for what rings together, with nothing let in."""

import asyncio
import socket
import socketserver
import threading
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from bot.alarms import BETWEEN_S, TRIES_S, Alarms
from bot.mailing import Refused, letter, mail_of, send
from products.errors import RemoteError, SetupError

T0 = datetime(2026, 11, 23, 20, tzinfo=UTC)
WHERE = "smtps://castmate%40shop.example:p%2Fw@mail.example?from=castmate@shop.example&to=ann@shop.example,bo@shop.example"


class MailServer(socketserver.ThreadingTCPServer):
    """Takes letters as RFC 5321 has it, as far as they are needed; `says` answers RCPT."""

    allow_reuse_address, daemon_threads = True, True

    def __init__(self, rcpt=b"250 ok"):
        self.rcpt, self.letters, self.people = rcpt, [], []
        super().__init__(("127.0.0.1", 0), _Talk)


class _Talk(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"220 mail.example\r\n")
        while raw := self.rfile.readline():
            word = raw[:4].upper().strip()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = []
                while (part := self.rfile.readline()) != b".\r\n":
                    lines.append(part)
                self.server.letters.append(message_from_bytes(b"".join(lines), policy=policy.default))
            if word == b"RCPT":
                self.server.people.append(raw.decode().split("<")[1].split(">")[0])
            self.wfile.write(
                b"221 bye\r\n"
                if word == b"QUIT"
                else self.server.rcpt + b"\r\n"
                if word == b"RCPT"
                else b"250 ok\r\n"
            )


@pytest.fixture
def server():
    made = []

    def start(**more):
        it = MailServer(**more)
        made.append(it)
        threading.Thread(target=it.serve_forever, args=(0.02,), daemon=True).start()
        where = f"smtp://127.0.0.1:{it.server_address[1]}?from=castmate@shop.example&to=ann@shop.example,bo@shop.example"
        return it, mail_of(where)

    yield start
    for it in made:
        it.shutdown()
        it.server_close()


def rung(text, about="evening"):
    return {
        "text": f"Castmate: {about}: {text}",
        "kind": "show.failed",
        "about": about,
        "at": "2026-11-23T20:00:00",
    }


def test_an_address_is_read_and_not_shown():
    mail = mail_of(WHERE)
    assert (mail.host, mail.port, mail.tls, mail.user, mail.password) == (
        "mail.example",
        465,
        True,
        "castmate@shop.example",
        "p/w",
    )
    assert mail.to == ("ann@shop.example", "bo@shop.example")
    assert "p/w" not in repr(mail)
    assert mail_of("") is None
    assert mail_of(WHERE.replace("smtps", "smtp")).port == 587


@pytest.mark.parametrize(
    "where",
    [
        "mail.example", "http://mail.example?from=a@b.example&to=c@d.example", "smtps://u:SECRET@mail.example",
        "smtps://u:SECRET@mail.example?from=a@b.example", "smtps://u:SECRET@mail.example?from=nobody&to=c@d.example",
        "smtps://u:SECRET@:x?from=a@b.example&to=c@d.example",
        "smtps://u:SECRET@mail.example?from=a@b.example&to=" + ",".join(f"p{i}@d.example" for i in range(11)),
        "smtps://u:SECRET@mail.example?from=a@b.example&to=c@d.example%0d%0aBcc:x@y.example",
    ],
)  # fmt: skip
def test_what_is_none_is_told_without_its_secret(where):
    with pytest.raises(SetupError, match="CASTMATE_ALARM_MAIL") as error:
        mail_of(where)
    assert "SECRET" not in str(error.value)


def test_a_letter_comes_over_the_wire(server):
    it, mail = server()
    send(mail, letter(mail, [rung("its process died"), rung("价格变动过大", "feed")], T0))
    (came,) = it.letters
    assert came["subject"] == "Castmate: evening: its process died (and 1 more)"
    assert (came["from"], came["to"]) == ("castmate@shop.example", "ann@shop.example, bo@shop.example")
    assert came["date"].datetime == T0 and came["auto-submitted"] == "auto-generated"
    assert "价格变动过大" in came.get_content() and "2026-11-23T20:00:00" in came.get_content()
    assert it.people == ["ann@shop.example", "bo@shop.example"]


def test_no_text_begins_a_header_or_another_letter(server):
    it, mail = server()
    send(
        mail,
        letter(
            mail, [rung("x\r\nBcc: eve@evil.example\r\n\r\n.\r\nMAIL FROM:<eve@evil.example>\u2028y")], T0
        ),
    )
    (came,) = it.letters
    assert came["bcc"] is None and len(came["subject"].splitlines()) == 1
    assert len(it.people) == 2


def test_what_no_try_mends_is_told_apart(server):
    _, no = server(rcpt=b"550 no such person")
    with pytest.raises(Refused, match="550"):
        send(no, letter(no, [rung("x")], T0))
    _, later = server(rcpt=b"451 come again")
    with pytest.raises(RemoteError, match="451") as error:
        send(later, letter(later, [rung("x")], T0))
    assert not isinstance(error.value, Refused)
    with socket.socket() as held:  # a port that is taken, and where nobody listens
        held.bind(("127.0.0.1", 0))
        gone = replace(no, port=held.getsockname()[1])
        with pytest.raises(RemoteError, match="cannot be reached"):
            send(gone, letter(gone, [rung("x")], T0))


def test_a_server_elsewhere_that_offers_no_tls_gets_nothing(server):
    it, mail = server()
    with pytest.raises(Refused, match="offers no TLS"):
        send(replace(mail, here=False), letter(mail, [rung("x")], T0))
    assert it.letters == []


async def test_what_rings_together_is_one_letter_and_a_minute_lies_between_two():
    sent, waited, answers = [], [], [RemoteError("away"), None, None]

    def post(mail, message):
        if (answer := answers.pop(0)) is not None:
            raise answer
        sent.append(message["subject"])

    async def sleep(seconds):
        waited.append(seconds)
        await asyncio.sleep(0)

    alarms = Alarms("", lambda: T0, sleep=sleep, mail=mail_of(WHERE), post=post)
    for text in ("died", "again"):
        alarms.ring("show.failed", "evening", text)
    running = asyncio.ensure_future(alarms.run())
    async with asyncio.timeout(60):
        while len(sent) < 1:
            await asyncio.sleep(0.01)
        alarms.ring("show.missed", "morning", "was missed")
        while len(sent) < 2:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert sent == ["Castmate: evening: died (and 1 more)", "Castmate: morning: was missed"]
    assert waited[1:3] == list(TRIES_S[:2]) and BETWEEN_S in waited
    assert alarms.lost == 0


async def test_a_letter_that_is_refused_is_counted_whole():
    async def sleep(seconds):
        await asyncio.sleep(0)

    def post(mail, message):
        raise Refused("no")

    alarms = Alarms("", lambda: T0, sleep=sleep, mail=mail_of(WHERE), post=post)
    alarms.ring("a", "b", "c")
    alarms.ring("a", "b", "d")
    running = asyncio.ensure_future(alarms.run())
    async with asyncio.timeout(60):
        while alarms.lost < 2:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
