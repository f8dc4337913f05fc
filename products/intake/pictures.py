"""Product pictures: beside the file, or fetched (products/fetching.py). What is fetched must be a picture, of
a size that can be drawn.
"""

import hashlib
from pathlib import Path

import httpx
from PIL import Image, UnidentifiedImageError

from products.errors import ContentError
from products.fetching import Resolve, Wanted, fetch, resolve

MAX_BYTES = 10 * 2**20
MAX_PIXELS = 50_000_000


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
    url, data = "https:" + source if source.startswith("//") else source, bytearray()
    wanted = Wanted("the picture", url, ("http", "https"), MAX_BYTES, {"Accept": "image/*"})
    found = fetch(wanted, data.extend, client=client, resolve=resolve)
    return _keep(bytes(data), found.url, folder)


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
