"""The merch team's queue: the same is counted together, an order stands alone, what is done is closed."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from bot.store import migrate, open_engine
from products.errors import SetupError
from products.questions import MOST_OPEN, OPEN_QUESTION, PassedOn, QuestionQueue

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def queue(tmp_path):
    engine = open_engine(str(tmp_path / "shop.db"))
    migrate(engine)
    return QuestionQueue(engine)


def asked(words: str, kind: str = "product", message: str = "1", at: datetime = NOW) -> PassedOn:
    return PassedOn(
        kind, words, "en", at, "tea", "evening", channel="room", viewer="Ada", viewer_id="v7", message=message
    )


def test_the_same_question_is_counted_and_the_most_asked_comes_first(queue) -> None:
    queue.pass_on(asked("Is it organic?"))
    queue.pass_on(asked("is it vegan"))
    queue.pass_on(asked("IS IT VEGAN ??", message="3", at=NOW + timedelta(minutes=5)))
    rows = queue.waiting()
    assert [(r.text, r.times) for r in rows] == [("is it vegan", 2), ("Is it organic?", 1)]
    assert rows[0].last_at == NOW + timedelta(minutes=5) and rows[0].first_at == NOW


def test_an_order_problem_stands_alone_with_who_asked(queue) -> None:
    queue.pass_on(asked("where is my order", "order", "1"))
    queue.pass_on(asked("where is my order", "order", "2"))
    rows = queue.waiting("order")
    assert [r.times for r in rows] == [1, 1]
    assert rows[0].asker["viewer_id"] == "v7" and {r.asker["message"] for r in rows} == {"1", "2"}


def test_what_is_done_is_closed_and_asked_again_is_open_again(queue) -> None:
    number = queue.pass_on(asked("is it vegan"))
    assert queue.close(number, "Eve", "written into the page", NOW)
    assert queue.waiting() == () and not queue.close(number, "Eve", "", NOW)
    assert queue.pass_on(asked("is it vegan")) != number
    assert len(queue.waiting()) == 1


def test_the_queue_is_bounded(queue) -> None:
    rows = [
        {"kind": "product", "meaning": str(n), "language": "en", "text": "?", "show": "", "asker": {},
         "first_at": NOW, "last_at": NOW, "times": 1, "closed_by": "", "note": ""}
        for n in range(MOST_OPEN)
    ]  # fmt: skip
    with queue._engine.begin() as connection:
        connection.execute(OPEN_QUESTION.insert(), rows)
    queue.pass_on(asked("one more"))
    assert len(queue.waiting(limit=MOST_OPEN + 10)) == MOST_OPEN
    assert queue.waiting()[0].times == 2, "counted with the newest"


def test_a_database_that_refuses_is_told(queue) -> None:
    with queue._engine.begin() as connection:
        connection.execute(text("DROP TABLE open_question"))
    with pytest.raises(SetupError, match="could not be passed on"):
        queue.pass_on(asked("is it vegan"))
