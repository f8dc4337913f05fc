"""A text that is longer than a platform takes, in pieces that it takes."""

_ENDS = "。！？!?…"
_BREAKS = "，,;；:：、 "


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
    head = text[:limit]
    sentence = max(
        (i + 1 for i, c in enumerate(head) if c in _ENDS or (c == "." and text[i + 1 : i + 2] in ("", " "))),
        default=0,
    )
    if sentence > limit // 2:
        return sentence
    soft = max((i + 1 for i, c in enumerate(head) if c in _BREAKS), default=0)
    if text[limit] == " ":
        return limit
    return soft if soft > limit // 2 else limit
