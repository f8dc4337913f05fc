"""From phones with times to mouth controls per frame: fourteen viseme classes, dominance blending, and the
rules on top.

Blending after Cohen and Massaro (1993), "Modeling coarticulation in synthetic visual speech", with Gaussian
dominance. Pure functions over numpy arrays; nothing is learnt, so any voice in any language of the alphabet
drives the same mouth.
"""

from collections.abc import Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray

from persona.clone.lips import OPEN, REST, SMILE
from persona.speech import SPEECH_RATE, Phone, Speech

Array = NDArray[np.float64]
Mouth = NDArray[np.float64] | NDArray[np.float32]

CLASSES = ("sil", "PBM", "FV", "TH", "TDN", "KG", "SZ", "SH", "R", "W", "AA", "AE", "IY", "AO")
SIL, PBM = 0, 1

# open, width, round, press, teeth, tongue, smile
TARGETS: Array = np.array(
    [
        REST,
        [0.00, 0.00, 0.00, 1.00, 0.0, 0.0, 0.45],
        [0.15, 0.00, 0.00, 0.50, 1.0, 0.0, 0.35],
        [0.25, 0.00, 0.00, 0.00, 0.8, 1.0, 0.35],
        [0.28, 0.05, 0.00, 0.00, 0.8, 0.6, 0.40],
        [0.32, 0.00, 0.00, 0.00, 0.4, 0.0, 0.40],
        [0.16, 0.60, 0.00, 0.00, 1.0, 0.0, 0.40],
        [0.28, 0.00, 0.70, 0.00, 0.9, 0.0, 0.20],
        [0.30, 0.00, 0.45, 0.00, 0.3, 0.0, 0.25],
        [0.25, 0.00, 1.00, 0.00, 0.0, 0.0, 0.15],
        [1.00, 0.00, 0.00, 0.00, 0.5, 0.4, 0.40],
        [0.70, 0.40, 0.00, 0.00, 0.7, 0.3, 0.45],
        [0.30, 1.00, 0.00, 0.00, 0.9, 0.0, 0.50],
        [0.65, 0.00, 0.80, 0.00, 0.0, 0.0, 0.20],
    ],
    np.float64,
)

_LETTERS = {
    "PBM": "pbm",
    "FV": "fvʋɱ",
    "TH": "θð",
    "TDN": "tdnlɾTɖʈɳɭɫɲ",
    "KG": "kgɡŋhxɣqχʁɟcɴɦħ",
    "SZ": "szʦʣS",
    "SH": "ʃʒʧʤɕʑʂʐʨʥꭧç",
    "R": "ɹrɻɝɚɜɽ",
    "W": "wuʊyɥʏøᵝɰɯɸβʍ",
    "AA": "aɑʌɐɤəᵊ",
    "AE": "æɛeɘœ",
    "IY": "iɪjᵻɨʝʎ",
    "AO": "ɔoɒɵ",
}
_CLASS = {letter: CLASSES.index(name) for name, letters in _LETTERS.items() for letter in letters}
_VOWELS = frozenset("aɑʌɐɤəᵊæɛeɘœiɪᵻɨɔoɒɵuʊyʏøɯɝɚɜAIOWYQ")
_CAPITALS = {"A": "eɪ", "I": "aɪ", "O": "oʊ", "W": "aʊ", "Y": "ɔɪ", "Q": "əʊ"}
_REDUCED = frozenset("əᵊɐɤ")  # vowels that open the mouth about half as far as their class
_SILENT = frozenset(("sil", "", "ʔ", "|", "‖")) | frozenset(';:,.!?—…"()“”、。，！？；：')
_RETROFLEX, _DENTAL = frozenset("ʂʐɻꭧ"), frozenset("szʦʣ")

FIRST_OF_DIPHTHONG = 0.6
SIGMA = 0.040  # seconds
RATE = 100  # Hz of the blending
LONG_PAUSE = 0.2  # seconds: from here on the mouth rests
CLOSING, REOPENING = 0.10, 0.08  # seconds
EASE_FRAMES = 3
PARTING = 0.5  # at most, in the frames beside: lips do not fly apart
CLOSED = 0.02  # opening at the middle of P, B, M


