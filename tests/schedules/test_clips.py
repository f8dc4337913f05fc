"""Clips of a show file: what may be written, and which cues they fit."""

from pathlib import Path

import pytest
from clip_films import entry
from pydantic import ValidationError

from products.documents import DocumentError
from schedules.clips import MOST_CLIPS, ClipEntry, misfits
from schedules.rundown import CueKind
from schedules.showfile import load_show

FILM = Path("pour.mp4")


def clip(**changed) -> ClipEntry:
    return ClipEntry.model_validate(entry(FILM, **changed))


def show(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "show.yaml"
    head = "show: s\ntitle: {en: A show}\npersona: p.yaml\n"
    path.write_text(head + text, "utf-8")
    return path


CLIPS = """clips:
  - {id: pour, file: pour.mp4, product: mug, origin: filmed, people: none, rights: Filmed by Lin Hao}
  - {id: wave, file: a.mp4, product: mug, origin: filmed, people: none, rights: Filmed by me, sound: own}
"""


def test_nobody_in_it_is_said_and_somebody_named() -> None:
    assert clip().people == ()
    (person,) = clip(people=[{"licence": "ann-2026"}]).people
    assert (person.licence, person.seen, person.heard) == ("ann-2026", True, False)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"origin": "generated"}, "never fabricated"),
        ({"origin": None}, "origin"),
        ({"people": None}, "people"),
        ({"people": [{"licence": "ann", "seen": False}]}, "seen or heard"),
        ({"product": None}, "neither a product"),
        ({"rights": "mine"}, "rights"),
        ({"approved": {"by": "Lin", "at": "2026-11-20T09:30:00", "sha256": "0" * 64}}, "timezone"),
        ({"approved": {"by": "Lin", "at": "2026-11-20T09:30:00Z", "sha256": "abc"}}, "sha256"),
    ],
)
def test_what_is_not_said_or_not_filmed_is_no_clip(changed, said) -> None:
    with pytest.raises(ValidationError, match=said):
        clip(**changed)


def test_a_clip_is_a_cue_by_itself_or_under_a_pitch(tmp_path) -> None:
    plan = load_show(
        show(tmp_path, CLIPS + "rundown: [welcome, {clip: wave}, {pitch: mug, clip: pour, seconds: 9}]")
    ).plan()
    assert [(c.kind, c.clip, c.product) for c in plan.cues] == [
        (CueKind.WELCOME, None, None),
        (CueKind.CLIP, "wave", None),
        (CueKind.PITCH, "pour", "mug"),
    ]
    assert plan.cues[2].seconds == 9 and plan.cues[1].id == "2-wave"


@pytest.mark.parametrize(
    ("rundown", "said"),
    [
        ("[{clip: none-such}]", "does not hold"),
        ("[{pitch: cup, clip: pour}]", "shows mug"),
        ("[{pitch: mug, clip: wave}]", "its own sound"),
        ("[{welcome: 5, clip: pour}]", "a cue is one of"),
        ("[clip]", "named by its id"),
    ],
)
def test_a_cue_that_its_clip_does_not_fit_is_told(tmp_path, rundown, said) -> None:
    with pytest.raises(DocumentError, match=said):
        load_show(show(tmp_path, f"{CLIPS}rundown: {rundown}"))


def test_two_of_one_id_and_too_many_are_told() -> None:
    assert "same id" in misfits([clip(), clip()], [])
    many = [clip(name=f"c{n}") for n in range(MOST_CLIPS + 1)]
    assert str(MOST_CLIPS) in misfits(many, []) and misfits(many[:-1], []) == ""
