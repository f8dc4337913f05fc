"""castmate calendar, as somebody types it."""

import shutil
from pathlib import Path

import pytest
from ical.calendar_stream import IcsCalendarStream
from typer.testing import CliRunner

from bot.cli import app
from bot.commands.timetable import Timetable
from products.errors import CastmateError, ContentError, Refused

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample and a copy of it under Douyin's rules."""
    folder = tmp_path_factory.mktemp("shop")
    shutil.copytree(ROOT / "sample", folder / "sample")
    text = (folder / "sample" / "show.yaml").read_text("utf-8")
    strict = text.replace("show: corner-evening", "show: strict").replace(
        "platform: room", "platform: douyin"
    )
    assert strict.count("douyin") == 1
    (folder / "sample" / "strict.yaml").write_text(strict, "utf-8")
    return folder / "sample"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CASTMATE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "250")

    def run(*words: object) -> str:
        done = CliRunner().invoke(app, ["calendar", *map(str, words)])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    return run


def test_planned_listed_exported_and_taken_out(shop: Path, run, tmp_path: Path) -> None:
    assert "Nothing is planned" in run("list")
    said = run("plan", shop / "show.yaml", "--at", "2030-01-07 20:00", "--repeat", "FREQ=WEEKLY;BYDAY=MO")
    assert "Planned as rule 1." in said
    assert "Nothing stands against the next 3 days (0 shows)." in run("check", "--days", 3)
    run("shift", "Ana", "--at", "2030-01-07 19:00", "--minutes", 180, "--zone", "America/New_York")
    run("cancel", 1, "--only", "2030-01-14 20:00")
    run("export", tmp_path / "x.ics")
    assert list(IcsCalendarStream.calendar_from_ics((tmp_path / "x.ics").read_text("utf-8")).events) == []
    assert "Taken out." in run("cancel", 1)
    with pytest.raises(ContentError, match="1 is not in the calendar"):
        run("cancel", 1)


def test_what_stands_against_it_is_told_before_it_is_planned(shop: Path, run) -> None:
    at = ("plan", shop / "strict.yaml", "--at", "2030-01-07 20:00", "--zone", "Asia/Shanghai")
    with pytest.raises(Refused, match="Not planned"):
        run(*at)
    assert "Nothing is planned" in run("list")
    assert "the rules ask for a person" in run(*at, "--anyway")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--at", "tomorrow"), "'tomorrow' is no local time"),
        (("--at", "2030-01-07 20:00+01:00"), "is no local time"),
        (("--at", "2020-01-07 20:00"), "has passed"),
        (("--at", "2030-01-07 20:00", "--repeat", "FREQ=HOURLY"), "FREQ=DAILY, WEEKLY"),
        (("--at", "2030-01-07 20:00", "--minutes", "5000"), "5000 is out of range"),
        (("--at", "2030-01-07 20:00", "--zone", "Mars/Base"), "no such time zone"),
    ],
)
def test_mistakes_are_told_with_what_to_write(shop: Path, run, words: tuple[str, ...], why: str) -> None:
    with pytest.raises(CastmateError, match=why) as caught:
        run("plan", shop / "show.yaml", *words)
    assert caught.value.remedy


def test_two_files_of_one_name(shop: Path) -> None:
    table = Timetable()
    one = type("S", (), {"show": type("F", (), {"show": "evening"})()})()
    table.add(shop / "show.yaml", one)  # type: ignore[arg-type]
    table.add(shop / ".." / "sample" / "show.yaml", one)  # type: ignore[arg-type]
    with pytest.raises(ContentError, match="both called 'evening'"):
        table.add(shop / "strict.yaml", one)  # type: ignore[arg-type]