def weights_of(symbol: str, before: str = "") -> tuple[tuple[float, Array], ...]:
    """(share of the phone's time, weights [14]) of an IPA symbol; () for a mark that only prolongs its
    neighbour.

    `before` is the letter in front: the Mandarin vowel written ɨ is buzzed after z c s and curled after zh ch
    sh r. Affricates count as their second letter, diphthongs are split at 60 %.
    """
    if symbol in _SILENT:
        return ((1.0, _one(SIL)),)
    letters = "".join(_CAPITALS.get(letter, letter) for letter in symbol)
    known = [letter for letter in letters if letter in _CLASS]
    vowels = [letter for letter in known if letter in _VOWELS]
    if not known:
        return ()
    if not vowels:
        return ((1.0, _letter(known[-1], before)),)
    if len(vowels) >= 2 and len(vowels) == len(known):
        return (
            (FIRST_OF_DIPHTHONG, _letter(vowels[0], before)),
            (1 - FIRST_OF_DIPHTHONG, _letter(vowels[-1], before)),
        )
    share = 1 / len(known)
    return tuple((share, _letter(letter, known[k - 1] if k else before)) for k, letter in enumerate(known))


def _letter(letter: str, before: str) -> Array:
    if letter == "ɨ" and before[-1:] in _RETROFLEX:
        return _one(CLASSES.index("R"))
    if letter == "ɨ" and before[-1:] in _DENTAL:
        return _one(CLASSES.index("SZ"))
    weights = _one(_CLASS[letter])
    if letter in _REDUCED:
        weights = 0.5 * weights + 0.5 * _one(CLASSES.index("KG"))
    return weights


def _one(k: int) -> Array:
    weights = np.zeros(len(CLASSES))
    weights[k] = 1
    return weights


def indicator(phones: Sequence[Phone], seconds: float) -> Array:
    """[RATE * seconds, 14]: which class is spoken when. Marks and gaps under 120 ms prolong what stands
    before them.
    """
    count = max(1, ceil(seconds * RATE))
    out = np.zeros((count, len(CLASSES)))
    out[:, SIL] = 1
    held, letter = _one(SIL), ""
    for phone in phones:
        parts = weights_of(phone.symbol, letter)
        length = phone.end - phone.start
        gap = phone.symbol.strip() == "" or phone.symbol == "sil"
        if not parts or (gap and length < 0.12 and letter):
            parts = ((1.0, held),)
        at = phone.start
        for share, weights in parts:
            begin, end = round(at * RATE), round((at + share * length) * RATE)
            out[max(begin, 0) : end] = weights
            at, held = at + share * length, weights
        letter = phone.symbol if parts and not gap else letter
    return out


def dominance(spoken: Array, sigma: float = SIGMA) -> Array:
    """Each class's indicator smoothed by a Gaussian, and normalised: what the neighbours leave of a sound."""
    reach = ceil(4 * sigma * RATE)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / (sigma * RATE)) ** 2)
    padded = np.pad(spoken, ((reach, reach), (0, 0)), mode="edge")
    smooth = np.stack([np.convolve(column, kernel, "valid") for column in padded.T], axis=1)
    return np.asarray(smooth / smooth.sum(axis=1, keepdims=True))


def controls(speech: Speech, fps: int, lead: float = 0.0) -> Array:
    """Mouth controls [ceil(seconds * fps), 7]. `lead`: seconds by which the mouth runs ahead of the phones,
    0..0.12.

    A Speech without phones moves the mouth by its loudness alone.
    """
    n = ceil(round(speech.seconds * fps, 6))
    if n == 0:
        return np.zeros((0, len(REST)))
    times = (np.arange(n) + 0.5) / fps + lead
    loud = loudness(speech.pcm, n, fps)
    if not speech.phones:
        return eased(_by_loudness(loud))
    blended = dominance(indicator(speech.phones, speech.seconds))
    w = blended[np.clip((times * RATE).astype(int), 0, len(blended) - 1)]
    frames = closures(speech.phones, times)
    w = raised(w, frames)
    out = w @ TARGETS
    out[:, OPEN] = np.minimum(out[:, OPEN] * loud, 1.0)
    for near in (-1, 1):
        beside = [k + near for k in frames if 0 <= k + near < n]
        out[beside, OPEN] = np.minimum(out[beside, OPEN], PARTING)
    out[frames, OPEN] = np.minimum(out[frames, OPEN], CLOSED)
    return eased(resting(out, speech.phones, times))


