"""What a clip may say and who may say it, before any picture is made. (tests/e2e/test_clip.py makes one.)"""

from dataclasses import replace
from datetime import timedelta

import pytest
import yaml
from licences import licence
from typer.testing import CliRunner

from bot.cli import app
from bot.clip import ClipBuilder
from bot.clip_script import script_language
from bot.clock import SystemClock
from bot.commands.demo import sample_show
from bot.licensed import open_licences
from bot.settings import Settings
from bot.shop import ShowOrder
from persona.licence import Phrase
from products.errors import ContentError, Refused

GOOD = "Hello from the Corner Shop.\n\nThe Harbor Canvas Sneakers are $59.00.\n"


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    return Settings(data=folder / "data", cache=folder / "cache")


@pytest.fixture
def clip(settings, tmp_path):
    """Builds a clip of a text or of a script's name; closed afterwards."""
    made = []

    def build(words, product=None, **changed):
        script = words
        if "\n" in words:
            (tmp_path / "tips.txt").write_text(words, "utf-8")
            script = str(tmp_path / "tips.txt")
        order = ShowOrder(
            sample_show(), script_language(script, None), platform="file", seed=0, accounts=False
        )
        order = replace(order, record=False, **changed)
        made.append(ClipBuilder(order, settings, SystemClock(), tmp_path, script, product))
        return made[-1]

    yield build
    for builder in made:
        builder.close()


def test_a_text_is_about_what_it_names_from_there_on(clip):
    script = clip(GOOD + "You have sizes 36 to 45.\n").script
    assert [line.products for line in script.lines] == [(), ("harbor-sneakers",), ("harbor-sneakers",)]
    assert script.products == ("harbor-sneakers",) and script.source == "tips.txt"
    assert [p.handle for p in clip(GOOD).goods] == ["harbor-sneakers"]
    assert len(clip("Hello from the Corner Shop.\n\n").goods) == 12


def test_a_product_that_is_named_by_hand_is_what_all_lines_are_about(clip):
    script = clip("They cost $59.00.\n\n", product="harbor-sneakers").script
    assert script.lines[0].products == ("harbor-sneakers",)
    with pytest.raises(ContentError, match="no product 'nothing'"):
        clip(GOOD, product="nothing")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("Hello.\n\nThe Harbor Canvas Sneakers are $49.00.\n", r'line 2 \("The Harbor.*facts\.price'),
        ("Hello.\n\nThey cost $59.00.\n", r"line 2 .*of no product"),
        ("The Harbor Canvas Sneakers are the best in the world.\n\n", r"line 1 .*claims\.superlative"),
        ("I wear the Harbor Canvas Sneakers every day.\n\n", "line 1"),
        ("The Orchard Oolong Tea is an oolong.\n\n", r"orchard-tea, of which only approved words"),
    ],
)
def test_a_line_that_may_not_be_said_is_named(clip, words, why):
    with pytest.raises(Refused, match=why):
        clip(words)


def test_an_approved_script_and_one_line_of_it(clip):
    whole = clip("orchard-tea/en/1").script
    assert [line.script for line in whole.lines] == ["orchard-tea/en/1"] * 3
    assert all(line.approved_by == "Lin Hao, Corner Shop" for line in whole.lines)
    one = clip("orchard-tea/en/1#2").script
    assert [line.text for line in one.lines] == [whole.lines[1].text]
    with pytest.raises(ContentError, match="has no line 4"):
        clip("orchard-tea/en/1#4")
    with pytest.raises(ContentError, match="no script"):
        clip("orchard-tea/en/99")


def test_a_draft_is_refused_and_a_script_of_another_language_is_told(clip, tmp_path):
    book = clip(GOOD).shop.scripts
    draft = book.draft(
        "harbor-sneakers", "en", ("The Harbor Canvas Sneakers are $59.00.",), "Ana", SystemClock().now()
    )
    with pytest.raises(Refused, match=r"is draft: nobody has approved.*scripts approve"):
        clip(draft.name)
    with pytest.raises(ContentError, match="--lang en"):
        clip("orchard-tea/en/1", language="zh")


