"""One show under Douyin's rules asks all four kinds of question, and a real Chromium answers each: digits by
keys, words by what its microphone hears, a turned head by its camera, a press by the button. The fifth is
left unanswered: the show holds, and is back with the next answer.

Which questions come, and which words, is drawn by the show's seed alone, so that the microphone's sound can
be made beforehand: `expected` asks the same desk. Questions come minutes apart. Part of `make prove`.
"""

import wave
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count, islice, takewhile
from pathlib import Path
from random import Random

import numpy as np
import person
import pytest
from cohosting import CHROMIUM, answer_when_asked
from phones import LONG, Watched, arrive, console, enrol
from playwright.sync_api import Page, sync_playwright
from servers import wait_for
from shows import SHOW, Castmate, entries, of_kind

from bot.compliance.challenges import said_words
from bot.compliance.decision import decide
from bot.compliance.evidence import ShowFacts
from bot.compliance.merge import PresenceNeed
from bot.compliance.packs import load_packs
from bot.compliance.presence import PresenceDesk
from bot.compliance.selection import Destination
from bot.show.messages import Challenge, Evidence
from persona.clone.footage.transcript import missing
from persona.script import Line, LineKind
from persona.voice.registry import open_voice

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.live,
    pytest.mark.timeout(3000),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's Chromium: apt install chromium"),
    pytest.mark.skipif(bool(missing()), reason="needs speech recognition: pip install 'castmate[hearing]'"),
]
KINDS = {"type_words", "say_words", "turn_head", "press_now"}
BY_HAND = {"type_words", "press_now"}  # the film and the sound go on, and would answer the other two
SOON_S = 800.0  # until the fifth question: each comes 150 to 450 s after the one before
EVERY_S = 480  # a question comes within it
FILM_S = 1200  # longer than a sitting: pictures that come again would be a film's
START = datetime(2026, 11, 23, 19, tzinfo=UTC)


def needs() -> tuple[PresenceNeed, ...]:
    """What Douyin's rules want of who is in the room, as the show has it."""
    facts = ShowFacts(cloned_person=False, virtual_scene=True, prerecorded=False)
    return decide(
        load_packs(), [Destination("douyin", "CN")], ["CN"], date(2026, 11, 23), facts, local_try=True
    ).merged.presence


def questions(desk: PresenceDesk, rng: Random) -> Iterator[tuple[Challenge, float]]:
    """What a show asks with that Random, of its own (bot/show/room_rules.py), and when: of somebody whom
    camera and microphone show all the time and who answers.
    """
    desk.check_in("Ann", True, START, hears=True)
    for seconds in count(0, 10):
        now = START + timedelta(seconds=seconds)
        for kind in ("face", "voice"):
            desk.evidence(Evidence(kind=kind, score=1, at=now))
        if (asked := desk.challenge(now, rng)) is not None:
            yield asked, seconds
            digits = "".join(filter(str.isdigit, asked.text))
            answer = {"type_words": digits, "press_now": "pressed"}.get(asked.kind, asked.expect)
            desk.evidence(Evidence(kind="challenge", score=1, at=now, challenge=asked.id, answer=answer))


def expected() -> tuple[int, list[Challenge]]:
    """A seed by which the first four questions are of all four kinds, and soon, and its five questions."""
    wanted = needs()
    for seed in range(200_000):
        asked, kinds = [], set()
        drawn = questions(PresenceDesk(wanted, language="zh"), Random(seed))
        for challenge, _ in takewhile(lambda found: found[1] <= SOON_S, islice(drawn, 5)):
            asked.append(challenge)
            if challenge.kind in kinds and len(asked) < 5:
                break
            kinds.add(challenge.kind)
        if len(asked) == 5 and kinds == KINDS and asked[4].kind in BY_HAND:
            return seed, asked
    raise AssertionError("no seed asks all four kinds soon")


def saying(path: Path, words: str) -> Path:
    """Somebody who says these words every few seconds: for Chromium's microphone."""
    voice = open_voice(intra_op_num_threads=2)
    line = Line("words", LineKind.PITCH, "，".join(words.split()) + "。", "zh")
    sound = np.concatenate([*(speech.pcm for speech in voice.say(line)), np.zeros(6 * 48_000, np.float32)])
    voice.close()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes((np.clip(sound, -1, 1) * 32_000).astype("<i2").tobytes())
    return path


