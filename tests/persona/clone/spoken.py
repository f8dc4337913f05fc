"""Speech made up for the drawn host's tests: phones of known times, a tone for a voice."""

import numpy as np

from persona.speech import SPEECH_RATE, Phone, Speech


def speech(spoken: str, length: float = 0.1, text: str = "words.") -> Speech:
    """Phones from a string such as "h oʊ _ 0.4 m aɪ": "_ t" is a pause of t seconds, others last `length`."""
    phones: list[Phone] = []
    sound: list[np.ndarray] = []
    at, words = 0.0, spoken.split()
    while words:
        symbol = words.pop(0)
        seconds = float(words.pop(0)) if symbol == "_" else length
        phones.append(Phone("sil" if symbol == "_" else symbol, at, at + seconds))
        t = np.arange(round((at + seconds) * SPEECH_RATE) - round(at * SPEECH_RATE)) / SPEECH_RATE
        sound.append((0.0 if symbol == "_" else 0.2) * np.sin(2 * np.pi * 200 * t))
        at += seconds
    pcm = np.concatenate(sound).astype(np.float32) if sound else np.zeros(0, np.float32)
    return Speech("line", 0, True, text, "en", 0, len(text), pcm, (), tuple(phones))
