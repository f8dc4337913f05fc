"""Alarms as e-mail, for people who are away and have no chat: by the shop's own mail server (RFC 5321, 8314).

The address is one secret: smtps://USER:PASSWORD@HOST[:465]?from=ADDRESS&to=ADDRESS[,ADDRESS...], or smtp://
for a server that asks for STARTTLS (port 587). Without TLS nothing is sent, but to this machine itself.
"""

import ipaddress
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import parse_qs, unquote, urlsplit

from products.errors import RemoteError, SetupError

PORTS = {"smtps": 465, "smtp": 587}
TIMEOUT_S = 20.0
MOST = 10  # people who are written to
SUBJECT = 120
FORM = "smtps://USER:PASSWORD@HOST?from=ADDRESS&to=ADDRESS"


@dataclass(frozen=True, slots=True)
class Mail:
    """Where to, and by which server. `tls`: from the first byte; else by STARTTLS, unless it is `here`: a
    server on this machine may do without.
    """

    host: str
    port: int
    tls: bool
    here: bool
    user: str
    password: str
    sender: str
    to: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Mail(by {self.host}, to {len(self.to)})"


def mail_of(text: str) -> Mail | None:
    """Of CASTMATE_ALARM_MAIL; None for "". Raises SetupError, whose message holds no secret."""
    if not text:
        return None
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        asked = parse_qs(parts.query, strict_parsing=True)
        (sender,), people = asked["from"], ",".join(asked["to"]).split(",")
        known = [Address(addr_spec=one.strip()).addr_spec for one in (sender, *people)]
    except (ValueError, KeyError, IndexError, AttributeError, TypeError):
        host, known, port = "", [], 0
    if not host or not 1 < len(known) <= 1 + MOST or not all("@" in one and one.isascii() for one in known):
        raise SetupError(
            "CASTMATE_ALARM_MAIL is no address of a mail server with a sender and 1 to 10 people.",
            remedy=f"Write {FORM}; percent-encode what is not a letter or digit in user and password.",
        )
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    tls = parts.scheme == "smtps"
    return Mail(host, port, tls, _here(host), user, password, known[0], tuple(known[1:]))


def _here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def letter(mail: Mail, rung: Sequence[Mapping[str, str]], now: datetime) -> EmailMessage:
    """One letter for all that rang meanwhile, the first in its subject."""
    message = EmailMessage()
    first, more = _line(rung[0]["text"]), len(rung) - 1
    message["Subject"] = first[:SUBJECT] + (f" (and {more} more)" if more else "")
    message["From"], message["To"] = mail.sender, ", ".join(mail.to)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=mail.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence note answers it
    message.set_content("\n\n".join(f"{one['at']}\n{_line(one['text'])}" for one in rung) + "\n")
    return message


def _line(text: str) -> str:
    """Nothing of a text begins a header or a line of its own."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


class Refused(RemoteError):
    """The server will not take this letter later either."""


def send(mail: Mail, message: EmailMessage) -> None:
    """Blocks, some seconds at most. Raises RemoteError for what another try may mend, Refused for what none
    will; no message holds a secret.
    """
    context = ssl.create_default_context()
    try:
        if mail.tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT_S, context=context)
        else:
            server = smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_S)
        with server:
            server.ehlo_or_helo_if_needed()
            if not mail.tls and (server.has_extn("starttls") or not mail.here):
                server.starttls(context=context)
            if mail.user:
                server.login(mail.user, mail.password)
            server.send_message(message)
    except ssl.SSLCertVerificationError:
        raise Refused(f"the certificate of {mail.host} is not trusted") from None
    except smtplib.SMTPNotSupportedError:
        raise Refused(f"{mail.host} offers no TLS, or no way to log in") from None
    except (
        smtplib.SMTPAuthenticationError,
        smtplib.SMTPSenderRefused,
        smtplib.SMTPRecipientsRefused,
    ) as error:
        raise _refused(mail, error) from None
    except smtplib.SMTPResponseException as error:
        raise RemoteError(f"{mail.host} answers {error.smtp_code}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise RemoteError(f"{mail.host} cannot be reached ({type(error).__name__})") from None


def _refused(mail: Mail, error: smtplib.SMTPException) -> RemoteError:
    """By its code: 4xx asks for another try (RFC 5321, 4.2.1)."""
    codes = [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
    told = f"{mail.host} takes no letter ({', '.join(str(code) for code in codes) or 'no reason given'})"
    return RemoteError(told) if codes and all(code < 500 for code in codes) else Refused(told)
