"""Answers written into a chat: what became of them is in the ledger, and a chat that refuses ends nothing."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest
from goods import NOW

from bot.show.channel_acts import comment_event, listen, post_answer
from bot.show.desk_orders import DeskOrders
from bot.show.messages import Comment, Pin
from connectors.base import Cap, EventKind, PinResult, SayResult
from persona.script import Line, LineKind, Question
from products.errors import Refused, RemoteError

QUESTION = Question("p:m1", "p", "Ada", "How much?", "en", NOW)


class Chat:
    platform, caps = "p", frozenset({Cap.CHAT_OUT})

    def __init__(self, answer) -> None:
        self.answer, self.said = answer, []

    async def say(self, text, reply_to=None):
        self.said.append((text, reply_to))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def posted(chat: Chat, question=QUESTION, first=""):
    notes, views = [], []
    parts = SimpleNamespace(
        clock=SimpleNamespace(now=lambda: NOW),
        channels=[SimpleNamespace(name="p", connector=chat)],
        words={"host": "Mei"},
        shop="Corner Shop",
        record=SimpleNamespace(note=lambda kind, data: notes.append((kind, data))),
    )
    sent = SimpleNamespace(question=question, line=Line("a", LineKind.ANSWER, "Nine dollars.", "en"))
    conversation = SimpleNamespace(
        posted=lambda view, to: views.append(view), before_reply=lambda question, language, now: first
    )
    await post_answer(parts, conversation, sent)
    return notes, views


async def test_an_answer_is_posted_as_a_reply_and_shown_as_ours() -> None:
    chat = Chat(SayResult(True, "m2", ""))
    notes, views = await posted(chat)
    assert chat.said == [("Nine dollars.", "m1")]
    assert notes == [("chat.out", {"to": "p:m1", "text": "Nine dollars.", "ok": True, "why": ""})]
    assert [(v.id, v.own, v.reply_to) for v in views] == [("m2", True, "m1")]


async def test_the_first_reply_says_that_an_ai_answers() -> None:
    chat = Chat(SayResult(True, "m2", ""))
    _, views = await posted(chat, first="[AI reply for Corner Shop] ")
    assert chat.said == [("[AI reply for Corner Shop] Nine dollars.", "m1")]
    assert views[0].text == chat.said[0][0], "what stands in the chat is what is shown"


async def test_who_asks_in_spanish_whether_it_is_real_reads_it_in_spanish_too() -> None:
    chat = Chat(SayResult(True, "m2", ""))
    await posted(chat, Question("p:m1", "p", "Ada", "¿Eres una persona real?", "en", NOW))
    assert chat.said[0][0] == "Nine dollars. Soy una presentadora de IA de Corner Shop, no una persona real."


@pytest.mark.parametrize("error", [RemoteError("the chat is gone"), Refused("not in this chat")])
async def test_a_chat_that_refuses_is_noted_and_ends_nothing(error) -> None:
    notes, views = await posted(Chat(error))
    ((kind, data),) = notes
    assert (kind, data["ok"], data["why"]) == ("chat.out", False, str(error)) and views == []


async def test_a_platform_whose_chat_takes_no_answers_is_noted_with_the_remedy() -> None:
    chat = Chat(SayResult(True, "m2", ""))
    chat.caps = frozenset({Cap.CHAT_IN})
    ((kind, data),), views = await posted(chat)
    assert (kind, data["ok"], views, chat.said) == ("chat.out", False, [], [])
    assert data["why"] == "p cannot do chat_out. Choose a channel that can, or do it by hand."


def test_a_comment_of_the_room_is_an_event_of_its_channel() -> None:
    event = comment_event(Comment(id="m1", viewer="Ada", viewer_id="v7", text="How much?", at=NOW))
    told = (event.kind, event.platform, event.id, event.at, event.viewer, event.viewer_id, event.text)
    assert told == (EventKind.COMMENT, "room", "m1", NOW, "Ada", "v7", "How much?")


class Flood:
    platform, caps = "p", frozenset({Cap.CHAT_IN})

    async def events(self):
        for k in range(5):
            yield comment_event(Comment(id=f"m{k}", viewer="Ada", viewer_id="v7", text="hi", at=NOW))


async def test_messages_that_find_no_room_are_counted() -> None:
    parts = SimpleNamespace(inbox=asyncio.Queue(maxsize=2), chat_dropped=0, channels=[])
    await listen(parts, SimpleNamespace(name="p", connector=Flood()))
    assert (parts.inbox.qsize(), parts.chat_dropped) == (2, 3)


class Asking(Chat):
    """One of two accounts of a platform: both have a message m1."""

    async def events(self):
        yield replace(
            comment_event(Comment(id="m1", viewer="Ada", viewer_id="v7", text="How much?", at=NOW)),
            platform="p",
        )


async def test_of_two_accounts_of_one_platform_the_one_that_asked_is_answered() -> None:
    chats = [Asking(SayResult(True, f"answer-{n}", "")) for n in (1, 2)]
    channels = [SimpleNamespace(name=f"p-{n}", connector=chat) for n, chat in enumerate(chats, 1)]
    parts = SimpleNamespace(
        inbox=asyncio.Queue(), chat_dropped=0, channels=channels, clock=SimpleNamespace(now=lambda: NOW),
        words={"host": "Mei"}, shop="Corner Shop", record=SimpleNamespace(note=lambda kind, data: None),
    )  # fmt: skip
    for channel in channels:
        await listen(parts, channel)
    asked = [parts.inbox.get_nowait() for _ in channels]
    assert [event.platform for event in asked] == ["p-1", "p-2"]
    second = Question(f"{asked[1].platform}:m1", asked[1].platform, "Ada", "How much?", "en", NOW)
    sent = SimpleNamespace(question=second, line=Line("a", LineKind.ANSWER, "Nine dollars.", "en"))
    views = []
    conversation = SimpleNamespace(
        posted=lambda view, to: views.append(view), before_reply=lambda question, language, now: ""
    )
    await post_answer(parts, conversation, sent)
    assert [chat.said for chat in chats] == [[], [("Nine dollars.", "m1")]]
    assert [view.channel for view in views] == ["p-2"]


async def test_comments_of_the_room_that_find_no_room_are_counted() -> None:
    parts = SimpleNamespace(
        room_inbox=asyncio.Queue(maxsize=1), chat_dropped=0, clock=SimpleNamespace(now=lambda: NOW)
    )
    orders = DeskOrders(SimpleNamespace(parts=parts), None, None)
    for k in range(3):
        await orders.receive(Comment(id=f"m{k}", viewer="Ada", viewer_id="v7", text="hi", at=NOW))
    assert (parts.room_inbox.qsize(), parts.chat_dropped) == (1, 2)


class Shelf:
    """A channel that pins, or says why not; it may be waited for."""

    platform, caps = "p", frozenset({Cap.PIN})

    def __init__(self, answer) -> None:
        self.answer, self.pinned, self.gate = answer, [], asyncio.Event()
        self.gate.set()

    async def pin(self, product):
        await self.gate.wait()
        self.pinned.append(product)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def desk_of(*shelves, sold_out=False):
    """Orders of a desk over these channels; what the ledger and the desks are told; what was begun."""
    notes, told, begun = [], [], []
    product = SimpleNamespace(sold_out=sold_out)
    parts = SimpleNamespace(
        clock=SimpleNamespace(now=lambda: NOW),
        catalogue=SimpleNamespace(product=lambda handle: product if handle == "mug" else None),
        channels=[SimpleNamespace(name=f"c{n}", connector=shelf) for n, shelf in enumerate(shelves, 1)],
        record=SimpleNamespace(note=lambda kind, data: notes.append((kind, data))),
    )
    stand = SimpleNamespace(parts=parts, tell=told.append)
    orders = DeskOrders(stand, None, None, lambda work: begun.append(asyncio.ensure_future(work)))
    return orders, notes, told, begun


async def test_the_operator_pins_and_is_told_what_came_of_it_on_each_channel() -> None:
    well, ill, gone = (
        Shelf(PinResult(True)),
        Shelf(PinResult(False, "")),
        Shelf(RemoteError("the page is gone")),
    )
    orders, notes, told, begun = desk_of(well, ill, gone, Chat(None))
    await orders.receive(Pin(product="mug", by="Ada"))
    await asyncio.gather(*begun)
    assert notes[0] == ("desk", {"pin": "mug", "by": "Ada"})
    assert [shelf.pinned for shelf in (well, ill, gone)] == [["mug"]] * 3
    assert [(m.key, m.about, m.why) for m in told] == [
        ("pinned", "c1", ""), ("pin_failed", "c2", "it does not show"),
        ("pin_failed", "c3", "the page is gone"),
    ]  # fmt: skip


async def test_a_pin_that_takes_its_time_holds_up_no_other_order() -> None:
    shelf = Shelf(PinResult(True))
    shelf.gate.clear()
    orders, _, told, begun = desk_of(shelf)
    await orders.receive(Pin(product="mug", by="Ada"))
    await orders.receive(Pin(product="mug", by="Bo"))
    assert [m.key for m in told] == ["pin_busy"] and len(begun) == 1
    shelf.gate.set()
    await asyncio.gather(*begun)
    await orders.receive(Pin(product="mug", by="Bo"))
    await asyncio.gather(*begun)
    assert [m.key for m in told] == ["pin_busy", "pinned", "pinned"]


@pytest.mark.parametrize(("product", "sold_out"), [("mug", True), ("cup", False)])
async def test_what_nobody_can_buy_is_not_pinned(product, sold_out) -> None:
    shelf = Shelf(PinResult(True))
    orders, _, told, begun = desk_of(shelf, sold_out=sold_out)
    await orders.receive(Pin(product=product, by="Ada"))
    await asyncio.gather(*begun)
    assert [m.key for m in told] == ["pin_nothing"] and shelf.pinned == []
