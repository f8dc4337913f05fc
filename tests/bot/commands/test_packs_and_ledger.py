"""castmate packs ... and castmate ledger ...: what people read, and exit codes."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.commands import ledger, packs
from bot.compliance.keys import signing_key
from bot.compliance.ledger import Entry, Ledger
from products.errors import SetupError

NOW = datetime(2026, 11, 22, 19, tzinfo=UTC)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """The command line with a home of its own; errors come out as they are."""
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")

    def call(app: object, *words: object) -> Result:
        result = CliRunner().invoke(app, [str(w) for w in words])  # type: ignore[arg-type]
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


async def a_show(folder: Path, key: Path, *, close: bool = True) -> Path:
    book = Ledger.open(folder / "ledger.jsonl", signing_key(key), "show-1", NOW)
    for n in range(5):
        await book.append(Entry(kind="line", at=NOW + timedelta(seconds=n), data={"text": f"第 {n} 句"}))
    if close:
        await book.close(NOW + timedelta(minutes=1))
    return folder / "ledger.jsonl"


def test_packs_list_names_all(run: Callable[..., Result]) -> None:
    said = run(packs.app, "list").stdout
    assert "39 packs, 160 rules" in said
    assert "wechat-channels" in said and "forbid ai persona" in said
    rows = json.loads(run(packs.app, "list", "--json").stdout)
    assert {"cn-base", "douyin", "room"} <= {r["pack"] for r in rows}


def test_packs_check_names_what_is_wrong(run: Callable[..., Result], tmp_path: Path) -> None:
    assert "Sound." in run(packs.app, "check").stdout
    own = tmp_path / "own"
    own.mkdir()
    (own / "shop.yaml").write_text("- pack: douyin\n", encoding="utf-8")
    with pytest.raises(SetupError, match=r"shop\.yaml") as caught:
        run(packs.app, "check", own)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("words", "headline"),
    [
        (["--platform", "douyin", "--jurisdiction", "CN"], "not yet. Mode: duet."),
        (["--platform", "youtube", "--audience", "EU"], "yes, on conditions. Mode: clone."),
        (["--platform", "wechat_channels", "--jurisdiction", "CN"], "no. Mode: prompter."),
        (["--platform", "youtube", "--audience", "JP"], "no. Mode: refuse."),
        (
            ["--platform", "douyin", "--jurisdiction", "CN", "--drawn", "--local"],
            "yes, as a try. Mode: duet.",
        ),
    ],
)
def test_packs_explain_answers_first(run: Callable[..., Result], words: list[str], headline: str) -> None:
    first = run(packs.app, "explain", *words, "--date", "2026-11-22").stdout.splitlines()[0]
    assert first.endswith(headline)


def test_packs_explain_json_is_the_decision(run: Callable[..., Result]) -> None:
    words = ("--platform", "douyin", "--jurisdiction", "CN", "--date", "2026-11-22", "--json")
    record = json.loads(run(packs.app, "explain", *words).stdout)
    assert (record["mode"], record["outcome"], record["at"]) == ("duet", "confirm", "2026-11-22")


def test_packs_explain_every_platform_and_market_has_words(run: Callable[..., Result]) -> None:
    from bot.compliance.packs import load_packs

    known = load_packs()
    for platform in known.platforms():
        for market in known.markets(platform):
            place = ["--audience", "US"] if market == "*" else ["--jurisdiction", market]
            said = run(packs.app, "explain", "--platform", platform, *place).stdout
            assert "Mode: " in said and "None" not in said and "{" not in said


@pytest.mark.parametrize(
    ("words", "match"),
    [
        (["--platform", "myspace"], "No rules of a platform 'myspace'"),
        (["--platform", "youtube", "--audience", "US", "--date", "tomorrow"], "'tomorrow' is no day"),
    ],
)
def test_packs_explain_tells_a_users_mistake(
    run: Callable[..., Result], words: list[str], match: str
) -> None:
    with pytest.raises(SetupError, match=match):
        run(packs.app, "explain", *words)


async def test_ledger_verify_tells_whole_and_uses_this_machines_key(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    await a_show(tmp_path / "show", tmp_path / "data" / "keys" / "ledger.pem")
    result = run(ledger.app, "verify", tmp_path / "show")
    assert result.exit_code == 0
    assert "Whole. 7 entries, nothing changed." in result.stdout
    assert "Signed up to entry 6 by key" in result.stdout and "Closed." in result.stdout


async def test_ledger_verify_names_the_place_and_exits_with_1(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    path = await a_show(tmp_path / "show", tmp_path / "key.pem")
    path.write_bytes(path.read_bytes().replace("第 2 句".encode(), "第 9 句".encode()))
    result = run(ledger.app, "verify", path, "--key", tmp_path / "key.pem.pub")
    assert result.exit_code == 1
    assert "Not whole." in result.stdout and "line 4: entry 3 (line) was changed" in result.stdout
    told = json.loads(run(ledger.app, "verify", path, "--json").stdout)
    assert told["ok"] is False and told["troubles"][0]["entry"] == 3


async def test_ledger_verify_with_another_key(run: Callable[..., Result], tmp_path: Path) -> None:
    path = await a_show(tmp_path / "show", tmp_path / "key.pem")
    signing_key(tmp_path / "other.pem")
    result = run(ledger.app, "verify", path, "--key", tmp_path / "other.pem.pub")
    assert result.exit_code == 1 and "not signed by this key" in result.stdout


async def test_ledger_verify_with_a_checkpoint_from_elsewhere(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    path = await a_show(tmp_path / "show", tmp_path / "key.pem")
    kept = tmp_path / "kept.checkpoint"
    path.with_name("ledger.jsonl.checkpoint").rename(kept)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:4]))
    words = ("verify", path, "--key", tmp_path / "key.pem.pub")
    assert run(ledger.app, *words).exit_code == 0  # nothing tells that there was more
    result = run(ledger.app, *words, "--checkpoint", kept)
    assert result.exit_code == 1 and "3 cut off the end" in result.stdout


async def test_without_a_key_it_says_that_nobody_vouches(run: Callable[..., Result], tmp_path: Path) -> None:
    path = await a_show(tmp_path / "show", tmp_path / "key.pem", close=False)
    result = run(ledger.app, "verify", path)
    assert result.exit_code == 0
    assert "nobody vouches" in result.stdout and "Not closed" in result.stdout


async def test_ledger_show_prints_what_happened(run: Callable[..., Result], tmp_path: Path) -> None:
    path = await a_show(tmp_path / "show", tmp_path / "key.pem")
    said = run(ledger.app, "show", path).stdout
    assert "2026-11-22 19:00:03" in said and "text 第 3 句" in said and "checkpoint" in said
    lines = run(ledger.app, "show", path, "--kind", "line", "--json").stdout.splitlines()
    assert [json.loads(line)["data"]["text"] for line in lines] == [f"第 {n} 句" for n in range(5)]


@pytest.mark.parametrize("command", ["verify", "show"])
def test_a_ledger_that_is_not_there(run: Callable[..., Result], tmp_path: Path, command: str) -> None:
    with pytest.raises(SetupError, match="cannot be read"):
        run(ledger.app, command, tmp_path / "none.jsonl")
    with pytest.raises(SetupError, match="no ledger in the folder"):
        run(ledger.app, command, tmp_path)


async def test_an_entry_and_growth_are_proved_on_the_command_line(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    file = await a_show(tmp_path / "show", tmp_path / "k.pem")
    key, checkpoint = tmp_path / "k.pem.pub", file.with_name("ledger.jsonl.checkpoint")
    printed = run(ledger.app, "prove", file.parent, "--entry", "3", "--key", key).stdout
    assert json.loads(printed)["entry"]["data"] == {"text": "第 2 句"}
    (tmp_path / "p.json").write_text(printed)
    assert (
        "entry 3 (line) is one of the 6" in run(ledger.app, "check", tmp_path / "p.json", "--key", key).stdout
    )
    (tmp_path / "p.json").write_text(printed.replace("第 2 句", "第 3 句"))
    assert run(ledger.app, "check", tmp_path / "p.json", "--key", key).exit_code == 1
    grown = run(ledger.app, "consistent", checkpoint, file.parent, "--key", key)
    assert grown.exit_code == 0
    (tmp_path / "c.json").write_text(grown.stdout)
    proof = ("--proof", tmp_path / "c.json", "--key", key)
    assert run(ledger.app, "consistent", checkpoint, checkpoint, *proof).exit_code == 0
    with pytest.raises(SetupError, match="Two checkpoints alone"):
        run(ledger.app, "consistent", checkpoint, checkpoint)
