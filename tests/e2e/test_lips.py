"""The drawn mouth in the film follows what is said: decoded pixels against the voice's phones."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from seeing import FPS, look, mouth_size
from shows import Rehearsed
from spoken_again import Clause, spoken_again

from persona.clone.visemes import controls
from persona.speech import Phone, Speech

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

# How far the jaw opens for a vowel: the height of the IPA chart, 1 open .. 0.25 close. Not the clone's table.
HEIGHTS = {
    **dict.fromkeys("aɑæɐ", 1.0),
    **dict.fromkeys("ɛʌɔɒɜɝɞ", 0.7),
    **dict.fromkeys("əᵊɚɘeoɤ", 0.5),
    **dict.fromkeys("ɪʊᵻɨ", 0.35),
    **dict.fromkeys("iuyɯʏ", 0.25),
}
DIPHTHONGS = {"A": "eɪ", "I": "aɪ", "O": "oʊ", "W": "aʊ", "Y": "ɔɪ", "Q": "əʊ"}
LIPS, CONSONANT, SMEAR_S = frozenset("pbm"), 0.2, 0.04


def parts_of(phone: Phone) -> list[float]:
    """Openings that one phone goes through."""
    letters = "".join(DIPHTHONGS.get(c, c) for c in phone.symbol)
    vowels = [HEIGHTS[c] for c in letters if c in HEIGHTS]
    if vowels:
        return vowels
    if phone.symbol == "sil" or LIPS & set(letters) or not any(c.isalpha() for c in letters):
        return [0.0]
    return [CONSONANT]


def jaw(speech: Speech, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """How open the mouth should be at `times` by the phones alone, smeared as a jaw's mass does."""
    fine = np.zeros(round(speech.seconds * 1000) + 1)
    for phone in speech.phones:
        parts = parts_of(phone)
        step = (phone.end - phone.start) / len(parts)
        for k, part in enumerate(parts):
            at = phone.start + k * step
            fine[round(at * 1000) : round((at + step) * 1000)] = part
    reach = np.arange(-160, 161) / 1000
    kernel = np.exp(-0.5 * (reach / SMEAR_S) ** 2)
    smooth = np.convolve(fine, kernel / kernel.sum(), "same")
    return np.asarray(smooth[np.minimum((times * 1000).astype(int), len(fine) - 1)])


def drawn(rehearsed: Rehearsed) -> Iterator[tuple[Clause, NDArray[np.float64]]]:
    """Each clause with the opening that was seen in its frames, 0 (lips together) .. 1."""
    seen = look(rehearsed.film, rehearsed.language)
    closed = float(np.percentile(seen.opening, 2))  # the line between closed lips
    for clause in spoken_again(rehearsed):
        yield clause, (seen.opening[clause.frames] - closed) / (mouth_size("mei") - closed)


def correlations(pairs: list[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> dict[int, float]:
    """By shift in frames: of what was wanted and what was seen (positive: the picture is late)."""
    wanted, seen = (np.concatenate(side) for side in zip(*pairs, strict=True))
    return {k: float(np.corrcoef(wanted[5:-5], np.roll(seen, -k)[5:-5])[0, 1]) for k in range(-4, 5)}


def test_the_opening_follows_the_phones(rehearsed: Rehearsed) -> None:
    found = correlations([(jaw(c.speech, c.times), seen) for c, seen in drawn(rehearsed)])
    best = max(found, key=found.__getitem__)
    assert found[best] >= 0.8, found
    assert abs(best) <= 1, found


def test_the_opening_is_the_one_that_the_clone_meant(rehearsed: Rehearsed) -> None:
    """Nothing on the way (border, compositor, encoder) puts another mouth on the picture."""
    pairs = [(controls(c.speech, FPS)[:, 0], seen) for c, seen in drawn(rehearsed)]
    found = correlations(pairs)
    assert max(found, key=found.__getitem__) == 0
    assert found[0] >= 0.95, found
    widest = max(float(seen.max()) for _, seen in drawn(rehearsed))
    assert 0.25 < widest <= 1.1


def test_lips_meet_on_p_b_and_m(rehearsed: Rehearsed) -> None:
    """At the frame nearest to the middle of each."""
    closed = []
    for clause, seen in drawn(rehearsed):
        for phone in clause.speech.phones:
            if phone.symbol[:1] in LIPS:
                middle = (phone.start + phone.end) / 2
                closed.append(float(seen[np.abs(clause.times - middle).argmin()]) <= 0.06)
    assert len(closed) >= 40
    assert np.mean(closed) >= 0.95


def test_the_mouth_rests_when_nothing_is_said(rehearsed: Rehearsed) -> None:
    seen = look(rehearsed.film, rehearsed.language)
    inside = [(seen.times >= begins) & (seen.times + 1 / FPS <= ends) for begins, ends in rehearsed.pauses]
    rest = seen.opening[np.any(inside, axis=0)]
    assert len(rest) >= 3 * FPS
    assert rest.max() / mouth_size("mei") <= 0.12
    assert np.ptp(rest) / mouth_size("mei") <= 0.06


def test_the_host_is_alive_while_silent(rehearsed: Rehearsed) -> None:
    """Seen by somebody who knows nothing of mouths: the picture never stands still. A single pair of looks
    0.2 s apart may be alike, where a slow movement turns round; two pairs in a row may not.
    """
    sights = look(rehearsed.film, rehearsed.language).label
    assert not any(a.still and b.still for a, b in pairwise(sights[1:]))
    assert sum(s.still for s in sights[1:]) <= 0.01 * len(sights)
