"""A shop whose shows were watched: viewers, orders and questions with known sums, for tests."""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from bot.insight.stretches import Stretch, StretchBook
from products.questions import PassedOn, QuestionQueue
from products.sales import Sale, SaleBook


def fill(engine: Engine, now: datetime) -> None:
    """Two shows of an hour, one three days ago and one yesterday, each minute a stretch, and one in the 28
    days before. Viewers 20 and 40; followers 1,000 -> 1,060 -> 1,000; 9 orders of 12 pieces; anger yesterday.
    """
    book = StretchBook(engine)
    for number, (days, viewers, followers) in enumerate(((40, 10, 990), (3, 20, 1000), (1, 40, 1060))):
        begun = now - timedelta(days=days, hours=1)
        book.enter([
            Stretch(
                "evening", f"evening-{number}", begun + timedelta(minutes=m), 60.0,
                ("welcome" if m == 0 else "questions" if m % 10 == 9 else "pitch"),
                ("tea" if m % 2 else "cup"), ("human" if m >= 50 else "ai"),
                viewers=float(viewers), peak=viewers + m // 10, first_viewers=viewers, last_viewers=viewers +
                m % 3 - 1, follows=1, comments=10, asked=2, answered=1, doubt=m % 5 == 0, praise=m % 10 == 0,
                anger=2 if number == 2 and m > 55 else 0,
                channels={"youtube": {"viewers": viewers, "followers": followers + (m if number == 1 else
                -m)}},
            )
            for m in range(60)
        ])  # fmt: skip
    at = now - timedelta(days=1, minutes=30)
    words = "This cup keeps your tea warm for six hours."
    SaleBook(engine).enter([
        Sale("evening", "youtube", f"o{n}", "c", "cup" if n < 6 else "tea", 2 if n < 3 else 1, n % 2 == 0,
             at + timedelta(minutes=n), "cup", "l1" if n < 6 else "", words if n < 6 else "",
             cue="pitch" if n < 6 else "questions")
        for n in range(9)
    ])  # fmt: skip
    queue = QuestionQueue(engine)
    for _ in range(3):
        queue.pass_on(PassedOn("product", "Is it dishwasher safe?", "en", at, "cup"))
