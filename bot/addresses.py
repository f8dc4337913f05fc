"""What may stand behind --to, and which connector takes it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from connectors.base import Connector, Secret
from connectors.file.connector import FileConnector
from connectors.push import PushConnector
from connectors.rtmp.connector import RtmpConnector
from connectors.srt.connector import SrtConnector
from connectors.whip.connector import WhipConnector
from products.errors import SetupError

_PUSHES: dict[str, type[PushConnector]] = {
    "rtmp": RtmpConnector,
    "rtmps": RtmpConnector,
    "srt": SrtConnector,
    "whip+https": WhipConnector,
    "whip+http": WhipConnector,
}
_FROM_FILE = "@"


def _scheme(address: str) -> str:
    scheme, found, _ = address.partition("://")
    return scheme.lower() if found else ""


def is_push(address: str) -> bool:
    """Whether the show is sent to a server there; otherwise it is a file."""
    return _scheme(address) in _PUSHES


def read_address(given: str) -> str:
    """The address itself, or the first line of FILE for @FILE: a key in a file is in no process list.

    Raises SetupError for a file that cannot be read, or an address of a kind that nothing sends to; the
    message holds no key.
    """
    address = given
    if given.startswith(_FROM_FILE):
        try:
            lines = Path(given[1:]).read_text("utf-8").split()
        except (OSError, UnicodeDecodeError) as e:
            raise SetupError(
                f"The file with the address, {given[1:]}, cannot be read.",
                remedy="Write the address into it.",
            ) from e
        address = lines[0] if lines else ""
    if not address or (_scheme(address) and not is_push(address)):
        raise SetupError(
            f"Nothing sends to {_scheme(address) or 'nowhere'}.",
            remedy="Use rtmp://, rtmps://, srt://, whip+https:// or the name of an .mp4 or .flv file.",
        )
    return address


def connector_for(address: str, platform: str | None, now: Callable[[], datetime]) -> Connector:
    """Raises SetupError or Refused as the connector does."""
    if is_push(address):
        return _PUSHES[_scheme(address)](Secret(address), platform)
    return FileConnector(Path(address), now=now)
