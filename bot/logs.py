"""Logs as lines of JSON, for whoever collects them: CASTMATE_LOG=json. Each line says of which show, channel
and node it is; no stream key and no secret of the settings stands in any.

Without it logs are words for people, as ever. What a command prints for people stays as it is.
"""

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.settings import Settings
from bot.stage.egress import redact

IDS = ("event", "show", "channel", "node")  # what a record may bring in `extra`
LONGEST = 8000  # characters of a message or of an error
CHATTY = ("httpx", "httpcore", "apscheduler")  # their lines hold addresses, some with keys
SHORTEST_SECRET = 4  # a shorter one would black out words


class JsonLines(logging.Formatter):
    """One object a line: at (UTC), level, from, the ids, message, error. `fields`: of all lines, e.g. the
    node or the show of this process.
    """

    def __init__(self, fields: Mapping[str, str], secrets: tuple[str, ...]) -> None:
        super().__init__()
        self._fields, self._secrets = dict(fields), secrets

    def format(self, record: logging.LogRecord) -> str:
        ids = {name: str(getattr(record, name)) for name in IDS if hasattr(record, name)}
        line: dict[str, str] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            **self._fields,
            **ids,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps({k: self._clean(v) for k, v in line.items()}, ensure_ascii=False)

    def _clean(self, text: str) -> str:
        return redact(text, *self._secrets)[:LONGEST]


def open_logs(settings: Settings, fields: Mapping[str, str], out: TextIO | None = None) -> bool:
    """Sends all logs of this process to `out` (stderr) as JSON, if the settings say so; whether they do."""
    if settings.log != "json":
        return False
    handler = logging.StreamHandler(sys.stderr if out is None else out)
    handler.setFormatter(JsonLines(fields, secrets_of(settings)))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    return True


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """What must not stand in a line: each secret setting, and the password in the database's address."""
    values = [v.get_secret_value() for v in settings.model_dump().values() if isinstance(v, SecretStr)]
    try:
        values.append(make_url(settings.database_url).password or "")
    except ArgumentError:
        values.append(settings.database_url)
    return tuple(v for told in values for v in told.split() if len(v) >= SHORTEST_SECRET)
