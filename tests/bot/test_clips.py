"""A show file's clips, opened: pinned bytes, licences of who is in them, no machine-made footage, packs."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from clip_films import entry, film_clip
from licences import licence

from bot.clips import open_clips, place_for
from bot.compliance.decision import decide
from bot.compliance.evidence import ShowFacts
from bot.compliance.packs import load_packs
from bot.compliance.preflight import Proofs, State, preflight
from bot.compliance.selection import Destination
from bot.licensed import open_licences
from bot.settings import Settings
from bot.stage.aigc import aigc_record
from bot.stage.layout import layout
from persona.clone.base import Rect
from products.documents import DocumentError
from products.errors import Refused
from schedules.clips import ClipEntry
from schedules.rundown import CueKind

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
PACKS = load_packs()
ANA = {"licence": "ana-2026"}


class Shelf:
    """One mug."""

    def product(self, handle):
        return (
            SimpleNamespace(category="Shoes", active=True, sold_out=False) if handle == "dawn-mug" else None
        )

    def products(self):
        return [self.product("dawn-mug")]


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    return film_clip(tmp_path_factory.mktemp("film") / "pour.mp4")


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(data=tmp_path / "data", cache=tmp_path / "cache")


def opened(settings, source, **changed):
    return open_all(settings, [ClipEntry.model_validate(entry(source, **changed))], source.parent)


def open_all(settings, clips, folder):
    rundown = [SimpleNamespace(clip=c.id, kind=CueKind.CLIP) for c in clips]
    show = SimpleNamespace(clips=clips, rundown=rundown, folder=folder, size="540x960")
    return open_clips(show, Path("show.yaml"), Shelf(), settings)


def decided(platform="room", market="US", audience=("US",)):
    facts = ShowFacts(cloned_person=False, virtual_scene=True, prerecorded=True)
    return decide(PACKS, [Destination(platform, market)], audience, date(2026, 11, 22), facts, local_try=True)


def rules(found) -> list[str]:
    return [f.rule for against in found.values() for f in against]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"approved": None}, "nobody has approved"),
        ({"approved": {"by": "Lin Hao", "at": AT, "sha256": "0" * 64}}, "Lin Hao approved on 2026-11-22"),
        ({"file": "gone.mp4"}, "gone.mp4 cannot be read"),
        ({"product": "cup"}, "no such product"),
    ],
)
def test_what_cannot_be_used_is_told_by_file_field_and_remedy(settings, source, changed, said) -> None:
    with pytest.raises(DocumentError, match=said) as told:
        opened(settings, source, **changed)
    problem = told.value.problems[0]
    assert problem.file == "show.yaml" and (problem.field or "").startswith("clips.0") and problem.remedy


def test_a_film_that_says_a_machine_made_it_is_refused(settings, tmp_path) -> None:
    made = film_clip(tmp_path / "made.mp4", metadata={"AIGC": aigc_record("shop", "x")})
    with pytest.raises(DocumentError, match="never fabricated"):
        opened(settings, made)


def test_one_that_carries_our_own_watermark_is_refused(settings, source, monkeypatch) -> None:
    monkeypatch.setattr("bot.clips.find", lambda path, seconds, progress: SimpleNamespace(found=("once",)))
    with pytest.raises(Exception, match="watermark of Castmate"):
        opened(settings, source).prepare()


def test_it_is_prepared_once_at_the_show_s_size(settings, source) -> None:
    clips = opened(settings, source)
    clips.prepare()
    film = clips.folder("pour") / "film.mp4"
    assert film.is_file() and film.is_relative_to(settings.cache / "clips")
    stamp = film.stat().st_mtime_ns
    opened(settings, source).prepare()
    assert film.stat().st_mtime_ns == stamp


def test_nobody_in_it_needs_no_licence_and_a_change_is_noticed(settings, tmp_path, source) -> None:
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(source.read_bytes())
    clips = opened(settings, copy)
    assert rules(clips.against(decided(), Shelf(), AT)) == []
    copy.write_bytes(b"another film")
    assert rules(clips.against(decided(), Shelf(), AT)) == ["CLIP-FILE"]
    with pytest.raises(Refused, match="was changed or removed"):
        clips.refuse(decided(), Shelf(), AT)


@pytest.mark.parametrize(
    ("given", "person", "sound", "where", "at", "wanted"),
    [
        ({}, {}, "muted", {}, AT, []),
        ({}, {"heard": True}, "own", {}, AT, []),
        ({"voice": False}, {"heard": True}, "own", {}, AT, ["LICENCE-VOICE"]),
        ({"voice": False}, {"heard": True}, "muted", {}, AT, []),
        ({"face": False}, {}, "muted", {}, AT, ["LICENCE-FACE"]),
        ({"uses": ("clip",)}, {}, "muted", {}, AT, ["LICENCE-USE"]),
        ({"categories": ("Hats",)}, {}, "muted", {}, AT, ["LICENCE-CATEGORY"]),
        ({}, {}, "muted", {"audience": ("IN",)}, AT, ["LICENCE-TERRITORY"]),
        ({}, {}, "muted", {"platform": "twitch"}, AT, ["LICENCE-PLATFORM"]),
        ({}, {}, "muted", {}, datetime(2028, 1, 1, tzinfo=UTC), ["LICENCE-TERM"]),
    ],
)
def test_who_is_in_it_must_have_licensed_it(
    settings, source, given, person, sound, where, at, wanted
) -> None:
    open_licences(settings).add(licence(**given))
    clips = opened(settings, source, people=[{**ANA, **person}], sound=sound)
    assert rules(clips.against(decided(**where), Shelf(), at)) == wanted


def test_a_licence_that_is_not_there_is_told(settings, source) -> None:
    clips = opened(settings, source, people=[ANA])
    with pytest.raises(Refused, match=r"no licence 'ana-2026'.*it has: none"):
        clips.refuse(decided(), Shelf(), AT)


def test_a_withdrawal_takes_the_prepared_copy_too(settings, source) -> None:
    store = open_licences(settings)
    store.add(licence())
    clips = opened(settings, source, people=[ANA])
    clips.prepare()
    assert clips.folder("pour").is_dir() and clips.folder("pour").is_relative_to(settings.cache / "clones")
    store.withdraw("ana-2026", AT + timedelta(seconds=5))
    found = clips.against(decided(), Shelf(), AT)
    assert rules(found) == ["LICENCE-WITHDRAWN"] and not clips.folder("pour").exists()


def test_the_preflight_has_an_item_for_them(settings, source) -> None:
    clips, decision = opened(settings, source), decided("facebook_live")
    items = {i.name: i for i in preflight(decision, Proofs(clips=clips.against(decision, Shelf(), AT))).items}
    assert items["clips"].state is State.PASSED and "FB-LIVE.rec" in items["clips"].rules
    person = opened(settings, source, people=[ANA])
    against = Proofs(clips=person.against(decision, Shelf(), AT))
    failed = next(i for i in preflight(decision, against).items if i.name == "clips")
    assert failed.state is State.FAILED and "ana-2026" in failed.message and failed.remedy
    assert "clips" not in {i.name for i in preflight(decision, Proofs(clips={})).items}


def test_where_embedded_video_is_bounded_it_stands_beside_the_host_and_is_mute(settings, source) -> None:
    plan, kuaishou = layout(720, 1280), decided("kuaishou", "CN", ("CN",))
    muted = ClipEntry.model_validate(entry(source))
    assert place_for(muted, plan, decided().merged) == Rect(0, 0, 720, 1280)
    place = place_for(muted, plan, kuaishou.merged)
    assert place.h <= 0.5 * 1280 and place.w < 360
    person = ClipEntry.model_validate(entry(source, people=[ANA]))
    assert place_for(person, plan, kuaishou.merged).h <= 1280 / 3
    loud = opened(settings, source, sound="own")
    assert rules(loud.against(kuaishou, Shelf(), AT)) == ["KS-2024-03"]
