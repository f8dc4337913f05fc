"""castmate demo: what stops it."""

import signal
import socket
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.commands import demo
from products.errors import SetupError


def test_a_port_that_is_taken_is_told_plainly(tmp_path, monkeypatch):
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(demo, "prepare_reel", lambda *_: tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = CliRunner().invoke(app, ["demo", "--port", str(listener.getsockname()[1])])
    assert isinstance(done.exception, SetupError), done.exception
    with pytest.raises(SetupError, match="another program uses this port"):
        raise done.exception


@pytest.mark.parametrize(
    ("asked", "killed", "code", "ours", "words"),
    [
        (True, False, 0, 0, ""),
        (False, False, 2, 2, ""),
        (True, False, -signal.SIGTERM, 0, "Ended before the show began"),
        (True, True, -signal.SIGKILL, 1, "did not end within"),
        (False, False, -signal.SIGKILL, 1, "ended from outside (SIGKILL)"),
        (False, False, -63, 1, "ended from outside (63)"),
    ],
)
def test_how_the_shows_process_ended_is_our_exit_code_and_told(capsys, asked, killed, code, ours, words):
    process = SimpleNamespace(asked=asked, killed=killed)
    assert demo._outcome(process, code) == ours
    told = " ".join(capsys.readouterr().out.split())
    assert words in told and bool(told) == bool(words)
