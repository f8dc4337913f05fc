"""Virtual time: the stamps of a channel are read as they are written; words are said in their order."""

import numpy as np

from bench.soak.takes import LETTERS_S, Clip, ClipStudio
from bench.soak.virtual import FlvStamps
from bot.show.studio import ClauseReady
from bot.stage.border import BLOCK, Border, Flag, Take
from bot.stage.encoder import Encoder, EncoderSettings
from bot.stage.picture import WorkFrame
from persona.clone.base import Patch
from persona.script import Line, LineKind


def test_time_stamps_are_read_from_the_tags() -> None:
    encoder, work = Encoder(64, 64, 25, EncoderSettings("ultrafast", 300)), WorkFrame(64, 64)
    stamps = FlvStamps(encoder)
    sound = np.zeros((2, BLOCK), np.float32)
    for n in range(40):
        stamps.take(n, encoder.encode(n, work.frame, sound))
    assert 39 * 40 - 40 <= stamps.last[9] <= 39 * 40 + 30
    assert abs(stamps.last[9] - stamps.last[8]) <= 45 and stamps.high - stamps.low <= 45
    stamps.close()


def clip(ticks: int) -> Clip:
    pcm = np.full(BLOCK, 0.1, np.float32)
    return Clip(tuple(Take(0, 0, 0, k, 0, Patch(k, ()), pcm) for k in range(ticks)))


def test_a_line_is_said_clause_by_clause_with_marks_and_an_answer_overtakes() -> None:
    border = Border.create(slots=150)
    try:
        studio = ClipStudio(border, [clip(5), clip(40)], 200)
        studio.start()
        text = "Short. " + "x" * round(LETTERS_S * 1.6) + "."
        studio.say(1, Line("a", LineKind.PITCH, text, "en"), 0)
        reports = studio.reports()
        assert [(r.clause, r.last, r.ticks) for r in reports if isinstance(r, ClauseReady)] == [
            (0, False, 5),
            (1, True, 40),
        ]
        assert text[reports[1].a : reports[1].b].strip().startswith("x")
        flags = []
        for _ in range(3):
            take = border.next()
            assert take is not None
            flags.append((take.line, take.clause, take.has(Flag.FIRST)))
            border.shown(take, take.patch.base)
        assert flags == [(1, 0, True), (1, 0, False), (1, 0, False)]
        studio.say(2, Line("b", LineKind.ANSWER, "Yes.", "en"), 1)
        studio.reports()
        aired = []
        while (take := border.next()) is not None:
            aired.append((take.line, take.clause))
            border.shown(take, take.patch.base)
            studio.reports()
        assert aired[:2] == [(1, 0), (1, 0)]  # the clause on air to its end
        assert {line for line, _ in aired[2:]} == {2}
    finally:
        border.close()
