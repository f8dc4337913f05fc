"""Is this footage good enough, and if not, what to do about it: pure decisions, in the performer's words."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from persona.clone.footage.listening import Heard
from persona.clone.footage.offset import Offset
from persona.clone.footage.reader import Facts
from persona.clone.footage.transcript import Followed
from persona.clone.footage.watching import Look

ASKED_S, ACCEPTED_S = 60.0, 15.0
SPOKEN_LEAST_S = 6.0
IDLE_LEAST_S = 2.0
FACELESS_MOST = 0.01  # share of looks without a face that is still well; FACELESS_STOP is not
FACELESS_STOP = 0.2
SEVERAL_MOST, SEVERAL_STOP = 0.02, 0.2
TURNED_MOST, TURNED_STOP = 0.15, 0.5
FACE_GOOD, FACE_LEAST = 160.0, 90.0  # pixels of the kept frame across dlib's box; the mouth is 0.4 of it
SHARP_GOOD, SHARP_LEAST = 0.07, 0.045
DARK_STOP, DARK_WARN, BRIGHT_WARN = 40.0, 65.0, 205.0
BURNT_WARN, BURNT_STOP = 0.2, 0.5
UNEVEN_WARN = 0.55
CAMERA_WARN, CAMERA_STOP = 3.0, 10.0  # grey levels between looks, beside the face
STILL = 0.02  # grey levels: any camera's own noise is more
WANDER_WARN = 0.35  # face widths
NOISE_WARN, NOISE_STOP = 25.0, 12.0  # dB from the noise to the voice
QUIET_WARN = -38.0
CLIPPED_WARN, CLIPPED_STOP = 0.0005, 0.01
MOUTH_STILL = 0.012  # standard deviation of the opening over the mouth's width, while somebody speaks
FOLLOWED_WARN, FOLLOWED_STOP = 0.85, 0.6


class Verdict(StrEnum):
    """How a check came out. `unknown`: it could not be made, and says why."""

    GOOD = "good"
    WARN = "warn"
    STOP = "stop"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `found`: what is so, in a sentence; `remedy`: what to do, empty when all is well."""

    id: str
    title: str
    verdict: Verdict
    found: str
    remedy: str = ""


@dataclass(frozen=True)
class Measured:
    """All that was measured of a film.

    openings   of the mouth over its width, for each frame; None: no points were looked for
    lost       share of frames in which the points of the face were not found
    followed   None: nobody could listen; `unheard` says why
    phrase     whether the one-time phrase was heard: None when there is none, or nobody could listen
    short      a film of any length is taken, for measuring alone
    phrase_wanted   the phrase, empty when the licence needs none
    """

    facts: Facts
    looks: Sequence[Look]
    heard: Heard
    openings: Sequence[float] | None = None
    lost: float = 0.0
    offset: Offset | None = None
    followed: Followed | None = None
    unheard: str = ""
    phrase: bool | None = None
    phrase_wanted: str = ""
    idle: float = 0.0
    short: bool = False
    extra: tuple[Check, ...] = field(default=())


def checks(m: Measured) -> tuple[Check, ...]:
    """Every check, in the order in which a person would mend things."""
    return (*_film(m), *_face(m), *_light(m), *_motion(m), *_sound(m), *_words(m), *m.extra)


def stops(found: Sequence[Check]) -> tuple[Check, ...]:
    """Those with which no clone can be made."""
    return tuple(c for c in found if c.verdict is Verdict.STOP)


def _check(name: str, title: str, verdict: Verdict, good: str, bad: str = "", remedy: str = "") -> Check:
    fine = verdict is Verdict.GOOD
    return Check(name, title, verdict, good if fine else bad, "" if fine else remedy)


def _graded(value: float, warn: float, stop: float) -> Verdict:
    """Grows worse upwards when warn <= stop, downwards otherwise."""
    side = 1 if warn <= stop else -1
    worse = [side * value > side * bound for bound in (stop, warn)]
    return Verdict.STOP if worse[0] else Verdict.WARN if worse[1] else Verdict.GOOD


