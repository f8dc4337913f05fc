"""From phones to a person's mouth vectors: how wide this mouth goes for each of the fourteen shapes.

The blending and the rules are those of the drawn host (persona.clone.visemes); only the targets are learnt,
by ridge regression on the footage, some two hundred numbers in all. Nothing here hears a voice, so any voice
drives the same mouth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from persona.clone import visemes
from persona.clone.aligned import MouthSpace
from persona.clone.lips import OPEN, ROUND, SMILE, WIDTH
from persona.clone.prepared import FPS, Floats, Prepared
from persona.speech import Phone, Speech

Array = NDArray[np.float64]

SIGMAS = (0.02, 0.03, 0.04, 0.05, 0.07)  # seconds
LEADS = tuple(k / 50 for k in range(-5, 16))  # seconds from the sound's time to the mouth's
RIDGES = (0.3, 1.0, 3.0, 10.0)
MOST_LEAD = 0.12  # what a mouth may run ahead of the sound on air
USUAL_LEAD = 0.06  # where the footage cannot tell its own offset from the mouth's lead
MOST_GAIN = 1.25
LEAST_PHONES = 40  # with fewer the targets are not learnt
SHUT = 0.04  # opening in mouth widths at which lips touch


@dataclass(frozen=True)
class Speaker:
    """How a person's mouth speaks.

    base, targets   [K], [14, K]: a mouth is base + weights @ targets
    closed, pressed [K] the mouth at rest, and on P, B, M
    low, high       [K] shapes beyond these the network has never seen
    gain            [K] about the base: undoes what blending takes of the opening
    sigma, lead     seconds; own_lead: that of the footage, its own offset left in where nobody measured it
    learnt          False: the footage's sound was of no use, so the drawn host's shapes stand in
    """

    base: Floats
    targets: Floats
    closed: Floats
    pressed: Floats
    low: Floats
    high: Floats
    gain: Floats
    sigma: float
    lead: float
    own_lead: float
    learnt: bool

    def mouths(self, speech: Speech, space: MouthSpace, shut: "Gap") -> Floats:
        """float32 [ceil(seconds * 25), K] for a speech; `shut` measures openings of points.

        A speech without phones moves the mouth by its loudness alone.
        """
        n = ceil(round(speech.seconds * FPS, 6))
        if n == 0:
            return np.zeros((0, len(self.base)), np.float32)
        times = (np.arange(n) + 0.5) / FPS
        loud = visemes.loudness(speech.pcm, n, FPS)
        if not speech.phones:
            w = _by_loudness(loud)
            return visemes.eased(self._shaped(w, loud), self.closed).astype(np.float32)
        w = weights(speech.phones, speech.seconds, times + self.lead, self.sigma)
        frames = visemes.closures(speech.phones, times + self.lead)
        w = visemes.raised(w, frames)
        out = self.touching(self._shaped(w, loud), frames, space, shut)
        rested = visemes.resting(out, speech.phones, times, self.closed)
        return visemes.eased(rested, self.closed).astype(np.float32)

    def predicted(self, phones: Sequence[Phone], seconds: float, times: Array, space: MouthSpace,
                  shut: "Gap") -> Floats:  # fmt: skip
        """[n, K] at `times` of phones, by the same rules; for comparing with footage (times hold its
        offset).
        """
        w = weights(phones, seconds, times, self.sigma)
        frames = visemes.closures(phones, times)
        out = self.touching(self._shaped(visemes.raised(w, frames), np.ones(len(times))), frames, space, shut)
        return visemes.resting(out, phones, times, self.closed).astype(np.float32)

    def _shaped(self, w: Array, loud: Array) -> Array:
        away = (w @ self.targets) * self.gain
        mouth = self.base + away
        louder = self.closed + (mouth - self.closed) * loud[:, None]
        return np.asarray(np.minimum(np.maximum(louder, self.low), self.high), np.float64)

    def touching(self, mouths: Array, frames: Sequence[int], space: MouthSpace, shut: "Gap") -> Array:
        """Lips that touch in the given frames: as much of `pressed` as it takes."""
        out = mouths.copy()
        for k in frames:
            for part in (0.5, 0.8, 1.0):
                out[k] = mouths[k] * (1 - part) + self.pressed * part
                if shut.of(space.decode(out[k : k + 1].astype(np.float32)))[0] < SHUT:
                    break
        return out


@dataclass(frozen=True)
class Gap:
    """Measures the opening of points [n, P, 2] in mouth widths: rows of the inner lip edges, and the width
    in crop pixels.
    """

    upper: int
    lower: int
    width: float

    def of(self, points: Floats) -> Floats:
        return np.asarray(
            np.linalg.norm(points[:, self.lower] - points[:, self.upper], axis=1) / self.width, np.float32
        )


def gap_of(prepared: Prepared) -> Gap:
    return Gap(prepared.head.names.upper, prepared.head.names.lower, prepared.mouth_width)


def space_of(prepared: Prepared) -> MouthSpace:
    return MouthSpace(np.array(prepared.mean), np.array(prepared.basis), np.array(prepared.scale))


def weights(phones: Sequence[Phone], seconds: float, times: Array, sigma: float) -> Array:
    """[n, 14] blended classes at `times`."""
    blended = visemes.dominance(visemes.indicator(phones, seconds), sigma)
    rows = np.clip((times * visemes.RATE).astype(int), 0, len(blended) - 1)
    return np.asarray(blended[rows], np.float64)


def learn(prepared: Prepared) -> Speaker:
    """The person's targets from the frames that training may see; the drawn host's, where phones are
    missing.
    """
    held_out = prepared.head.held_out
    mouths = np.asarray(prepared.mouths[:held_out], np.float64)
    spoken = [p for p in prepared.phones if p.symbol != "sil" and p.end * FPS < held_out]
    low, high = np.percentile(mouths, [1, 99], axis=0)
    closed = np.clip(prepared.closed, low, high).astype(np.float64)
    if len(spoken) < LEAST_PHONES:
        return _stand_in(prepared, mouths, low, high, closed)
    sigma, lead, ridge = _chosen(prepared, mouths)
    w = _footage_weights(prepared, len(mouths), sigma, lead)
    base = mouths.mean(axis=0)
    targets = _ridge(w, mouths - base, ridge)
    spread = (w @ targets).std(axis=0)
    gain = np.clip(mouths.std(axis=0) / np.maximum(spread, 1e-9), 1.0, MOST_GAIN)
    usual = lead if prepared.head.offset is not None else USUAL_LEAD
    return Speaker(
        base=_narrow(base),
        targets=_narrow(targets),
        closed=_narrow(closed),
        pressed=_narrow(_pressed(prepared, mouths)),
        low=_narrow(low),
        high=_narrow(high),
        gain=_narrow(np.asarray(gain, np.float64)),
        sigma=sigma,
        lead=float(np.clip(usual, 0.0, MOST_LEAD)),
        own_lead=lead,
        learnt=True,
    )


def footage_times(prepared: Prepared, first: int, past: int, lead: float) -> Array:
    """Seconds of the footage's sound at its frames, `lead` later."""
    return (np.arange(first, past) + 0.5) / FPS + (prepared.head.offset or 0.0) + lead


