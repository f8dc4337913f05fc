"""What a viewer may call themselves and write, and how often: pure rules, time is an argument."""

import unicodedata
from collections import OrderedDict

NAME_LENGTH = 24
TEXT_LENGTH = 200
BURST = 3
PER_SECOND = 0.5
ADDRESS_BURST = 30
ADDRESS_PER_SECOND = 6.0


def clean(text: str) -> str:
    """One line of visible text in NFC: no control, zero-width, direction or private characters; single
    spaces.

    The joiner of emoji sequences (U+200D) and variation selectors stay; a letter may carry four combining
    marks.
    """
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(char)
        if kind in ("Zs", "Zl", "Zp") or char in "\t\n\r":
            kept.append(" ")
        elif kind[0] == "C" and char != "\u200d":
            continue
        elif kind in ("Mn", "Me") and char != "\ufe0f":
            marks += 1
            if marks <= 4:
                kept.append(char)
            continue
        else:
            kept.append(char)
        marks = 0
    return " ".join("".join(kept).split())


def clean_name(name: str, viewer_id: str) -> str:
    """A name fit to be shown: cleaned, at most 24 characters; without any, "viewer-" and the id's first
    four.
    """
    tidy = clean(unicodedata.normalize("NFKC", name)).strip("\u200d")[:NAME_LENGTH].strip()
    return tidy if any(c.isalnum() for c in tidy) else f"viewer-{viewer_id[:4]}"


def clean_text(text: str) -> str | None:
    """A comment fit to be passed on, or None: empty, or over 200 characters (cutting might turn its
    sense).
    """
    tidy = clean(text).strip("\u200d")
    return tidy if 0 < len(tidy) <= TEXT_LENGTH else None


class RateLimit:
    """Token buckets by key, for at most `keys` keys (the longest silent is forgotten: its bucket is full
    anew).
    """

    def __init__(self, burst: int, per_second: float, keys: int = 10_000) -> None:
        self._burst, self._per_second, self._keys = burst, per_second, keys
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, key: str, now: float) -> float:
        """Takes one token and returns 0, or takes none and returns the seconds to wait. `now`: monotonic,
        s.
        """
        tokens, since = self._buckets.pop(key, (float(self._burst), now))
        tokens = min(float(self._burst), tokens + max(0.0, now - since) * self._per_second)
        short = max(0.0, 1.0 - tokens)
        self._buckets[key] = (tokens - (0.0 if short else 1.0), now)
        if len(self._buckets) > self._keys:
            self._buckets.popitem(last=False)
        return short / self._per_second