def _film(m: Measured) -> Iterator[Check]:
    f, s = m.facts, m.facts.seconds
    verdict = (
        Verdict.STOP if s < ACCEPTED_S - 0.05 and not m.short
        else Verdict.WARN if s < ASKED_S - 5 else Verdict.GOOD
    )  # fmt: skip
    yield _check(
        "length", "Length", verdict, f"{s:.0f} s, as asked.",
        f"The film lasts {s:.1f} s; {ASKED_S:.0f} s are asked, {ACCEPTED_S:.0f} s are the least. "
        + ("A clone cannot be made of so little." if verdict is Verdict.STOP else
           "A shorter film shows fewer mouth shapes: the clone will look plainer."),
        "Read the whole script (castmate clone script) and stay silent for 10 s before and after.",
    )  # fmt: skip
    kept = f.kept
    scaled = "" if kept == (f.width, f.height) else f", kept as {kept[0]} x {kept[1]}"
    told = f"{f.width} x {f.height}{scaled}, {f.rate:.3g} frames a second{', uneven' if f.uneven else ''}, " \
        f"{f.codec}"  # fmt: skip
    small = min(f.width, f.height) < 480
    yield _check(
        "picture", "Picture", Verdict.WARN if small or f.rate < 23.5 else Verdict.GOOD,
        told + ("; 25 a second are kept." if abs(f.rate - 25) > 0.01 else "."),
        f"{told}: " + ("that is small; the clone will not be sharper than its footage." if small else
                       "too few pictures a second for lips; some closures will be missed."),
        "Film at 1080 x 1920 and 25 or 30 frames a second.",
    )  # fmt: skip
    yield _check(
        "upright", "Upright", Verdict.WARN if f.landscape else Verdict.GOOD, "Portrait, as shows are.",
        "The film lies on its side (landscape): a show is portrait, so most of its width is lost and "
        "the face is smaller than it could be.",
        "Hold the telephone upright, or show the clone in landscape only.",
    )  # fmt: skip
    if f.hdr:
        yield Check(
            "hdr", "Colours", Verdict.WARN, "Filmed in HDR: its colours come out pale here.",
            "Switch HDR video off in the camera's settings.",
        )  # fmt: skip


def _face(m: Measured) -> Iterator[Check]:
    looks = m.looks
    if not looks:
        return
    none = sum(not k.faces for k in looks) / len(looks)
    lost = max(none, m.lost) if m.lost or none < FACELESS_STOP else none
    verdict = _graded(lost, FACELESS_MOST, FACELESS_STOP)
    if none < FACELESS_STOP and m.openings is not None and m.lost <= FACELESS_MOST:
        verdict = Verdict.GOOD  # the detector blinks, the points do not
    every = "a face is in no picture" if lost > 0.98 else f"{lost:.0%} of the pictures show no face"
    yield _check(
        "face", "A face", verdict, "A face is in every picture.",
        f"In this film {every} that looks into the camera: it is turned to the side, covered, or out of "
        "the picture.",
        "Look into the camera all the time, with nothing before the face, mouth and chin in the picture.",
    )  # fmt: skip
    several = sum(_others(k) for k in looks) / len(looks)
    yield _check(
        "alone", "One person", _graded(several, SEVERAL_MOST, SEVERAL_STOP), "Nobody else is seen.",
        f"{several:.0%} of the pictures show more than one face. A clone is made of one person, the one "
        "who signed.",
        "Film the person alone; take down portraits and screens behind them.",
    )  # fmt: skip
    faces = [k.faces[0] for k in looks if k.faces]
    if not faces:
        return
    turned = sum(not f.front for f in faces) / len(faces)
    yield _check(
        "frontal", "Facing the camera", _graded(turned, TURNED_MOST, TURNED_STOP),
        "The face looks into the camera.",
        f"In {turned:.0%} of the pictures the face is turned away; the far corner of the mouth is hidden.",
        "Stand the telephone straight before the face, at the height of the eyes, and read beside the lens.",
    )  # fmt: skip
    width = statistics.median(f.w for f in faces)
    yield _check(
        "size", "Size of the face", _graded(width, FACE_GOOD, FACE_LEAST),
        f"The face is {width:.0f} pixels wide.",
        f"The face is {width:.0f} pixels wide, the mouth about {0.4 * width:.0f}; "
        f"{FACE_GOOD:.0f} are good, {FACE_LEAST:.0f} the least. A larger picture of it cannot be invented.",
        "Come nearer: head and shoulders should fill the picture's width.",
    )  # fmt: skip
    sharp = statistics.median(k.sharp for k in looks if k.faces)
    yield _check(
        "sharp", "Sharpness", _graded(sharp, SHARP_GOOD, SHARP_LEAST), "The face is in focus.",
        f"The face is blurred (fine detail {sharp:.3f}; {SHARP_GOOD} is good): out of focus, or a smeared "
        "lens.",
        "Wipe the lens, tap the face on the screen to focus, and hold the exposure there.",
    )  # fmt: skip


