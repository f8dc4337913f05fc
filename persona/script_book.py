"""The book of scripts in a database: drafts, approvals, what aired. Each step is logged with its person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from persona.script_tables import SCRIPT, SCRIPT_EVENT
from persona.scripts import USABLE, ScriptState, Version, checked_words, digest_of, moved, named_person
from products.errors import ContentError


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a script's log."""

    at: datetime
    who: str
    what: str
    note: str


class ScriptBook:
    """Scripts by name (product/language/version). Every call is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def draft(
        self, product: str, language: str, words: Sequence[str], author: str, now: datetime, note: str = ""
    ) -> Version:
        """A new version, the next in number. ContentError for empty, too long or unchanged words."""
        lines = checked_words(words)
        with self._engine.begin() as connection:
            newest = connection.execute(
                select(func.max(SCRIPT.c.version)).where(
                    SCRIPT.c.product == product, SCRIPT.c.language == language
                )
            ).scalar()
            version = Version(product, language, (newest or 0) + 1, lines, author, now)
            same = self._same(connection, version)
            if same is not None:
                raise ContentError(
                    f"These words are {same.name} already ({same.state}).",
                    remedy="Change a word, or use that version.",
                )
            connection.execute(
                insert(SCRIPT).values(
                    product=product,
                    language=language,
                    version=version.version,
                    words=list(lines),
                    digest=version.digest,
                    author=author,
                    made_at=now,
                    state=version.state.value,
                )
            )
            self._log(connection, version.name, now, author, "drafted", note)
        return version

    def get(self, name: str) -> Version:
        """ContentError when there is none of that name, saying which there are."""
        with self._engine.begin() as connection:
            return self._get(connection, name)

    def all(self, product: str | None = None, language: str | None = None) -> tuple[Version, ...]:
        """By product, language, version."""
        query = select(SCRIPT).order_by(SCRIPT.c.product, SCRIPT.c.language, SCRIPT.c.version)
        if product is not None:
            query = query.where(SCRIPT.c.product == product)
        if language is not None:
            query = query.where(SCRIPT.c.language == language)
        with self._engine.begin() as connection:
            return tuple(_version(row) for row in connection.execute(query))

    def usable(self, product: str, language: str) -> tuple[Version, ...]:
        """Approved and aired versions, oldest first."""
        return tuple(version for version in self.all(product, language) if version.state in USABLE)

    def approve(self, name: str, by: str, now: datetime, note: str = "") -> Version:
        """ContentError unless it is a draft and `by` names a person."""
        return self._move(name, ScriptState.APPROVED, by, now, note)

    def send_back(self, name: str, by: str, now: datetime, note: str) -> Version:
        """Wants other words than a draft's. ContentError unless `note` says what is wrong with them."""
        if not note.strip():
            raise ContentError(
                f"{name} is sent back without a word.", remedy="Say what is to be written otherwise."
            )
        return self._move(name, ScriptState.RETURNED, by, now, note)

    def retire(self, name: str, by: str, now: datetime, note: str = "") -> Version:
        return self._move(name, ScriptState.RETIRED, by, now, note)

    def aired(self, name: str, show: str, now: datetime) -> None:
        """Notes that its words were said. Only the first time changes anything."""
        with self._engine.begin() as connection:
            version = self._get(connection, name)
            if version.state is ScriptState.APPROVED:
                self._write(connection, moved(version, ScriptState.AIRED, show, now), now, show, "")

    def log(self, name: str) -> tuple[Event, ...]:
        """What happened to a version, in order."""
        query = select(SCRIPT_EVENT).where(SCRIPT_EVENT.c.script == name).order_by(SCRIPT_EVENT.c.id)
        with self._engine.begin() as connection:
            return tuple(Event(r.at, r.who, r.what, r.note) for r in connection.execute(query))

    def same(self, product: str, language: str, words: Sequence[str]) -> Version | None:
        """The version that has exactly these words."""
        with self._engine.begin() as connection:
            return self._find(connection, product, language, digest_of(checked_words(words)))

    # ---- inside

    def _move(self, name: str, state: ScriptState, by: str, now: datetime, note: str) -> Version:
        with self._engine.begin() as connection:
            version = moved(self._get(connection, name), state, named_person(by), now)
            self._write(connection, version, now, named_person(by), note)
        return version

    def _write(self, connection: Connection, version: Version, now: datetime, who: str, note: str) -> None:
        connection.execute(
            update(SCRIPT)
            .where(
                SCRIPT.c.product == version.product,
                SCRIPT.c.language == version.language,
                SCRIPT.c.version == version.version,
            )
            .values(
                state=version.state.value, approved_by=version.approved_by, approved_at=version.approved_at
            )
        )
        self._log(connection, version.name, now, who, version.state.value, note)

    def _log(self, connection: Connection, name: str, at: datetime, who: str, what: str, note: str) -> None:
        connection.execute(insert(SCRIPT_EVENT).values(script=name, at=at, who=who, what=what, note=note))

    def _get(self, connection: Connection, name: str) -> Version:
        product, language, number = _parts(name)
        row = connection.execute(
            select(SCRIPT).where(
                SCRIPT.c.product == product, SCRIPT.c.language == language, SCRIPT.c.version == number
            )
        ).first()
        if row is None:
            raise ContentError(f"There is no script {name!r}.", remedy="castmate scripts list shows all.")
        return _version(row)

    def _same(self, connection: Connection, version: Version) -> Version | None:
        return self._find(connection, version.product, version.language, version.digest)

    def _find(self, connection: Connection, product: str, language: str, digest: str) -> Version | None:
        row = connection.execute(
            select(SCRIPT).where(
                SCRIPT.c.product == product, SCRIPT.c.language == language, SCRIPT.c.digest == digest
            )
        ).first()
        return None if row is None else _version(row)


def _parts(name: str) -> tuple[str, str, int]:
    parts = name.rsplit("/", 2)
    if len(parts) != 3 or not parts[2].isdigit():
        raise ContentError(
            f"{name!r} is not the name of a script.",
            remedy="Write product/language/version: orchard-tea/en/1.",
        )
    return parts[0], parts[1], int(parts[2])


def _version(row: Row[tuple[object, ...]]) -> Version:
    return Version(
        product=row.product,
        language=row.language,
        version=row.version,
        words=tuple(row.words),
        author=row.author,
        made_at=row.made_at,
        state=ScriptState(row.state),
        approved_by=row.approved_by,
        approved_at=row.approved_at,
    )