def _footage_weights(prepared: Prepared, n: int, sigma: float, lead: float) -> Array:
    seconds = prepared.count / FPS + 1
    return weights(prepared.phones, seconds, footage_times(prepared, 0, n, lead), sigma)


def _ridge(w: Array, away: Array, ridge: float) -> Array:
    return np.asarray(np.linalg.solve(w.T @ w + ridge * np.eye(w.shape[1]), w.T @ away))


def _chosen(prepared: Prepared, mouths: Array) -> tuple[float, float, float]:
    """Sigma, lead and ridge that foretell the last quarter of the training part best."""
    n = len(mouths)
    cut = 3 * n // 4
    sizes = np.asarray(prepared.scale, np.float64)
    best = (np.inf, 0.04, USUAL_LEAD, 1.0)
    for sigma in SIGMAS:
        for lead in LEADS:
            w = _footage_weights(prepared, n, sigma, lead)
            for ridge in RIDGES:
                base = mouths[:cut].mean(axis=0)
                targets = _ridge(w[:cut], mouths[:cut] - base, ridge)
                error = float(((((mouths[cut:] - base) - w[cut:] @ targets) * sizes) ** 2).mean())
                best = min(best, (error, sigma, lead, ridge))
    return best[1:]


def _pressed(prepared: Prepared, mouths: Array) -> Array:
    """The mouth on P, B, M: mean of the tenth of all frames that are most closed."""
    openings = prepared.openings()[: len(mouths)]
    order = np.argsort(openings, kind="stable")[: max(1, len(mouths) // 10)]
    return np.asarray(mouths[order].mean(axis=0))


def _stand_in(prepared: Prepared, mouths: Array, low: Array, high: Array, closed: Array) -> Speaker:
    """The drawn host's targets in this mouth's own range: what opening and width do to it, by regression."""
    names = prepared.head.names
    points = prepared.points[: len(mouths)]
    opening = prepared.openings()[: len(mouths)].astype(np.float64)
    width = np.linalg.norm(points[:, names.right] - points[:, names.left], axis=1) / prepared.mouth_width
    a = np.column_stack([opening - opening.mean(), width - width.mean()])
    slopes = np.linalg.solve(a.T @ a + 1e-6 * np.eye(2), a.T @ (mouths - mouths.mean(axis=0)))
    table = visemes.TARGETS
    most = float(np.percentile(opening, 97))
    broad = table[:, WIDTH] * 0.5 - table[:, ROUND] + 0.1 * table[:, SMILE]
    reach = float(np.percentile(width, 95) - np.percentile(width, 5)) / 2
    rows = np.column_stack([table[:, OPEN] * most, (broad - broad[visemes.SIL]) * reach])
    targets = rows @ slopes
    targets[visemes.SIL] = 0
    return Speaker(
        base=_narrow(closed),
        targets=_narrow(targets),
        closed=_narrow(closed),
        pressed=_narrow(_pressed(prepared, mouths)),
        low=_narrow(low),
        high=_narrow(high),
        gain=np.ones(len(closed), np.float32),
        sigma=visemes.SIGMA,
        lead=USUAL_LEAD,
        own_lead=USUAL_LEAD,
        learnt=False,
    )


def _by_loudness(loud: Array) -> Array:
    """Between silence and an open vowel, as loud as it is."""
    swing = np.clip((loud - 0.85) / 0.3, 0, 1)[:, None]
    one = np.eye(len(visemes.CLASSES))
    middle = 0.5 * (one[visemes.CLASSES.index("KG")] + one[visemes.CLASSES.index("AE")])
    return np.asarray(swing * middle + (1 - swing) * one[visemes.SIL])


def _narrow(values: Array) -> Floats:
    return np.asarray(values, np.float32)
