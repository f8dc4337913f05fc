"""castmate demo: what stops it."""

import socket

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
