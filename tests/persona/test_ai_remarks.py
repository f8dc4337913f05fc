"""What viewers say about the AI: its tone, and which words decided."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.ai_remarks import Tone, ai_remark

DOUBT = [
    "are you real?",
    "is this a bot",
    "You are AI, right?",
    "你是真人吗",
    "主播是机器人吧",
    "is she a real person or AI?",
]
PRAISE = [
    "This AI host is amazing",
    "wow the bot is so helpful",
    "love the digital human, looks so natural",
    "这个数字人好厉害",
    "AI主播真棒",
    "虚拟主播做得挺好的",
]
ANGER = [
    "I hate AI hosts",
    "stop using bots, get a real person",
    "this fake host is creepy",
    "AI scam, unfollowed",
    "not impressed by the AI",
    "用AI骗人，取关了",
    "数字人直播真恶心",
    "别用机器人糊弄我们",
    "我不喜欢AI主播",
]
NOTHING = [
    "how much is the tea?",
    "I hate the colour",
    "amazing price!",
    "the robot vacuum is great",
    "扫地机器人多少钱",
    "这件真好看",
    "AI-powered headphones are cool",
    "scam price lol",
    "",
]


@pytest.mark.parametrize(
    ("text", "tone"),
    [(t, Tone.DOUBT) for t in DOUBT] + [(t, Tone.PRAISE) for t in PRAISE] + [(t, Tone.ANGER) for t in ANGER],
)
def test_a_remark_has_its_tone(text, tone):
    found = ai_remark(text)
    assert found is not None and found.tone is tone


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_not_about_the_ai_is_no_remark(text):
    assert ai_remark(text) is None


def test_the_words_that_decided_are_told():
    assert ai_remark("this AI is a scam").because == "scam"
    assert ai_remark("数字人真恶心").because == "恶心"
    assert "impressed" in ai_remark("not impressed by the AI").because
    assert ai_remark("are you real?").because == ""


@given(st.text(max_size=600))
def test_any_text_is_looked_at(text):
    found = ai_remark(text)
    assert found is None or found.tone in Tone
