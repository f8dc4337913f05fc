"""castmate connectors: the list, logging in and out, a check that explains itself."""

import json

import pytest
from fakes.serving import served_beside
from fakes.twitch import FakeTwitch
from typer.testing import CliRunner

from bot import cli
from bot.accounts import account_keeper
from bot.commands import connectors
from bot.settings import read_settings
from products.errors import CastmateError


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs `castmate connectors ...`; an error of ours is raised."""
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(connectors, "has_windows", lambda: False)
    monkeypatch.setattr(connectors.console, "_width", 200)

    def call(*words, answers=""):
        result = CliRunner().invoke(cli.app, ["connectors", *words], input=answers)
        if isinstance(result.exception, CastmateError):
            raise result.exception
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        return result

    return call


@pytest.fixture
def twitch():
    fake = FakeTwitch()
    fake.interval, fake.agree_at_once = 1, True
    with served_beside(fake.app) as (base, _):
        fake.base = base
        yield fake


def log_in(run, fake, *more):
    fields = (
        f"url_id={fake.base}/oauth2",
        f"url_helix={fake.base}/helix",
        f"url_ingests={fake.base}/ingests",
    )
    to = [word for field in fields for word in ("--set", field)]
    return run("login", "twitch", "--account", "shop", *to, *more, answers=f"{fake.client_id}\n\n")


def test_the_list_says_what_each_can_do_and_how_it_is_written(run):
    told = json.loads(run("list", "--json").output)
    by_name = {c["name"]: c for c in told["connectors"]}
    assert by_name["twitch"]["to"] == "twitch:ACCOUNT"
    assert "read chat" in by_name["twitch"]["can"]
    assert by_name["rtmp"]["can"] == ["stream"]
    assert told["broken"] == {}
    assert "twitch:ACCOUNT" in run("list").output


def test_without_accounts_a_check_says_how_to_begin(run):
    result = run("check")
    assert result.exit_code == 0
    assert "castmate connectors login" in result.output


def test_login_check_and_logout(run, twitch):
    said = log_in(run, twitch)
    assert "The code is ABCD" in said.output
    assert "Twitch knows you as" in said.output
    assert not [t for t in (*twitch.tokens, *twitch.refreshes) if t in said.output]
    checked = run("check", "twitch:shop")
    assert checked.exit_code == 0
    assert "logged in as castmate_shop" in checked.output
    assert json.loads(run("check", "--json").output)["ok"] is True
    assert "shop" in run("list").output
    assert run("logout", "twitch", "--account", "shop").exit_code == 0
    with pytest.raises(CastmateError, match="no account"):
        run("logout", "twitch", "--account", "shop")


def test_a_login_that_is_gone_is_explained_with_its_remedy(run, twitch):
    log_in(run, twitch)
    twitch.revoke_login()
    result = run("check")
    assert result.exit_code == 2
    assert "What to do: Run: castmate connectors login twitch --account shop --again" in result.output
    told = json.loads(run("check", "--json").output)
    assert told["ok"] is False
    assert told["accounts"]["twitch:shop"][0]["remedy"]


def test_a_platform_that_is_away_is_explained_too(run, twitch):
    log_in(run, twitch)
    account_keeper(read_settings()).write("twitch", "shop", {"url_id": "http://127.0.0.1:1/oauth2"})
    result = run("check")
    assert result.exit_code == 2
    assert "cannot be reached" in result.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("login", "room"), "needs no account"),
        (("login", "nope"), "no connector"),
        (("login", "twitch", "--set", "broken"), "has no value"),
        (("login", "twitch", "--account", "../x"), "cannot be the name"),
        (("check", "nope"), "no connector"),
        (("check", "twitch"), "No account of Twitch"),
    ],
)
def test_what_cannot_be_is_said(run, words, says):
    with pytest.raises(CastmateError, match=says):
        run(*words)


def test_changing_a_field_of_an_account_asks_for_no_login(run):
    keeper = account_keeper(read_settings())
    keeper.write("douyin", "shop", {"server": "rtmp://127.0.0.1/live", "stream_key": "k"})
    said = run("login", "douyin:shop", "--set", "item.mug=17 陶瓷杯")
    assert said.exit_code == 0
    assert "Kept for douyin:shop" in said.output
    assert keeper.read("douyin", "shop")["item.mug"] == "17 陶瓷杯"


def test_a_console_without_a_screen_says_what_is_needed(run, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    account_keeper(read_settings()).write(
        "douyin", "shop", {"server": "rtmp://127.0.0.1/live", "stream_key": "k"}
    )
    with pytest.raises(CastmateError, match="visible window"):
        run("login", "douyin:shop")