def asked_on(page: Page, show: Watched, n: int, pictures: Path) -> str:
    """Waits for the n-th question of the show, from 0; its kind."""
    page.locator("#ask").wait_for(state="visible", timeout=1000 * EVERY_S)
    page.screenshot(path=str(pictures / f"question-{n}.png"))
    wait_for(lambda: len(show.noted("cohost.challenge_asked")) > n, LONG)
    assert len(show.noted("cohost.challenge_asked")) == n + 1
    return str(show.noted("cohost.challenge_asked")[n]["kind"])


def answer(page: Page, show: Watched, n: int, kind: str) -> None:
    """By hand where it is for hands; camera and microphone answer the others while one waits."""
    if kind == "press_now":
        page.click("#press")

    def told() -> bool:
        if kind == "type_words":
            answer_when_asked(page)
        return len(show.noted("cohost.challenge_answered")) > n

    wait_for(told, 60)


def test_each_kind_of_question_is_asked_and_answered_and_one_unanswered_holds_the_show(
    home: Castmate, tmp_path: Path
) -> None:
    seed, plan = expected()
    (words,) = [asked.expect for asked in plan if asked.kind == "say_words"]
    voice = saying(tmp_path / "words.wav", words)
    film = person.camera(tmp_path / "turning.y4m", face=True, seconds=FILM_S, turns=True)
    castmate = Castmate(tmp_path / "data", home.cache)
    with console(castmate) as (door, address, link), sync_playwright() as play:
        door.set_up(play, address, film)
        token = (castmate.data / "keys" / "link.token").read_text().strip()
        order = ("--platform", "douyin", "--lang", "zh", "--minutes", 40, "--seed", seed, "--link", link)
        with castmate.with_(CASTMATE_LINK_TOKEN=token).running("air", SHOW, *order) as process:
            show = Watched(castmate, process)
            wait_for(lambda: show.air() == "checking", LONG)
            browser, page = door.signed_in(play, film, voice)
            arrive(page)
            for n in range(4):
                kind = asked_on(page, show, n, tmp_path)
                assert kind == plan[n].kind, "the show asks what its seed says"
                answer(page, show, n, kind)
                if n == 0:
                    enrol(page)
                    wait_for(lambda: show.air() == "live" and show.noted("line.aired"), LONG)

            asked_on(page, show, 4, tmp_path)
            wait_for(lambda: show.air() == "hold", LONG)
            page.screenshot(path=str(tmp_path / "held.png"))
            lines = len(show.noted("line.aired"))
            answer(page, show, 4, asked_on(page, show, 5, tmp_path))
            wait_for(lambda: show.air() == "live" and len(show.noted("line.aired")) > lines, LONG)
            page.screenshot(path=str(tmp_path / "back.png"))
            process.child.terminate()
            process.child.wait(LONG)
            browser.close()
        assert process.child.returncode == 0, process.output
    (folder,) = castmate.shows()
    assert castmate("ledger", "verify", folder).returncode == 0
    judged(entries(folder), plan)


def judged(told: list[dict], plan: list[Challenge]) -> None:
    """What the ledger says of the questions, and that the show stood still for the unanswered one alone."""
    asked, answers = of_kind(told, "cohost.challenge_asked"), of_kind(told, "cohost.challenge_answered")
    assert [(a["challenge"], a["kind"], a["asked"]) for a in asked[:5]] == [
        (c.id, c.kind, c.text) for c in plan
    ]
    assert asked[5]["kind"] == "type_words", "after a missed one it is a typed one, at once"
    assert [a["challenge"] for a in answers] == [a["challenge"] for n, a in enumerate(asked) if n != 4]
    for question, given in zip(plan[:4], answers, strict=False):
        assert given["kind"] == question.kind
        seen = str(given["seen"])
        match question.kind:
            case "type_words":
                assert seen == "typed in time"
            case "press_now":
                assert seen == "the button was pressed in time"
            case "turn_head":
                assert seen == f"the head turned {question.expect}"
            case "say_words":
                heard = seen.removeprefix("the words were said aloud: ")
                assert heard != seen and said_words(question.expect, heard, "zh")
    kinds = [(e["kind"], e["data"].get("air")) for e in told]
    live, fifth = kinds.index(("session", "live")), told.index(entry_of(told, asked[4]))
    gone = [n for n, (kind, _) in enumerate(kinds) if kind in ("cohost.late", "cohost.absent") and n > live]
    back = told.index(entry_of(told, answers[4]))
    assert len(gone) == 1 and fifth < gone[0] < back, "the one missed question, and nothing else"
    assert ("session", "hold") in kinds[fifth:back] and ("session", "live") in kinds[back:]


def entry_of(told: list[dict], data: dict) -> dict:
    return next(e for e in told if e["data"] is data)
