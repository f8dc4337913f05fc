"""castmate serve: what stops it before anything airs, and the pieces it serves with."""

import shutil
import socket
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from typer.testing import CliRunner

from bot.cli import app
from bot.commands.pages import link_address, pages
from bot.commands.shelf import PictureShelf, add_pictures
from bot.console.settings import ConsoleSettings
from products.errors import CastmateError, ContentError, SetupError

SAMPLE = Path(__file__).parents[3] / "sample"


@pytest.fixture
def sample(tmp_path, monkeypatch):
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CASTMATE_CACHE", str(tmp_path / "cache"))
    shutil.copytree(SAMPLE, tmp_path / "sample")
    return tmp_path / "sample" / "show.yaml"


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def rewrite(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def refused(*words):
    """The error that `castmate serve` ends with."""
    done = CliRunner().invoke(app, ["serve", *map(str, words)])
    assert isinstance(done.exception, CastmateError), (done.exception, done.output)
    assert done.exception.exit_code == 2
    return str(done.exception)


def test_no_such_show(sample):
    assert "there is no such file" in refused(sample.with_name("absent.yaml"))


@pytest.mark.parametrize(
    ("start", "row", "words"),
    [
        ('start: "20:00"', 4, 'start: not a start time; write "2026-12-01 20:00" or "daily 20:00"'),
        ("start: 20:00", 4, "start: not a start time"),
        ("start: daily 25:00", 4, "hour must be in 0..23"),
        ("time_zone: Berlin", 4, "no such time zone; write a name such as Europe/Berlin"),
        ("start: 2026-02-03T04:05:06Z", 4, "not a start time"),
    ],
)
def test_a_start_that_cannot_be_read_names_line_and_remedy(sample, start, row, words):
    field = start.split(":")[0]
    rewrite(sample, "time_zone: America/New_York\n", "" if field == "time_zone" else "time_zone: UTC\n")
    rewrite(sample, "language: en\npersona", f"{start}\npersona")
    said = refused(sample)
    assert words in said and f"row {row}" in said


def test_a_start_that_has_passed(sample):
    rewrite(sample, "language: en\npersona", 'language: en\nstart: "2024-12-01 20:00"\npersona')
    assert "2024-12-01 20:00 (America/New_York) has passed. Choose a later one." in refused(
        sample, "--port", free_port()
    )


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_two_files_of_one_name(sample):
    rewrite(sample, "language: en\npersona", 'language: en\nstart: "daily 20:00"\npersona')
    copy = shutil.copy(sample, sample.with_name("copy.yaml"))
    assert "are both called 'corner-evening'" in refused(sample, copy, "--port", free_port())


def test_a_show_that_no_rule_lets_air(sample):
    rewrite(sample, "platform: room", "platform: nowhere")
    assert "No policy pack knows the platform 'nowhere'" in refused(sample)


def test_a_port_that_is_taken(sample, taken):
    assert "another program uses this port. Stop that program" in refused(sample, "--port", taken)


async def test_what_fails_beside_the_pages_comes_by_itself():
    settings = ConsoleSettings("link", "key")
    with pytest.raises(SetupError, match="no room"):
        async with pages(settings, "127.0.0.1", 0) as (base, _):
            assert base.startswith("http://127.0.0.1:")
            raise SetupError("There is no room.")


@pytest.mark.parametrize(
    ("base", "host", "link"),
    [
        ("http://127.0.0.1:8484", "127.0.0.1", "ws://127.0.0.1:8484/link"),
        ("http://0.0.0.0:80", "0.0.0.0", "ws://127.0.0.1:80/link"),
        ("http://[::]:80", "::", "ws://[::1]:80/link"),
        ("http://[::1]:80", "::1", "ws://[::1]:80/link"),
        ("https://shop.example:443", "shop.example", "wss://shop.example:443/link"),
    ],
)
def test_where_shows_find_the_console(base, host, link):
    assert link_address(base, host) == link


class Pictured:
    """A catalogue of products that are nothing but a picture."""

    def __init__(self, *paths):
        self.paths = list(paths)

    def products(self):
        return [type("P", (), {"picture": path})() for path in self.paths]


def picture(folder, name, content=b"picture"):
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


def test_pictures_of_several_shops_and_nothing_else(tmp_path):
    one, two = picture(tmp_path / "a", "mug.png", b"mug"), picture(tmp_path / "b", "tea.png", b"tea")
    picture(tmp_path / "a", "prices.csv")
    first = Pictured(one, None)
    web = FastAPI()
    shelf = PictureShelf([first, Pictured(two)])
    add_pictures(web, shelf)
    client = TestClient(web)
    assert [client.get(f"/pictures/{n}").content for n in ("mug.png", "tea.png")] == [b"mug", b"tea"]
    for name in ("prices.csv", "..%2Fb%2Ftea.png", "later.png"):
        assert client.get(f"/pictures/{name}").status_code == 404
    first.paths.append(picture(tmp_path / "a", "later.png"))
    shelf.refresh()
    assert client.get("/pictures/later.png").status_code == 200
    two.unlink()
    assert client.get("/pictures/tea.png").status_code == 404


def test_pictures_of_one_name(tmp_path):
    one, same = picture(tmp_path / "a", "mug.png"), picture(tmp_path / "b", "mug.png")
    PictureShelf([Pictured(one), Pictured(same)])
    other = picture(tmp_path / "c", "mug.png", b"another mug")
    with pytest.raises(ContentError, match=r"different pictures of the same name\. Rename"):
        PictureShelf([Pictured(one), Pictured(other)])
