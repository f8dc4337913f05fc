"""Everything that is asked of one decoded stream, and the answers: spells for the ledger, figures for the
desk.

Fed by the eye with decoded frames and samples. The stage's own marks (Witness) say what ought to be there.
Positive offsets: the sound, or the caption, is late.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.stage.judges import (
    CLEAR,
    DEAD_S,
    DOUBT,
    MOVES,
    SAME,
    SURE,
    Check,
    DeadAir,
    Movement,
    Spell,
    differs,
    is_black,
    lag,
)
from bot.stage.picture import Overlay, Plane
from bot.stage.watermark_reader import WatermarkReader
from bot.stage.witness import BIN, BINS, Shown, Witness, mouth_of, power_of

BLACK_S = 0.4  # patience, in seconds
STILL_S = 0.6  # beyond the 1.4 s that are compared: two seconds of a dead picture
CAPTION_S = 0.6
RECORDED_S = 0.4
UNCAPTIONED_S = 1.5  # speech without any caption
WINDOW_S = 4.0  # of the signatures that are compared
EVERY_S = 2.0
FRAMES, STEPS = 12, 60  # how far either side is searched: 0.48 s of picture, 0.3 s of sound
EARLY_MS, LATE_MS = -40.0, 60.0  # EBU R 37: sound before and after the picture
LOUDEST = -8.0  # LUFS, momentary
TARGET, SLACK = -16.0, 3.0  # LUFS, LU, integrated
SPOKEN = -40.0  # LUFS: below it nobody has spoken yet


@dataclass(frozen=True, slots=True)
class Figures:
    """The latest of each; None where nothing can be said yet. LUFS, milliseconds, levels."""

    label_score: float | None = None
    movement: float | None = None
    momentary_lufs: float | None = None
    integrated_lufs: float | None = None
    av_offset_ms: float | None = None
    caption_offset_ms: float | None = None


class Inspection:
    """One stream's. `picture` is called at every decoded frame, `look` at those that are looked at, `sound`
    for decoded samples. With no witness, what needs the stage's marks is not judged. `code`: what the
    watermark is to carry wherever the label stands; None: there is no watermark.
    """

    def __init__(self, fps: int = 25, witness: Witness | None = None, code: int | None = None) -> None:
        self._fps, self._witness, self._code = fps, witness, code
        self._reader = WatermarkReader()
        self.checks = {
            "black": Check("black", BLACK_S, least=True),
            "frozen": Check("frozen", STILL_S, least=True),
            "silence": Check("silence"),
            "loudness": Check("loudness", 1.0),
            "av": Check("av"),
            "captions": Check("captions", CAPTION_S),
        }
        if code is not None:
            self.checks["watermark"] = Check("watermark", least=True)
        self._movement, self._dead = Movement(), DeadAir()
        self._scenes: tuple[bool, bool] | None = None  # whether a slate, a filmed clip stood at the last look
        self.stands = False  # the picture stands still now, though it ought to move
        self.recorded_seen: float | None = None  # second at which the mark on a clip was found last
        self._mouth = np.full(60 * fps, np.nan, np.float32)
        self._power = np.full(60 * fps * BINS, np.nan, np.float32)
        self._compared = 0
        self._uncaptioned: float | None = None
        self._values: dict[str, float] = {}

    # ---- picture

    def picture(self, luma: Plane, n: int) -> None:
        """Frame n, each one: the mouth's signature."""
        region = self._witness.region if self._witness is not None and self._same(luma) else None
        self._mouth[n % len(self._mouth)] = np.nan if region is None else mouth_of(luma, region)

    def look(self, luma: Plane, n: int) -> None:
        """Frame n, looked at closely."""
        at = n / self._fps
        shown = self._witness.shown(n) if self._witness is not None and self._same(luma) else None
        self.checks["black"].see(not is_black(luma), at, float(luma[::8, ::8].mean()))
        self._moves(luma, at, shown)
        if shown is not None:
            self._captions(luma, shown, at)
            self._recorded(luma, shown, at)
            if self._code is not None:
                self._watermark(luma, shown, at)
        if n - self._compared >= EVERY_S * self._fps:
            self._compared = n
            self._in_step(n)

    def _watermark(self, luma: Plane, shown: Shown, at: float) -> None:
        if not shown.label:
            self._reader.forget()
            self.checks["watermark"].see(None, at)
            return
        reading = self._reader.look(luma, at)
        if reading is not None:
            ours = reading.found and reading.code in (self._code, None)  # None: the code could not be read
            for moment in (reading.since, reading.until):
                self.checks["watermark"].see(ours, moment, round(reading.score, 1))

    def _same(self, luma: Plane) -> bool:
        """Whether the picture is as large as the stage's: a part of it, or a smaller copy, has other
        places.
        """
        return self._witness is not None and luma.shape == self._witness.size

    def _moves(self, luma: Plane, at: float, shown: Shown | None) -> None:
        slate, clip = (shown.slate, shown.recorded is not None) if shown is not None else (False, False)
        if (slate, clip) != self._scenes:
            self._scenes = slate, clip
            self._movement.forget()
            self.stands = False  # what comes now has not been looked at for long enough
        if slate or clip:  # a filmed cup may stand still
            self.checks["frozen"].see(None, at)
            return
        change = self._movement.look(luma, at, () if shown is None else shown.over)
        if change is not None:
            self._values["movement"] = change
            self.checks["frozen"].see(change >= MOVES, at, change)
            self.stands = change < MOVES and self.checks["frozen"].bad_since is not None

    def _recorded(self, luma: Plane, shown: Shown, at: float) -> None:
        """The mark on a filmed clip. Nothing is looked for while none plays."""
        if shown.recorded is None:
            if "recorded" in self.checks:
                self.checks["recorded"].see(None, at)
            return
        check = self.checks.setdefault("recorded", Check("recorded", RECORDED_S))
        off = differs(luma, shown.recorded)
        found = off is not None and off <= SAME
        if found:
            self.recorded_seen = at
        check.see(found, at, off)

    def _captions(self, luma: Plane, shown: Shown, at: float) -> None:
        check = self.checks["captions"]
        if shown.slate or not shown.speaking:
            self._uncaptioned = None
            check.see(None, at)
            return
        if shown.caption is None:
            self._uncaptioned = at if self._uncaptioned is None else self._uncaptioned
            check.see(False if at - self._uncaptioned >= UNCAPTIONED_S else None, at)
            return
        self._uncaptioned = None
        off = differs(luma, shown.caption)
        if off is None:
            return
        late = self._other_caption(luma, shown, off)
        if late is not None:
            self._values["caption_offset_ms"] = late * 1000
        elif off <= SAME:
            self._values["caption_offset_ms"] = 0.0
        check.see(late is None and off <= SAME, at, off if late is None else late)

    def _other_caption(self, luma: Plane, shown: Shown, off: float) -> float | None:
        """Seconds by which the caption that is really seen is late, when another one fits much better."""
        if off < DOUBT or self._witness is None or shown.caption is None:
            return None
        found: dict[str, tuple[Overlay, int]] = {}
        for back in range(1, 2 * self._fps):
            for n in (shown.n - back, shown.n + back):
                mark = self._witness.shown(n)
                other = None if mark is None else mark.caption
                if other is not None and other.key != shown.caption.key:
                    found.setdefault(other.key, (other, n))
        fits = [(d, n) for o, n in found.values() if (d := differs(luma, o)) is not None]
        best = min(fits, default=(math.inf, 0))
        return (shown.n - best[1]) / self._fps if best[0] < min(SAME, CLEAR * off) else None

    # ---- sound

    def sound(self, samples: NDArray[np.float32], first_bin: int) -> None:
        """float32 [2, k * 240] that begin at bin `first_bin` (5 ms each) of the stream."""
        power = power_of(samples)
        places = (first_bin + np.arange(len(power))) % len(self._power)
        self._power[places] = power
        at = (first_bin + len(power)) * BIN / 48_000
        dead = self._dead.hear(power)
        self.checks["silence"].see(dead <= DEAD_S, at, dead)

    def loudness(self, momentary: float, integrated: float, at: float) -> None:
        """By EBU R 128, as of `at`, in LUFS; -inf or NaN: nothing yet."""
        if not math.isfinite(momentary):
            return
        self._values["momentary_lufs"] = momentary
        if math.isfinite(integrated) and integrated > SPOKEN:
            self._values["integrated_lufs"] = integrated
            settled = at > 60.0
            loud = momentary > LOUDEST or (settled and abs(integrated - TARGET) > SLACK)
            self.checks["loudness"].see(not loud, at, momentary if momentary > LOUDEST else integrated)

    # ---- step

    def _in_step(self, n: int) -> None:
        """Both signatures of the last seconds against the stage's."""
        offset = None if self._witness is None else self._offset_ms(self._witness, n)
        if offset is None:
            self.checks["av"].see(None, n / self._fps)
            return
        self._values["av_offset_ms"] = offset
        self.checks["av"].see(EARLY_MS <= offset <= LATE_MS, n / self._fps, offset)

    def _offset_ms(self, witness: Witness, n: int) -> float | None:
        frames = int(WINDOW_S * self._fps)
        first = n - FRAMES - frames  # so that the stage's marks reach to both sides
        if first < FRAMES:
            return None
        bins, start = frames * BINS, first * BINS
        seen = self._mouth[(first + np.arange(frames)) % len(self._mouth)]
        heard = self._power[(start + np.arange(bins)) % len(self._power)]
        picture = lag(witness.mouth(first - FRAMES, frames + 2 * FRAMES), seen, FRAMES)
        said = witness.power(start - STEPS, bins + 2 * STEPS)
        sound = lag(np.sqrt(said), np.sqrt(heard), STEPS)
        if picture is None or sound is None or min(picture[1], sound[1]) < SURE:
            return None
        return float(sound[0] * 5.0 - picture[0] * 1000 / self._fps)

    # ---- answers

    def figures(self, label_score: float | None = None) -> Figures:
        return Figures(label_score=label_score, **self._values)

    def bad(self) -> dict[str, float]:
        """Check -> since when it has been bad, of those that are."""
        return {k: c.bad_since for k, c in self.checks.items() if c.bad_since is not None}

    def take(self, *, final: bool = False) -> tuple[Spell, ...]:
        give: Callable[[Check], tuple[Spell, ...]] = Check.close if final else Check.take
        return tuple(spell for check in self.checks.values() for spell in give(check))
