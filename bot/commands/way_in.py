"""How people reach a console: plain on this machine, HTTPS by an authority of its own, or behind a proxy."""

import socket
from dataclasses import dataclass
from ipaddress import ip_address

from products.errors import SetupError

HERE = ("localhost", "127.0.0.1", "::1")
EVERYWHERE = ("0.0.0.0", "::")


@dataclass(frozen=True, slots=True)
class WayIn:
    """`names`: what people call the console, the first in printed addresses; `listen`: the address that is
    listened on; `own`: HTTPS by the shop's own authority; `proxied`: a proxy brings the HTTPS.
    """

    names: tuple[str, ...]
    listen: str
    port: int
    own: bool = False
    proxied: bool = False

    @property
    def secure(self) -> bool:
        return self.own or self.proxied

    @property
    def plain_port(self) -> int:
        """Where a phone gets the authority's certificate, and shows on this machine their link."""
        return self.port + 1

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names that requests may ask for."""
        return (*self.names, *HERE)

    @property
    def address(self) -> str:
        """What people open, without a page."""
        name = f"[{self.names[0]}]" if ":" in self.names[0] else self.names[0]
        if self.proxied:
            return f"https://{name}"
        return f"{'https' if self.own else 'http'}://{name}:{self.port}"


def way_in(host: str, port: int, *, behind_proxy: bool = False, listen: str | None = None) -> WayIn:
    """Raises SetupError: a name that is none, no port left for the plain door."""
    if not host or any(c.isspace() or c in "/\\@?#" for c in host):
        raise SetupError(f"{host!r} is no name of a machine.", remedy="Give one, e.g. --host shop.local")
    if behind_proxy:
        return WayIn((host,), listen or "127.0.0.1", port, proxied=True)
    if host in HERE or _loopback(host):
        return WayIn((host,), host if listen is None else listen, port)
    if port >= 65535:
        raise SetupError(
            f"Port {port} leaves none for the page that gets phones in.", remedy="Choose a lower --port."
        )
    names = _own_names() if host in EVERYWHERE else (host.lower(),)
    return WayIn(names, listen or "0.0.0.0", port, own=True)


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _own_names() -> tuple[str, ...]:
    """What this machine calls itself, and its address in the network it reaches others by."""
    names = [socket.gethostname().lower()]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent: the system only chooses the way
            names.append(probe.getsockname()[0])
        except OSError:
            pass  # no network yet: the name alone
    return tuple(dict.fromkeys(names))
