"""Cues become cleared lines: products on sale only, refusals reported, equal seeds give equal briefs."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from goods import NOW, Shelf, product, variant

from bot.show.programme import HORIZON, OFFERS_REST, RECENT, SILENT_CUES, Programme
from bot.show.script_desk import ScriptDesk
from bot.store import migrate
from persona.script import Line, LineKind, Script
from persona.script_book import ScriptBook
from products.store import open_engine
from products.verdict import Finding, Severity, Verdict
from schedules.rundown import Cue, CueKind
from schedules.showfile import Verbatim

TEA = product(handle="tea")
GONE = product(variant(stock=0), handle="gone")
OFF = product(handle="off", active=False)


class Writer:
    """Writes two lines for a product, one for all else; keeps what it was asked."""

    def __init__(self) -> None:
        self.briefs, self.products = [], []

    def _line(self, brief, text):
        self.briefs.append(brief)
        return Line("w", brief.kind, text, brief.language)

    async def pitch(self, goods, brief):
        self.products.append([goods.handle])
        return Script(goods.handle, "en", (self._line(brief, "Good tea."), self._line(brief, "Bad claim.")))

    async def offers(self, goods, brief, limit=3):
        self.products.append([p.handle for p in goods])
        return Script(None, "en", (self._line(brief, "Offer."),))

    async def line(self, brief, goods=()):
        self.products.append([p.handle for p in goods])
        return self._line(brief, f"{brief.kind}.")


class Gate:
    def clear(self, utterance, now):
        bad = (Finding("r", Severity.BLOCK, "no"),) if "Bad" in utterance.text else ()
        return Verdict(utterance, (), bad, now)


def made(seed=0):
    writer = Writer()
    return Programme(writer, Gate(), Shelf(TEA, GONE, OFF), "en", lambda: NOW, seed), writer


async def lines(programme, kind, product=None, lap=0, seconds=30.0):
    return await programme.cue_lines(Cue(f"1-{kind}", kind, seconds, product), lap)


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        (CueKind.WELCOME, ["welcome.", "notice."]),
        (CueKind.QUESTIONS, ["invite."]),
        (CueKind.OFFER, ["Offer."]),
        (CueKind.NOTICE, ["notice."]),
        (CueKind.GOODBYE, ["goodbye."]),
        (CueKind.BREAK, []),
    ],
)
async def test_each_kind_of_cue_has_its_lines(kind: CueKind, texts: list[str]) -> None:
    programme, _ = made()
    found = await lines(programme, kind)
    assert [line.text for line in found.lines] == texts and found.refused == ()


async def test_lines_that_do_not_clear_are_left_out_and_reported() -> None:
    programme, writer = made()
    found = await lines(programme, CueKind.PITCH, "tea", seconds=50)
    assert [line.text for line in found.lines] == ["Good tea."]
    assert [r.line.text for r in found.refused] == ["Bad claim."]
    assert writer.briefs[0].seconds == 50


@pytest.mark.parametrize("handle", ["off", "unknown", None])
async def test_what_is_not_for_sale_is_not_pitched(handle: str | None) -> None:
    programme, _ = made()
    assert (await lines(programme, CueKind.PITCH, handle)).lines == ()


@pytest.mark.parametrize("kind", [CueKind.OFFER, CueKind.WELCOME])
async def test_only_what_is_there_and_active_is_named_among_offers(kind: CueKind) -> None:
    programme, writer = made()
    await lines(programme, kind)
    assert writer.products[0] == ["tea"]


async def test_a_product_pitched_again_is_known_to_return() -> None:
    programme, writer = made()
    for lap in range(2):
        await lines(programme, CueKind.PITCH, "tea", lap)
    assert [b.returning for b in writer.briefs[::2]] == [False, True]


async def test_ids_are_unique_over_laps() -> None:
    programme, _ = made()
    ids = []
    for lap in range(3):
        for kind in (CueKind.WELCOME, CueKind.OFFER):
            ids += [line.id for line in (await lines(programme, kind, lap=lap)).lines]
        ids.append((await programme.one(LineKind.NOTICE)).id)
    assert len(set(ids)) == len(ids)


async def test_what_was_said_is_told_to_the_writer_up_to_a_bound() -> None:
    programme, writer = made()
    for n in range(RECENT + 5):
        programme.remember(Line("x", LineKind.PITCH, f"text {n}", "en"))
    await lines(programme, CueKind.NOTICE)
    assert writer.briefs[0].recent == tuple(f"text {n}" for n in range(5, RECENT + 5))


async def test_equal_seeds_ask_alike_and_others_do_not() -> None:
    seeds = []
    for seed in (1, 1, 2):
        programme, writer = made(seed)
        for kind in (CueKind.WELCOME, CueKind.OFFER):
            await lines(programme, kind)
        seeds.append([b.seed for b in writer.briefs])
    assert seeds[0] == seeds[1] != seeds[2]
    assert len(set(seeds[0])) == 3


# ---- approved scripts


FOOD = product(handle="snack").model_copy(update={"category": "Food"})


def with_scripts(tmp_path, *goods, verbatim=Verbatim(), airs=True):
    engine = open_engine(str(tmp_path / "scripts.db"))
    migrate(engine)
    book, writer = ScriptBook(engine), Writer()
    desk = ScriptDesk(book, Gate(), verbatim, "evening", airs)
    return Programme(writer, Gate(), Shelf(*goods), "en", lambda: NOW, scripts=desk), writer, book


def approve(book, handle, *versions):
    for words in versions:
        book.approve(book.draft(handle, "en", words, "Ann", NOW).name, "Lin Hao", NOW)


async def test_food_without_an_approved_script_is_not_pitched_and_the_operator_is_told(tmp_path) -> None:
    programme, writer, book = with_scripts(tmp_path, FOOD)
    book.draft("snack", "en", ["Only a draft."], "Ann", NOW)
    found = await lines(programme, CueKind.PITCH, "snack")
    assert found.lines == () and writer.briefs == []
    (refusal,) = found.refused
    assert refusal.verdict.findings[0].rule == "scripts.approval" and not refusal.verdict.cleared
    assert (await lines(programme, CueKind.NOTICE)).refused == ()


async def test_approved_words_air_as_they_are_with_the_name_of_who_approved(tmp_path) -> None:
    programme, writer, book = with_scripts(tmp_path, FOOD)
    approve(book, "snack", ["A snack.", "Link 3."])
    found = await lines(programme, CueKind.PITCH, "snack")
    assert [line.text for line in found.lines] == ["A snack.", "Link 3."] and writer.briefs == []
    assert {(line.script, line.approved_by) for line in found.lines} == {("snack/en/1", "Lin Hao")}
    assert book.get("snack/en/1").state == "approved"
    programme.remember(found.lines[0])
    assert book.get("snack/en/1").state == "aired"


async def test_a_rehearsal_leaves_a_script_approved_since_nobody_heard_it(tmp_path) -> None:
    programme, _, book = with_scripts(tmp_path, FOOD, airs=False)
    approve(book, "snack", ["A snack."])
    found = await lines(programme, CueKind.PITCH, "snack")
    programme.remember(found.lines[0])
    assert book.get("snack/en/1").state == "approved"
    assert [event.what for event in book.log("snack/en/1")] == ["drafted", "approved"]


async def test_versions_take_turns_then_rest_but_a_show_never_falls_silent(tmp_path) -> None:
    programme, _, book = with_scripts(tmp_path, FOOD)
    approve(book, "snack", ["One."], ["Two."])
    said = []
    for _ in range(2 + SILENT_CUES + 1):
        found = await lines(programme, CueKind.PITCH, "snack")
        said.append([line.text for line in found.lines])
        for line in found.lines:
            programme.remember(line)
    assert said == [["One."], ["Two."], *[[]] * SILENT_CUES, ["One."]]


async def test_other_goods_use_approved_words_and_then_the_writers(tmp_path) -> None:
    programme, writer, book = with_scripts(tmp_path, TEA)
    approve(book, "tea", ["Approved."])
    first = await lines(programme, CueKind.PITCH, "tea")
    programme.remember(first.lines[0])
    second = await lines(programme, CueKind.PITCH, "tea")
    assert [line.text for line in (*first.lines, *second.lines)] == ["Approved.", "Good tea."]
    assert len(writer.briefs) == 2


async def test_a_verbatim_brand_is_never_written_for(tmp_path) -> None:
    goods = product(handle="mug").model_copy(update={"vendor": "Orchard"})
    programme, writer, book = with_scripts(tmp_path, goods, verbatim=Verbatim(brands=("orchard",)))
    assert (await lines(programme, CueKind.PITCH, "mug")).lines == ()
    approve(book, "mug", ["Bad claim in approved words."])
    found = await lines(programme, CueKind.PITCH, "mug")
    assert found.lines == () and "as it is now" in found.refused[0].verdict.findings[0].message
    approve(book, "mug", ["A mug."])
    assert [x.text for x in (await lines(programme, CueKind.PITCH, "mug")).lines] == ["A mug."]
    await lines(programme, CueKind.OFFER)
    assert writer.products == [[]], "and it is not in the writer's round-up"


async def test_rounds_of_offers_rest_between_pitches() -> None:
    programme, _ = made()
    now = [NOW]
    programme._now = lambda: now[0]
    await lines(programme, CueKind.PITCH, "tea")
    assert (await lines(programme, CueKind.OFFER)).lines
    now[0] += OFFERS_REST / 2
    assert (await lines(programme, CueKind.OFFER)).lines == ()
    now[0] += HORIZON  # the fake writer has one wording of an offer
    assert (await lines(programme, CueKind.OFFER)).lines


async def test_what_was_said_is_forgotten_after_two_hours_and_the_hour_is_the_shops() -> None:
    programme, writer = made()
    now = [NOW]
    programme._now = lambda: now[0]
    programme.remember(Line("x", LineKind.PITCH, "old", "en"))
    now[0] += HORIZON / 2
    programme.remember(Line("x", LineKind.PITCH, "new", "en"))
    now[0] += HORIZON / 2 + timedelta(seconds=1)
    await lines(programme, CueKind.NOTICE)
    assert writer.briefs[0].recent == ("new",) and writer.briefs[0].hour is None
    zoned = Programme(writer, Gate(), Shelf(TEA), "en", lambda: NOW, zone=ZoneInfo("Asia/Shanghai"))
    assert zoned.brief(LineKind.INVITE).hour == 20
    morning = Programme(writer, Gate(), Shelf(TEA), "en", lambda: NOW, zone=ZoneInfo("Asia/Shanghai"), hour=8)
    assert morning.brief(LineKind.INVITE).hour == 8


async def test_good_evening_is_said_in_the_shops_evening_only() -> None:
    def hour_of(zone: str) -> Programme:
        return Programme(Writer(), Gate(), Shelf(TEA), "en", lambda: NOW, zone=ZoneInfo(zone))

    line = Line("x", LineKind.WELCOME, "Good evening, and welcome in.", "en")
    assert hour_of("Asia/Shanghai").clear(line).cleared
    refused = hour_of("America/New_York").clear(line)
    assert [f.rule for f in refused.findings] == ["words.time_of_day"] and not refused.cleared
    assert made()[0].clear(line).cleared, "a shop that tells no time zone is not held against one"
    named = Line("x", LineKind.ANSWER, "Good Evening, thank you.", "en", names=("Good Evening",))
    assert hour_of("America/New_York").clear(named).cleared


async def test_a_line_is_not_said_again_word_for_word_within_two_hours() -> None:
    programme, _ = made()
    now = [NOW]
    programme._now = lambda: now[0]
    first = await lines(programme, CueKind.QUESTIONS)
    programme.remember(first.lines[0])
    again = [(await lines(programme, CueKind.QUESTIONS)).lines for _ in range(SILENT_CUES)]
    assert again == [()] * SILENT_CUES
    assert (await lines(programme, CueKind.QUESTIONS)).lines, "but a host with nothing new does not fall mute"
    programme.remember(Line("n", LineKind.NOTICE, "notice.", "en"))
    assert [x.text for x in (await lines(programme, CueKind.NOTICE)).lines] == ["notice."], (
        "that must be said"
    )
    assert (programme.left_out, programme.said_anyway) == (SILENT_CUES, 1)
    now[0] += HORIZON + timedelta(seconds=1)
    assert [x.text for x in (await lines(programme, CueKind.QUESTIONS)).lines] == ["invite."]


@pytest.mark.parametrize(
    ("said", "aired"),
    [
        ((), ["This is the tea from one garden.", "It costs five dollars on the card."]),
        (("It costs five dollars on the list.",), ["This is the tea from one garden."]),
        (("This is the tea from one orchard.",), []),
    ],
)
async def test_a_pitch_too_like_what_was_said_loses_its_lines_and_with_the_first_all(said, aired) -> None:
    programme, writer = made()

    async def pitch(goods, brief):
        texts = "This is the tea from one garden.", "It costs five dollars on the card."
        return Script(goods.handle, "en", tuple(writer._line(brief, text) for text in texts))

    writer.pitch = pitch
    for text in said:
        programme.remember(Line("x", LineKind.PITCH, text, "en"))
    found = await lines(programme, CueKind.PITCH, "tea")
    assert [line.text for line in found.lines] == aired
    assert programme.left_out == 2 - len(aired)


async def test_words_that_are_written_and_not_said_yet_count_as_said() -> None:
    programme, writer = made()
    await lines(programme, CueKind.QUESTIONS)
    await lines(programme, CueKind.NOTICE)
    assert writer.briefs[-1].recent == ("invite.",)
    programme.remember(Line("x", LineKind.INVITE, "invite.", "en"))
    await lines(programme, CueKind.NOTICE)
    assert writer.briefs[-1].recent == ("invite.", "notice."), "each once, what was said first"


async def test_a_product_behind_its_share_of_the_time_is_told_of_in_full() -> None:
    writer, mug = Writer(), product(handle="mug")
    programme = Programme(writer, Gate(), Shelf(TEA, mug), "en", lambda: NOW)
    for handle, words in (("tea", 30), ("mug", 60)):
        await lines(programme, CueKind.PITCH, handle, seconds=45)
        programme.remember(Line("x", LineKind.PITCH, "word " * words, "en", products=(handle,)))
    writer.briefs.clear()
    await lines(programme, CueKind.PITCH, "tea", seconds=45)
    await lines(programme, CueKind.PITCH, "mug", seconds=45)
    assert [b.returning for b in writer.briefs] == [False, False, True, True]
