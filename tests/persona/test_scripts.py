"""Scripts: versions, states, who approved, what changed, and which words a product may be pitched in."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import SQLModel

from bot.store import migrate
from persona.approval import Sensitive
from persona.script_book import ScriptBook
from persona.script_choice import Approved, OwnWords, Resting, Withheld, words_for
from persona.script_file import load_scripts, read_in
from persona.script_tables import SCRIPT_TABLES
from persona.scripts import ScriptState, Version, diff, moved, named_person
from products.errors import ContentError
from products.store import open_engine

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SAMPLE = Path(__file__).parents[2] / "sample" / "shop" / "scripts.yaml"
NAMES = {t.name for t in SCRIPT_TABLES}


@pytest.fixture
def engine(tmp_path: Path):
    engine = open_engine(str(tmp_path / "castmate.db"))
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def book(engine: Engine) -> ScriptBook:
    return ScriptBook(engine)


def version(
    state: ScriptState = ScriptState.DRAFT, number: int = 1, words: tuple[str, ...] = ("Tea.",)
) -> Version:
    return Version("tea", "en", number, words, "Ann", NOW, state)


def test_migration_and_models_agree(engine: Engine) -> None:
    with engine.connect() as connection:
        options = {"include_object": lambda o, n, kind, r, c: kind != "table" or n in NAMES}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata) == []


def test_a_script_goes_from_draft_to_air_with_its_people(book: ScriptBook) -> None:
    draft = book.draft("tea", "en", ["Oolong  tea.", "", "Link 9."], "Ann Lee", NOW)
    assert (draft.name, draft.words, draft.state) == (
        "tea/en/1",
        ("Oolong tea.", "Link 9."),
        ScriptState.DRAFT,
    )
    assert book.usable("tea", "en") == ()
    later = NOW + timedelta(hours=1)
    approved = book.approve("tea/en/1", "Lin Hao", later, "read twice")
    assert (approved.approved_by, approved.approved_at) == ("Lin Hao", later)
    book.aired("tea/en/1", "evening", later)
    book.aired("tea/en/1", "evening", later)
    (usable,) = book.usable("tea", "en")
    assert (usable.state, usable.approved_by) == (ScriptState.AIRED, "Lin Hao")
    assert [line.approved_by for line in usable.lines()] == ["Lin Hao", "Lin Hao"]
    assert {line.script for line in usable.lines()} == {"tea/en/1"}
    book.retire("tea/en/1", "Lin Hao", later)
    assert book.usable("tea", "en") == ()
    assert [(e.who, e.what, e.note) for e in book.log("tea/en/1")] == [
        ("Ann Lee", "drafted", ""),
        ("Lin Hao", "approved", "read twice"),
        ("evening", "aired", ""),
        ("Lin Hao", "retired", ""),
    ]


def test_an_edit_is_a_new_version_and_a_draft_again(book: ScriptBook) -> None:
    book.draft("tea", "en", ["Oolong tea."], "Ann", NOW)
    book.approve("tea/en/1", "Lin Hao", NOW)
    edited = book.draft("tea", "en", ["Oolong tea, spring harvest."], "Ann", NOW)
    assert (edited.version, edited.state) == (2, ScriptState.DRAFT)
    assert [v.name for v in book.usable("tea", "en")] == ["tea/en/1"]
    with pytest.raises(ContentError, match="tea/en/1 already"):
        book.draft("tea", "en", ["Oolong tea."], "Ann", NOW)
    assert book.draft("tea", "zh", ["乌龙茶。"], "Ann", NOW).version == 1


@pytest.mark.parametrize(
    "name", ["", "x", "AI", "admin", "castmate bot", "the team", "系统管理员", "9000", "a" * 90]
)
def test_only_a_person_can_approve(book: ScriptBook, name: str) -> None:
    book.draft("tea", "en", ["Oolong tea."], "Ann", NOW)
    with pytest.raises(ContentError, match="not the name of a person"):
        book.approve("tea/en/1", name, NOW)
    assert book.get("tea/en/1").state is ScriptState.DRAFT


def test_a_draft_is_sent_back_with_a_word_and_then_waits_for_other_words(book: ScriptBook) -> None:
    book.draft("tea", "en", ["Oolong tea."], "Ann", NOW)
    with pytest.raises(ContentError, match="without a word"):
        book.send_back("tea/en/1", "Lin Hao", NOW, "  ")
    assert book.send_back("tea/en/1", "Lin Hao", NOW, "name the harvest").state is ScriptState.RETURNED
    assert book.log("tea/en/1")[-1].note == "name the harvest"
    with pytest.raises(ContentError, match="is sent back"):
        book.approve("tea/en/1", "Lin Hao", NOW)
    assert book.usable("tea", "en") == ()


@pytest.mark.parametrize("name", ["Lin Hao", "林浩", "Aino Maija", "Benjamin Bott", "O'Neil"])
def test_names_of_people_are_taken(name: str) -> None:
    assert named_person(f" {name} ") == name


ALLOWED = {
    ("draft", "approved"), ("draft", "retired"), ("approved", "aired"), ("approved", "retired"),
    ("aired", "retired"), ("draft", "sent back"), ("sent back", "retired"),
}  # fmt: skip


@pytest.mark.parametrize("old", list(ScriptState))
@pytest.mark.parametrize("new", list(ScriptState))
def test_every_step_is_allowed_or_refused_by_the_table(old: ScriptState, new: ScriptState) -> None:
    if (old.value, new.value) in ALLOWED:
        assert moved(version(old), new, "Lin Hao", NOW).state is new
    else:
        with pytest.raises(ContentError, match=f"is {old}"):
            moved(version(old), new, "Lin Hao", NOW)


@pytest.mark.parametrize("name", ["tea", "tea/en", "tea/en/x", "tea/en/7"])
def test_an_unknown_name_says_what_to_do(book: ScriptBook, name: str) -> None:
    with pytest.raises(ContentError) as error:
        book.get(name)
    assert error.value.remedy


def test_a_diff_shows_words_not_letters() -> None:
    changes = diff(
        ["It costs $22.", "Link 9.", "Bye."], ["It costs $18.50 now.", "Link 9.", "Ask me in the chat."]
    )
    assert [c.kind for c in changes] == ["changed", "same", "changed"]
    assert ("-", "22") in changes[0].pieces and ("+", "18.50 now") in changes[0].pieces
    assert changes[0].before == "It costs $22." and changes[0].after == "It costs $18.50 now."


@given(st.lists(st.text(max_size=30), max_size=6), st.lists(st.text(max_size=30), max_size=6))
def test_a_diff_loses_nothing(old: list[str], new: list[str]) -> None:
    changes = diff(old, new)
    assert [c.before for c in changes if c.kind != "added"] == old
    assert [c.after for c in changes if c.kind != "removed"] == new


# ---- which words


def choose(usable: list[Version], said: dict[str, int] | None = None, **more: object) -> object:
    given: dict[str, object] = {"kind": None, "verbatim": False, "clears": lambda v: True, **more}
    return words_for(usable, last_said=lambda v: (said or {}).get(v.name, -1), **given)  # type: ignore[arg-type]


ONE, TWO = version(ScriptState.APPROVED, 1), version(ScriptState.AIRED, 2)


def test_approved_words_are_used_when_there_are_any_else_the_writers() -> None:
    assert choose([ONE]) == Approved(ONE)
    assert choose([]) == OwnWords()
    assert choose([version()]) == OwnWords(), "a draft is nobody's yes"
    assert choose([ONE], {ONE.name: 3}) == OwnWords(), "said lately: the writer's words instead"


@pytest.mark.parametrize("strict", [{"kind": Sensitive.FOOD}, {"verbatim": True}])
def test_what_needs_approval_is_said_in_approved_words_or_not_at_all(strict: dict[str, object]) -> None:
    assert choose([ONE], **strict) == Approved(ONE)
    assert choose([ONE, TWO], {ONE.name: 5}, **strict) == Approved(TWO), "they take turns"
    assert choose([ONE, TWO], {ONE.name: 5, TWO.name: 4}, **strict) == Resting()
    assert choose([ONE, TWO], {ONE.name: 5, TWO.name: 4}, insist=True, **strict) == Approved(TWO)
    for usable in ([], [version()], [version(ScriptState.RETIRED)]):
        found = choose(usable, **strict)
        assert isinstance(found, Withheld) and "approve" in f"{found.why} {found.remedy}"


def test_words_that_are_no_longer_true_are_not_chosen() -> None:
    found = choose([ONE], kind=Sensitive.FOOD, clears=lambda v: False)
    assert isinstance(found, Withheld) and "as it is now" in found.why
    assert choose([ONE], clears=lambda v: False) == OwnWords()


# ---- the file


def test_a_file_is_read_in_once_and_what_was_retired_stays_so(book: ScriptBook) -> None:
    file = load_scripts(SAMPLE)
    new = read_in(book, file, NOW, "scripts.yaml")
    assert len(new) == len(file.scripts) and all(v.usable and v.approved_by for v in new)
    book.retire(new[0].name, "Lin Hao", NOW)
    assert read_in(book, file, NOW, "scripts.yaml") == ()
    assert book.get(new[0].name).state is ScriptState.RETIRED


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ("approved_by: AI\n    approved_at: 2026-11-20T10:00:00Z", "not the name of a person"),
        ("approved_by: Lin Hao", "belong together"),
        ("approved_at: 2026-11-20T10:00:00Z", "belong together"),
        ("state: approved", "state"),
    ],
)
def test_a_file_cannot_approve_without_a_person_and_a_time(tmp_path: Path, entry: str, named: str) -> None:
    path = tmp_path / "scripts.yaml"
    path.write_text(
        f"scripts:\n  - product: tea\n    language: en\n    {entry}\n    lines: [Tea.]\n", "utf-8"
    )
    with pytest.raises(ContentError, match=named):
        load_scripts(path)


def test_a_file_without_approval_makes_drafts(book: ScriptBook, tmp_path: Path) -> None:
    path = tmp_path / "scripts.yaml"
    path.write_text("scripts:\n  - {product: tea, language: en, lines: [Tea.]}\n", "utf-8")
    (draft,) = read_in(book, load_scripts(path), NOW, path.name)
    assert draft.state is ScriptState.DRAFT and book.usable("tea", "en") == ()
