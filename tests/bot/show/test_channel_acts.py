"""Answers written into a chat: what became of them is in the ledger, and a chat that refuses ends nothing."""

from types import SimpleNamespace

import pytest
from goods import NOW

from bot.show.channel_acts import comment_event, post_answer
from bot.show.messages import Comment
from connectors.base import Cap, EventKind, SayResult
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


async def posted(chat: Chat):
    notes, views = [], []
    parts = SimpleNamespace(
        clock=SimpleNamespace(now=lambda: NOW),
        channels=[SimpleNamespace(name="p", connector=chat)],
        words={"host": "Mei"},
        record=SimpleNamespace(note=lambda kind, data: notes.append((kind, data))),
    )
    sent = SimpleNamespace(question=QUESTION, line=Line("a", LineKind.ANSWER, "Nine dollars.", "en"))
    await post_answer(parts, SimpleNamespace(posted=views.append), sent)
    return notes, views


async def test_an_answer_is_posted_as_a_reply_and_shown_as_ours() -> None:
    chat = Chat(SayResult(True, "m2", ""))
    notes, views = await posted(chat)
    assert chat.said == [("Nine dollars.", "m1")]
    assert notes == [("chat.out", {"to": "p:m1", "text": "Nine dollars.", "ok": True, "why": ""})]
    assert [(v.id, v.own, v.reply_to) for v in views] == [("m2", True, "m1")]


@pytest.mark.parametrize("error", [RemoteError("the chat is gone"), Refused("not in this chat")])
async def test_a_chat_that_refuses_is_noted_and_ends_nothing(error) -> None:
    notes, views = await posted(Chat(error))
    ((kind, data),) = notes
    assert (kind, data["ok"], data["why"]) == ("chat.out", False, str(error)) and views == []


def test_a_comment_of_the_room_is_an_event_of_its_channel() -> None:
    event = comment_event(Comment(id="m1", viewer="Ada", viewer_id="v7", text="How much?", at=NOW))
    told = (event.kind, event.platform, event.id, event.at, event.viewer, event.viewer_id, event.text)
    assert told == (EventKind.COMMENT, "room", "m1", NOW, "Ada", "v7", "How much?")