@pytest.mark.parametrize(
    ("content", "why"), [(None, "cannot be read"), (b"\xff\xfe", "UTF-8"), (b" \n", "one line")]
)
def test_a_file_that_is_no_text_is_told(clip, tmp_path, content, why):
    path = tmp_path / "other.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ContentError, match=why):
        clip(str(path))


def test_a_clip_is_short(clip):
    with pytest.raises(ContentError, match="180 s at most"):
        clip(("Hello from the Corner Shop. " * 12 + "\n") * 20)


def test_rules_that_want_a_person_there_allow_no_clip(clip):
    with pytest.raises(Refused, match=r"allow no clip|may not air"):
        clip(GOOD, platform="douyin")


class TestLicence:
    @pytest.fixture
    def persona(self, settings, tmp_path):
        """A performer's persona under a licence with these changes."""

        def write(**changed):
            now = SystemClock().now()
            phrase = Phrase(
                words="seven green kettles", issued_at=now, confirmed_at=now, checked=("person",), by="Bo"
            )
            given = {"valid_from": now - timedelta(days=300), "valid_to": now + timedelta(days=300)}
            name = f"ana-{tmp_path.name.lower().replace('_', '-')}"
            granted = licence(id=name, phrase=phrase, **{**given, **changed})
            path = open_licences(settings).add(granted)
            file = {
                "id": "ana", "name": {"en": "Ana"}, "shop": {"en": "Corner Shop"}, "languages": ["en"],
                "voice": {"en": {"engine": "kokoro", "voice": "af_heart"}}, "look": "ana-clone",
                "licence": str(path), "performer": {"en": "Ana Silva"},
            }  # fmt: skip
            (tmp_path / "ana.yaml").write_text(yaml.safe_dump(file), "utf-8")
            return {"persona": tmp_path / "ana.yaml"}

        return write

    def test_within_its_scope_it_is_made(self, clip, persona):
        assert clip(GOOD, **persona(platforms=("file",), uses=("clip",)), audience=("DE",)).script

    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            ({"uses": ("live",), "platforms": ("*",)}, "does not cover the use clip; it covers: live"),
            ({"platforms": ("youtube",)}, "does not cover the platform file"),
            ({"platforms": ("*",), "categories": ("Hats",)}, "does not cover the product category"),
            ({"platforms": ("*",), "territories": ("CN",)}, "does not cover the territory US"),
            ({"platforms": ("*",), "face": False}, "not consented to the use of their face"),
            ({"kind": "measurement", "uses": (), "phrase": None}, "never shown or exported"),
        ],
    )
    def test_outside_of_it_it_is_refused(self, clip, persona, changed, why):
        if "kind" in changed:
            changed = {k: v for k, v in changed.items() if k != "phrase"}
        with pytest.raises(Refused, match=why):
            clip(GOOD, **persona(**changed), audience=("US",))

    def test_withdrawn_it_is_refused(self, clip, persona, settings, tmp_path):
        given = persona(platforms=("*",))
        open_licences(settings).withdraw(
            f"ana-{tmp_path.name.lower().replace('_', '-')}", SystemClock().now()
        )
        with pytest.raises(Refused, match="withdrew"):
            clip(GOOD, **given)


def test_nothing_is_left_behind_by_a_refusal(tmp_path, monkeypatch):
    for name in ("data", "cache"):
        monkeypatch.setenv(f"CASTMATE_{name.upper()}", str(tmp_path / name))
    (tmp_path / "tips.txt").write_text("They are the best.\n", "utf-8")
    found = CliRunner().invoke(app, ["clip", str(tmp_path / "tips.txt"), "--out", str(tmp_path / "c.mp4")])
    assert isinstance(found.exception, Refused) and not (tmp_path / "c.mp4").exists()
    assert list((tmp_path / "data" / "shows").iterdir()) == []
    other = CliRunner().invoke(app, ["clip", "x", "--out", "c.flv"])
    assert isinstance(other.exception, ContentError) and "Content Credentials" in other.exception.message