def loudness(pcm: NDArray[np.float32], n: int, fps: int) -> Array:
    """Gain of the opening per frame, 0.85..1.15: 15 % for 6 dB above or below the mean of what is spoken."""
    step = SPEECH_RATE / fps
    power = np.zeros(n)
    for k in range(n):
        part = pcm[int(k * step) : int((k + 1) * step)]
        power[k] = float(np.dot(part, part)) / len(part) if len(part) else 0.0
    level = 10 * np.log10(power + 1e-9)
    heard = level > -45
    if not heard.any():
        return np.ones(n)
    smooth = np.convolve(np.pad(level, 1, mode="edge"), [0.25, 0.5, 0.25], "valid")
    return np.asarray(np.clip(1 + 0.15 * (smooth - level[heard].mean()) / 6, 0.85, 1.15))


def closures(phones: Sequence[Phone], times: Array) -> list[int]:
    """For every P, B, M the frame nearest to its middle."""
    middles = [(p.start + p.end) / 2 for p in phones if _bilabial(p.symbol)]
    return sorted({int(np.abs(times - middle).argmin()) for middle in middles})


def _bilabial(symbol: str) -> bool:
    known = [letter for letter in symbol if letter in _CLASS]
    return bool(known) and _CLASS[known[0]] == PBM


def raised(w: Array, frames: Sequence[int], least: float = 0.9) -> Array:
    """Weights with the class PBM at `least` or more in the given frames: a closure of 60 ms can fall between
    two frames.
    """
    out = w.copy()
    for k in frames:
        rest = 1 - out[k, PBM]
        if out[k, PBM] < least:
            out[k] *= (1 - least) / rest
            out[k, PBM] = least
    return out


def resting(mouths: Array, phones: Sequence[Phone], times: Array, rest: Mouth = REST) -> Array:
    """Long pauses end in the mouth at rest, exactly: closed 100 ms after they begin, until 80 ms before they
    end. `rest`: that mouth, whatever its numbers mean.
    """
    out = mouths.copy()
    for start, end in pauses(phones):
        part = np.minimum((times - start) / CLOSING, (end - times) / REOPENING)
        part = np.clip(part, 0, 1)[:, None]
        out = out * (1 - part) + rest * part
    return out


def pauses(phones: Sequence[Phone]) -> list[tuple[float, float]]:
    """Silences of LONG_PAUSE and more; neighbouring ones count as one."""
    runs: list[list[float]] = []
    for phone in phones:
        if phone.symbol.strip() not in _SILENT or phone.symbol == "ʔ":
            continue
        if runs and phone.start - runs[-1][1] < 0.011:
            runs[-1][1] = phone.end
        else:
            runs.append([phone.start, phone.end])
    return [(a, b) for a, b in runs if b - a >= LONG_PAUSE - 1e-9]


def eased(mouths: Array, rest: Mouth = REST) -> Array:
    """The first and the last frames lead from the mouth at rest and back to it."""
    n = len(mouths)
    ahead = (np.arange(n) + 1) / (EASE_FRAMES + 1)
    part = np.clip(np.minimum(ahead, ahead[::-1]), 0, 1)[:, None]
    return np.asarray(mouths * part + rest * (1 - part))


def _by_loudness(loud: Array) -> Array:
    out = np.tile(0.5 * (TARGETS[CLASSES.index("KG")] + TARGETS[CLASSES.index("AE")]), (len(loud), 1))
    swing = np.clip((loud - 0.85) / 0.3, 0, 1)
    out[:, OPEN] *= swing
    out[:, SMILE] = 0.5
    return out
