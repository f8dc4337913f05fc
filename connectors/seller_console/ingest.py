"""Where the stream of a console's broadcast goes: server and key as the operator copied them."""

from connectors.account import Account
from connectors.base import Ingest, IngestLimits, Secret
from connectors.rtmp.connector import HEVC
from connectors.rtmp.hosts import host_of, is_loopback, is_relay, platform_of
from connectors.seller_console.sheet import Sheet
from products.errors import Refused, SetupError


def ingest_of(sheet: Sheet, account: Account, limits: IngestLimits) -> Ingest:
    """Raises AuthNeeded and SetupError for what the account lacks; Refused for a host that belongs to another
    platform, or that nobody knows: the platform's rules must be those of where the stream really goes.
    """
    server, key = account.text("server").strip(), account.secret("stream_key").reveal().strip()
    scheme, found, _ = server.partition("://")
    host = host_of(server)
    if not found or scheme.lower() not in ("rtmp", "rtmps") or not host or len(server.split()) != 1:
        raise SetupError(
            f"The account {account.platform}:{account.name} has no server of the form rtmp[s]://host/app.",
            remedy=f"Copy it from the platform's live page: {_log_in(sheet, account)} --set server=ADDRESS",
        )
    _must_be_theirs(sheet, account, host)
    between = "" if server.endswith("/") or key.startswith(("/", "?")) else "/"
    url = (server + between + key).removesuffix(HEVC)
    codec = "hevc" if key.endswith(HEVC) else "h264"
    shown = f"{scheme.lower()}://[{host}]" if ":" in host else f"{scheme.lower()}://{host}"
    return Ingest(scheme.lower(), Secret(url), shown, limits, codec=codec)


def _must_be_theirs(sheet: Sheet, account: Account, host: str) -> None:
    url = f"rtmp://{host}/"
    known = platform_of(url)
    if is_loopback(host) or known == sheet.platform:
        return
    if known is not None or is_relay(url):
        raise Refused(
            f"{host} belongs to {known or 'a service that passes streams on'}, not to {sheet.platform}.",
            remedy="Copy the server from this platform's own live page.",
        )
    theirs = any(host == name or host.endswith(f".{name}") for name in sheet.ingest_hosts)
    if theirs or host == account.text("ingest_host").strip().lower():
        return
    raise Refused(
        f"{host} is not known as a host of {sheet.title}.",
        remedy=f"If its live page names it: {_log_in(sheet, account)} --set ingest_host={host}",
    )


def _log_in(sheet: Sheet, account: Account) -> str:
    return f"castmate connectors login {account.platform}:{account.name}"
