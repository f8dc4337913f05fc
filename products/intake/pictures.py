"""Product pictures: beside the file, or fetched. What is fetched is untrusted: only http(s), only public
addresses (the address that was checked is the one that is connected to), a size limit, and it must be a
picture.
"""

import hashlib
import ipaddress
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
from PIL import Image, UnidentifiedImageError

from products.errors import ContentError

MAX_BYTES = 10 * 2**20
MAX_PIXELS = 50_000_000
MAX_REDIRECTS = 3
TIMEOUT_S = 15.0
Resolve = Callable[[str, int], list[str]]


def resolve(host: str, port: int) -> list[str]:
    """Addresses of a host, as the system knows them. Raises OSError."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def is_remote(source: str) -> bool:
    return "://" in source or source.startswith("//")


def local_picture(source: str, folder: Path) -> Path:
    """The picture beside a catalogue file. Raises ContentError when it is not there, is no picture, or lies
    outside.
    """
    base = folder.resolve()
    path = (base / source).resolve()
    if not path.is_relative_to(base):
        raise ContentError(
            f"the picture {source!r} lies outside the folder of the file.", remedy="Put it beside the file."
        )
    if not path.is_file():
        raise ContentError(
            f"there is no picture {source!r}.", remedy="Put it beside the file, or correct its name."
        )
    check_picture(path)
    return path


def check_picture(path: Path) -> None:
    """Raises ContentError unless Pillow knows the file as a picture of a size that can be drawn."""
    try:
        with Image.open(path) as picture:
            width, height = picture.size
            picture.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ContentError(f"{path.name} is no picture.", remedy="Give a PNG, JPEG or WebP file.") from error
    if width * height > MAX_PIXELS:
        raise ContentError(
            f"{path.name} has {width} x {height} pixels.", remedy="Make it 4000 pixels wide or less."
        )


def fetch_picture(source: str, folder: Path, *, client: httpx.Client, resolve: Resolve = resolve) -> Path:
    """Fetches into `folder` under the hash of its bytes and returns the path. Raises ContentError with the
    reason.
    """
    url = "https:" + source if source.startswith("//") else source
    for _ in range(MAX_REDIRECTS + 1):
        data, moved = _get(url, client, resolve)
        if moved is None:
            return _keep(data, url, folder)
        url = urljoin(url, moved)
    raise ContentError(
        f"the picture {source!r} redirects more than {MAX_REDIRECTS} times.", remedy="Give its last address."
    )


def _get(url: str, client: httpx.Client, resolve: Resolve) -> tuple[bytes, str | None]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise ContentError(f"the picture {url!r} has a broken address.", remedy="Correct it.") from error
    if parts.scheme not in ("http", "https") or not host:
        raise ContentError(f"the picture {url!r} is neither http nor https.", remedy="Give a web address.")
    address = _public_address(host, port, url, resolve)
    target = httpx.URL(url).copy_with(host=address)
    headers = {"Host": host if parts.port is None else f"{host}:{port}", "Accept": "image/*"}
    data = bytearray()
    try:
        with client.stream(
            "GET",
            target,
            headers=headers,
            extensions={"sni_hostname": host},
            follow_redirects=False,
            timeout=TIMEOUT_S,
        ) as response:
            if response.is_redirect:
                return b"", response.headers.get("location", "")
            if response.status_code != 200:
                raise ContentError(
                    f"the picture {url!r} was answered with {response.status_code}.", remedy="Check it."
                )
            for block in response.iter_bytes():
                data += block
                if len(data) > MAX_BYTES:
                    raise ContentError(
                        f"the picture {url!r} is larger than {MAX_BYTES >> 20} MiB.", remedy="Shrink it."
                    )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ContentError(
            f"the picture {url!r} cannot be fetched ({type(error).__name__}).", remedy="Check it."
        ) from error
    return bytes(data), None


def _public_address(host: str, port: int, url: str, resolve: Resolve) -> str:
    try:
        addresses = resolve(host, port)
    except OSError as error:
        raise ContentError(
            f"the picture {url!r}: {host} is not known.", remedy="Check the address."
        ) from error
    for address in addresses:
        ip = ipaddress.ip_address(address.split("%")[0])
        mapped = getattr(ip, "ipv4_mapped", None) or ip
        if not mapped.is_global or mapped.is_multicast:
            raise ContentError(
                f"the picture {url!r} lies in a private network.", remedy="Give a public address."
            )
    if not addresses:
        raise ContentError(f"the picture {url!r}: {host} has no address.", remedy="Check the address.")
    return addresses[0]


def _keep(data: bytes, url: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / hashlib.sha256(data).hexdigest()
    part = path.with_suffix(".part")
    part.write_bytes(data)
    try:
        check_picture(part)
    except ContentError as error:
        part.unlink()
        raise ContentError(
            f"the picture {url!r} is no picture.", remedy="Give a PNG, JPEG or WebP file."
        ) from error
    part.replace(path)
    return path
