"""What `castmate serve` gives the scripts' and the rehearsals' pages: shows, voices, licences."""

from pathlib import Path

import pytest
from house import FORM, NOBODY, QUICK, House, token_of
from licences import AT, licence

from bot.commands.demo import sample_show
from bot.commands.timetable import Timetable
from bot.commands.workrooms import add_workrooms, saying, withdrawn
from bot.console import credentials
from bot.licensed import open_licences
from bot.settings import Settings
from bot.shop import ShowOrder, open_shop

SHOW = "corner-evening"


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path / "data", cache=tmp_path / "cache")


def test_pages_over_the_shows_that_serve_knows(settings, monkeypatch):
    monkeypatch.setattr(credentials, "HASHER", QUICK)
    monkeypatch.setattr(credentials, "NOBODY", NOBODY)
    house, table = House(), Timetable()
    now = house.clock.now
    rehearsals = add_workrooms(house.app, table, settings, now)
    client, _ = house.person("Lin Hao")
    assert "No show is known here" in client.get("/scripts?lang=en").text
    assert "No show is known here" in client.get("/rehearsals?lang=en").text
    shop = open_shop(ShowOrder(sample_show()), settings, now)
    table.add(sample_show(), shop)
    assert "Orchard Oolong Tea" in client.get("/scripts?lang=en").text
    place = {"form": token_of(client), "show": SHOW, "product": "orchard-tea", "language": "zh", "version": 1}
    assert client.post("/scripts/see", data=place, headers=FORM).status_code == 303
    (seen,) = rehearsals.all()
    assert (seen.order.script, seen.order.language, seen.order.by) == ("orchard-tea/zh/1", "zh", "Lin Hao")
    assert Path(seen.order.file) == sample_show().resolve() and seen.order.licence == ""
    assert "script orchard-tea/zh/1" in client.get("/rehearsals?lang=en").text
    assert client.get("/scripts/sound?show=hats&product=x&language=en&version=1&line=1").status_code == 404

    said = saying(ShowOrder(sample_show()), shop, shop.scripts.get("orchard-tea/zh/2"), 1)
    assert said.text == shop.scripts.get("orchard-tea/zh/2").words[1] and "zf_xiaoxiao" in said.voice
    assert said.command[-6:-2] == ("orchard-tea/zh/2", "--line", "2", "--show")
    assert said.command[-2:] == (str(sample_show()), "--out") and said.keep


def test_what_was_made_under_a_licence_ends_with_it(settings):
    store = open_licences(settings)
    path = str(store.add(licence()))
    assert withdrawn(settings, path) == ""
    store.withdraw("ana-2026", AT)
    assert "withdr" in withdrawn(settings, path)
    assert withdrawn(settings, str(settings.data / "nowhere.licence")) != ""
