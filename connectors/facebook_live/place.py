"""How far the comments of a live video were handed on: to go on after a cut or a restart. Pure."""

from dataclasses import dataclass

MOST_IDS = 40


@dataclass(frozen=True, slots=True)
class Place:
    """`second`: of the newest comment, in seconds since 1970; `ids`: the comments of that second."""

    second: int
    ids: tuple[str, ...] = ()

    def after(self, second: int, id_: str) -> "Place":
        """The place once that comment is handed on too."""
        if second > self.second:
            return Place(second, (id_,))
        if second < self.second or id_ in self.ids:
            return self
        return Place(second, (*self.ids, id_)[-MOST_IDS:])

    @property
    def cursor(self) -> str:
        return f"{self.second}:{','.join(self.ids)}"


def place_of(cursor: str) -> Place | None:
    """None for what is no cursor of ours."""
    second, colon, ids = cursor.partition(":")
    if not colon or not second.isascii() or not second.isdecimal() or len(second) > 12:
        return None
    return Place(int(second), tuple(i for i in ids.split(",") if i)[-MOST_IDS:])
