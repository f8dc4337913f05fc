"""Structured logs: one object a line, whose they are, and no secret in any."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from bot.logs import CHATTY, open_logs, secrets_of
from bot.settings import Settings

PASSWORD, KEY, TOKEN = "db-passw0rd", "sk-llm-key-1", "link-token-22"
SETTINGS = Settings(
    database=f"postgresql+psycopg://me:{PASSWORD}@db/shop",
    llm_key=SecretStr(KEY),
    link_token=SecretStr(TOKEN),
    metrics_token=SecretStr("old-metrics\nnew-metrics"),
    log="json",
)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    chatty = {name: logging.getLogger(name).level for name in CHATTY}
    out = io.StringIO()
    assert open_logs(SETTINGS, {"node": "west"}, out)
    yield out
    root.handlers[:] = before
    root.setLevel(level)
    for name, was in chatty.items():
        logging.getLogger(name).setLevel(was)


def read(out: io.StringIO) -> list[dict[str, str]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_says_of_which_show_channel_and_node_it_is(lines: io.StringIO) -> None:
    log = logging.getLogger("bot.test")
    log.warning(
        "%s 不在了\nat all",
        "rtmp-1",
        extra={"show": "evening", "channel": "rtmp-1", "event": "channel.trouble"},
    )
    (line,) = read(lines)
    assert line["node"] == "west" and line["show"] == "evening" and line["channel"] == "rtmp-1"
    assert line["event"] == "channel.trouble" and line["level"] == "warning" and line["from"] == "bot.test"
    assert line["message"] == "rtmp-1 不在了\nat all" and line["at"].endswith("+00:00")


def test_no_secret_of_the_settings_reaches_a_line(lines: io.StringIO) -> None:
    log = logging.getLogger("bot.test")
    for word in (PASSWORD, KEY, TOKEN, "old-metrics", "new-metrics"):
        log.error("refused: %s", word, extra={"channel": f"x {word}"})
    log.info(
        "pushing to rtmps://live.example/app/streamkey-77 and srt://h:9?streamid=abc-key&passphrase=p4ss"
    )
    try:
        raise ValueError(f"could not connect as {PASSWORD} to rtmp://h/app/streamkey-77")
    except ValueError:
        log.exception("it failed")
    text = lines.getvalue()
    for secret in (PASSWORD, KEY, TOKEN, "old-metrics", "new-metrics", "streamkey-77", "abc-key", "p4ss"):
        assert secret not in text, secret
    assert "rtmps://live.example" in text and "ValueError" in read(lines)[-1]["error"]


def test_every_secret_setting_is_among_them() -> None:
    typed = [n for n, f in Settings.model_fields.items() if "SecretStr" in str(f.annotation)]
    told = Settings(**{name: SecretStr(f"secret-of-{name}") for name in typed})
    assert set(secrets_of(told)) == {f"secret-of-{name}" for name in typed}


def test_without_the_setting_nothing_changes() -> None:
    before = list(logging.getLogger().handlers)
    assert not open_logs(Settings(), {}, io.StringIO())
    assert logging.getLogger().handlers == before
