"""A text that is longer than a platform takes, in pieces that it takes."""

_ENDS, _BREAKS = "。！？!?…", "，；：、"
_ONLY_BEFORE_SPACE = {
    ".": _ENDS,
    ",": _BREAKS,
    ";": _BREAKS,
    ":": _BREAKS,
}  # 59.00, 1,299 and 12:30 stay whole


def pieces(text: str, limit: int | None) -> tuple[str, ...]:
    """`text` in pieces of at most `limit` characters (code points), cut after a sentence where one ends in
    the second half, else after a comma or a space, else where it must be. Spaces at the cuts are dropped,
    nothing else is. No piece is empty; () for a text of spaces alone.
    """
    rest, out = text.strip(), []
    while limit is not None and len(rest) > limit:
        cut = _cut(rest, limit)
        out.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return (*out, rest) if rest else tuple(out)


def _cut(text: str, limit: int) -> int:
    for kind in (_ENDS, _BREAKS):
        cut = max((i + 1 for i in range(limit) if _breaks(text, i, kind)), default=0)
        if cut >= limit // 2 > 0:
            return cut
    space = limit if text[limit] == " " else text.rfind(" ", 0, limit) + 1
    return space if space >= limit // 2 > 0 else limit


def _breaks(text: str, i: int, kind: str) -> bool:
    """Whether a piece may end after the i-th character, by the marks of `kind`."""
    return text[i] in kind or (_ONLY_BEFORE_SPACE.get(text[i]) == kind and text[i + 1 : i + 2] in ("", " "))