def _others(look: Look) -> bool:
    """A second face of at least a third of the first's size."""
    return len(look.faces) > 1 and look.faces[1].w > look.faces[0].w / 3


def _light(m: Measured) -> Iterator[Check]:
    seen = [k for k in m.looks if k.faces] or list(m.looks)
    if not seen:
        return
    light = statistics.median(k.light for k in seen)
    burnt = statistics.median(k.burnt for k in seen)
    dark = light < DARK_WARN
    verdict = (
        _graded(light, DARK_WARN, DARK_STOP) if dark
        else Verdict.STOP if burnt > BURNT_STOP
        else Verdict.WARN if light > BRIGHT_WARN or burnt > BURNT_WARN else Verdict.GOOD
    )  # fmt: skip
    yield _check(
        "light", "Light", verdict, f"The face is well lit (level {light:.0f} of 255).",
        f"The face is too dark (level {light:.0f} of 255): lips and teeth drown in noise." if dark
        else f"The face is too bright: {burnt:.0%} of it is burnt out to white.",
        "Face a window or a lamp, with no light behind you." if dark else "Turn the light down or step away.",
    )  # fmt: skip
    uneven = statistics.median(k.uneven for k in seen)
    yield _check(
        "even", "Even light", Verdict.WARN if uneven > UNEVEN_WARN else Verdict.GOOD,
        "Both sides of the face are lit alike.",
        "One side of the face is much darker than the other; that shadow will speak with the clone.",
        "Put the light before the face, not beside it.",
    )  # fmt: skip


def _motion(m: Measured) -> Iterator[Check]:
    looks = m.looks
    if len(looks) < 3:
        return
    changed = statistics.median(k.changed for k in looks[1:])
    if changed < STILL:
        yield Check(
            "moving", "A living picture", Verdict.STOP,
            "The picture stands still: this is a photograph or a frozen film, not a person speaking.",
            "Film a living person; a clone is never made of a photograph.",
        )  # fmt: skip
    behind = statistics.median(k.behind for k in looks[1:])
    yield _check(
        "steady", "Steady camera", _graded(behind, CAMERA_WARN, CAMERA_STOP), "The camera stands still.",
        "The camera or what is behind the person moves: seams would show in the clone.",
        "Put the telephone on a stand, before a calm background.",
    )  # fmt: skip
    faces = [(k.faces[0].x + k.faces[0].w / 2, k.faces[0].w) for k in looks if k.faces]
    if len(faces) > 3:
        middle = statistics.median(x for x, _ in faces)
        wander = float(np.percentile([abs(x - middle) / w for x, w in faces], 90))
        yield _check(
            "seated", "Head kept in place", Verdict.WARN if wander > WANDER_WARN else Verdict.GOOD,
            "The head stays in its place.",
            f"The head wanders by {wander:.1f} of its width: cuts in the clone's idle loop will show.",
            "Sit on a chair that does not turn.",
        )  # fmt: skip
    if m.openings is not None and m.heard.spoken > 2:
        moved = float(np.std(m.openings))
        yield _check(
            "speaking", "The mouth speaks", Verdict.STOP if moved < MOUTH_STILL else Verdict.GOOD,
            "The lips move.",
            "There is speech, but the lips do not move: nobody in the picture says it.",
            "Film the person while they read; sound and picture from one recording.",
        )  # fmt: skip
    yield _check(
        "idle", "Silent part", Verdict.WARN if m.idle < IDLE_LEAST_S else Verdict.GOOD,
        f"{m.idle:.0f} s with the mouth at rest.",
        f"Only {m.idle:.1f} s with the mouth at rest: the clone does not know how the person listens.",
        "Stay silent and friendly for 10 s before and after reading.",
    )  # fmt: skip


