"""A performer's licence to change in tests."""

from datetime import UTC, datetime, timedelta

from persona.licence import Licence, Phrase

FROM, TO = datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 11, 1, tzinfo=UTC)
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SPOKEN = Phrase(
    words="seven green kettles", issued_at=FROM, confirmed_at=FROM + SECOND, checked=("transcript", "face")
)
PLAIN = {
    "id": "ana-2026",
    "performer": "Ana Silva",
    "kind": "show",
    "face": True,
    "voice": True,
    "uses": ("live", "clip"),
    "platforms": ("youtube", "room"),
    "categories": ("Shoes",),
    "territories": ("US", "EU"),
    "valid_from": FROM,
    "valid_to": TO,
    "document": "a" * 64,
    "phrase": SPOKEN,
}


def licence(**changed) -> Licence:
    return Licence(**{**PLAIN, **changed})
