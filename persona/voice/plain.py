"""What is sent to a voice that reads text by itself: amounts in words by our own rules, so that a price is
said as it is written; all else as it stands in the Line.
"""

from persona.voice.clauses import Clause
from persona.voice.tokens import Kind, Token

_WRITTEN = {"—": " —"}


def plain(clause: Clause, text: str) -> str:
    """The clause for `text`, the Line's: "Just fifty-nine dollars, and a choice." Never empty."""
    out = ""
    last: Token | None = None
    for token in clause.tokens:
        if token.kind is Kind.MARK:
            out = out.rstrip() + _WRITTEN.get(token.text, _mark(token, text))
        else:
            out += _between(last, token) + _said(token, text)
        last = token
    return out.strip()


def _said(token: Token, text: str) -> str:
    """As written where it is said as written: names keep their capitals."""
    written = text[token.a : token.b]
    same = written.casefold() == token.text.casefold()
    return written if same or token.kind is Kind.PHONES else token.text


def _between(last: Token | None, token: Token) -> str:
    if last is None or (last.kind is Kind.HAN and token.kind is Kind.HAN):
        return ""
    return "" if last.kind is Kind.MARK and token.kind is Kind.HAN else " "


def _mark(token: Token, text: str) -> str:
    """The sign as it stands there (，rather than a comma), where it is a single one."""
    written = text[token.a : token.b]
    return written if len(written) == 1 and not written.isspace() else token.text