def _sound(m: Measured) -> Iterator[Check]:
    if not m.facts.channels:
        yield Check(
            "sound", "Sound", Verdict.STOP,
            "The film has no sound: which mouth belongs to which word is not known.",
            "Film with the microphone on; do not send it through an app that removes the sound.",
        )  # fmt: skip
        return
    h = m.heard
    if h.spoken < 0.5:
        yield Check(
            "sound", "Sound", Verdict.STOP,
            "Nobody speaks in this film: its sound is silence or plain noise.",
            "Check the microphone, and read the script aloud.",
        )  # fmt: skip
        return
    yield _check(
        "sound", "Speech", Verdict.WARN if h.spoken < SPOKEN_LEAST_S else Verdict.GOOD,
        f"{h.spoken:.0f} s of speech.",
        f"Only {h.spoken:.1f} s of speech: too few of a language's mouth shapes.",
        "Read the whole script.",
    )  # fmt: skip
    yield _check(
        "noise", "Noise", _graded(h.over_noise, NOISE_WARN, NOISE_STOP),
        f"The voice stands {h.over_noise:.0f} dB above the room.",
        f"The voice stands only {h.over_noise:.0f} dB above the room's noise ({NOISE_WARN:.0f} are good).",
        "Close the windows, switch fans off, come nearer to the microphone.",
    )  # fmt: skip
    if h.voice < QUIET_WARN:
        yield Check(
            "quiet", "Loudness", Verdict.WARN, f"The voice is very quiet ({h.voice:.0f} dB of full scale).",
            "Come nearer to the microphone.",
        )  # fmt: skip
    yield _check(
        "clipping", "Clipping", _graded(h.clipped, CLIPPED_WARN, CLIPPED_STOP), "Nothing is clipped.",
        f"{h.clipped:.2%} of the sound is clipped: it was too loud for the microphone.",
        "Step back from the microphone, or turn its level down.",
    )  # fmt: skip
    yield from _offset(m.offset)


def _offset(offset: Offset | None) -> Iterator[Check]:
    if offset is None:
        return
    title = "Sound and picture"
    if offset.seconds is None:
        yield Check(
            "offset", title, Verdict.WARN,
            "How far the sound lies from the picture cannot be measured: "
            + ("the lips do not follow this sound." if offset.trusted
               else "nothing tells when which sound is said."),
            "Film sound and picture with one telephone; read the script, so that its sounds can be found.",
        )  # fmt: skip
        return
    ms = round(offset.seconds * 1000)
    far = abs(ms) > 200
    yield _check(
        "offset", title, Verdict.WARN if far or not offset.trusted else Verdict.GOOD,
        f"Speech comes {ms} ms after the mouth (measured; up to 120 ms are natural); training takes it out.",
        f"Sound and mouth lie about {ms} ms apart" + (", more than a camera makes." if far else
        ", measured roughly by loudness alone."),
        "Film with one telephone, not with a microphone recorded elsewhere." if far
        else "Read the script, so that its sounds can be found.",
    )  # fmt: skip


def _words(m: Measured) -> Iterator[Check]:
    title = "Script"
    if m.followed is None:
        why = m.unheard or "no script was given"
        yield Check("script", title, Verdict.UNKNOWN, f"Not checked: {why}.")
    else:
        share = m.followed.share
        yield _check(
            "script", title, _graded(share, FOLLOWED_WARN, FOLLOWED_STOP),
            f"The script was read ({share:.0%} of its words were heard).",
            ("Another text was read: only" if share < FOLLOWED_STOP else "Parts of the script are missing:")
            + f" {share:.0%} of its words were heard. Heard: “{m.followed.heard[:160]}”",
            "Read the script that was issued, word for word (castmate clone script), or name the one that "
            "was read with --script FILE.",
        )  # fmt: skip
    if m.phrase_wanted:
        yield _phrase(m)


def _phrase(m: Measured) -> Check:
    title, words = "One-time phrase", m.phrase_wanted
    if m.phrase is None:
        return Check(
            "phrase", title, Verdict.STOP,
            f"Whether “{words}” is said could not be heard here: {m.unheard or 'nobody listened'}.",
            'Listen yourself, then: castmate licence phrase ID --heard "..." --by NAME, and prepare again.',
        )  # fmt: skip
    return _check(
        "phrase", title, Verdict.GOOD if m.phrase else Verdict.STOP, f"“{words}” is said.",
        f"The one-time phrase “{words}” is not said in the film: nothing shows that the person agrees now.",
        "Issue a new phrase (castmate clone script --licence ID) and film again, phrase first.",
    )  # fmt: skip
