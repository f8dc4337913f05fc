from datetime import UTC, datetime

from bot.console.feed import Feed, Listener, Outbox
from bot.show.messages import Comment


def a_comment(n):
    return Comment(id=str(n), viewer="v", viewer_id="v", text="x", at=datetime(2026, 1, 1, tzinfo=UTC))


async def test_a_page_that_does_not_keep_up_is_told_to_start_over():
    feed, slow, quick = Feed(), Listener(limit=3), Listener(limit=30)
    feed.join(slow)
    feed.join(quick)
    for n in range(5):
        feed.send(str(n))
    assert await slow.next() is None
    assert [await quick.next() for _ in range(5)] == list("01234")
    feed.leave(slow)
    assert (feed.lost, len(feed)) == (1, 1)


async def test_a_message_stays_until_it_was_sent():
    outbox = Outbox()
    outbox.put(a_comment(1))
    first = await outbox.next()
    assert await outbox.next() is first  # the link broke before it was sent
    outbox.done(first)
    outbox.done(first)
    assert len(outbox) == 0


async def test_a_full_outbox_refuses_and_counts():
    outbox = Outbox(limit=2)
    assert [outbox.put(a_comment(n)) for n in range(3)] == [True, True, False]
    assert outbox.refused == 1
    assert (await outbox.next()).id == "0"
