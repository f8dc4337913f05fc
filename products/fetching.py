"""Files by web address, from servers that are not trusted: only public addresses (the one that was checked is
the one that is connected to, also after a redirect), only so many bytes, only so long.
"""

import ipaddress
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx

from products.errors import ContentError

MAX_REDIRECTS = 3
TIMEOUT_S = 15.0  # of connecting, and of each read
Resolve = Callable[[str, int], list[str]]


def resolve(host: str, port: int) -> list[str]:
    """Addresses of a host, as the system knows them. Raises OSError."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. `what`: how messages begin ("the picture"); `schemes`: that are allowed; `most`:
    bytes;
    `seconds`: for all of it; `accept`: of statuses other than 200.
    """

    what: str
    url: str
    schemes: tuple[str, ...]
    most: int
    headers: Mapping[str, str]
    seconds: float = 120.0
    accept: tuple[int, ...] = ()

    @property
    def named(self) -> str:
        """The address without what may be a secret in it: user, password, query."""
        return f"{self.what} {shown(self.url)!r}"


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers`: of the answer, names in lower case; `url`: where it came from at last."""

    status: int
    headers: Mapping[str, str]
    url: str
    size: int


def fetch(
    wanted: Wanted, take: Callable[[bytes], object], *, client: httpx.Client, resolve: Resolve = resolve
) -> Answer:
    """Gets it, piece by piece into `take`. Raises ContentError with the reason; pieces may have
    come by then.
    """
    url, began = wanted.url, time.monotonic()
    for _ in range(MAX_REDIRECTS + 1):
        found = _get(wanted, url, take, client, resolve, began)
        if isinstance(found, Answer):
            return found
        url = urljoin(url, found)
    raise ContentError(
        f"{wanted.named} redirects more than {MAX_REDIRECTS} times.", remedy="Give its last address."
    )


def shown(url: str) -> str:
    """An address for people and logs: without user, password, query and fragment."""
    try:
        parts = urlsplit(url)
        port = "" if parts.port is None else f":{parts.port}"
        return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
    except ValueError:
        return "(broken address)"


def _get(
    wanted: Wanted,
    url: str,
    take: Callable[[bytes], object],
    client: httpx.Client,
    resolve: Resolve,
    began: float,
) -> Answer | str:
    """The answer, or where it has moved."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise ContentError(f"{wanted.named} has a broken address.", remedy="Correct it.") from error
    if parts.scheme not in wanted.schemes or not host:
        allowed = " nor ".join(reversed(wanted.schemes))
        neither = f"neither {allowed}" if len(wanted.schemes) > 1 else f"not {allowed}"
        raise ContentError(f"{wanted.named} is {neither}.", remedy="Give a web address.")
    address = _public_address(wanted, host, port, resolve)
    target = httpx.URL(url).copy_with(host=address)
    headers = {"Host": host if parts.port is None else f"{host}:{port}", **wanted.headers}
    size = 0
    try:
        with client.stream(
            "GET",
            target,
            headers=headers,
            extensions={"sni_hostname": host},
            follow_redirects=False,
            timeout=TIMEOUT_S,
        ) as response:
            if response.has_redirect_location:
                return str(response.headers.get("location", ""))
            if response.status_code != 200 and response.status_code not in wanted.accept:
                raise ContentError(
                    f"{wanted.named} was answered with {response.status_code}.", remedy="Check it."
                )
            for block in response.iter_bytes() if response.status_code == 200 else ():
                size += len(block)
                if size > wanted.most:
                    raise ContentError(
                        f"{wanted.named} is larger than {wanted.most >> 20} MiB.", remedy="Shrink it."
                    )
                if time.monotonic() - began > wanted.seconds:
                    raise ContentError(
                        f"{wanted.named} takes longer than {wanted.seconds:.0f} s.", remedy="Try again later."
                    )
                take(block)
            told = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, told, url, size)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ContentError(
            f"{wanted.named} cannot be fetched ({type(error).__name__}).", remedy="Check it."
        ) from error


def _public_address(wanted: Wanted, host: str, port: int, resolve: Resolve) -> str:
    try:
        addresses = resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise ContentError(f"{wanted.named}: {host} is not known.", remedy="Check the address.") from error
    for address in addresses:
        ip = ipaddress.ip_address(address.split("%")[0])
        mapped = getattr(ip, "ipv4_mapped", None) or ip
        if not mapped.is_global or mapped.is_multicast:
            raise ContentError(f"{wanted.named} lies in a private network.", remedy="Give a public address.")
    if not addresses:
        raise ContentError(f"{wanted.named}: {host} has no address.", remedy="Check the address.")
    return addresses[0]
