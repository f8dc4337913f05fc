"""What a co-host is asked to do, drawn at random, and whether the answer is right. Pure.

    type_words  digits, typed             a film cannot read them
    say_words   words, said aloud         judged by what speech recognition wrote down; where there is none,
                                          a voice in time answers, and the entry says so
    turn_head   to the left or the right  judged by the camera's pictures
    press_now   a button                  shows that somebody sits there, and no more

The first question of a sitting and the one after a missed one are typed: that needs no device and no luck.
"""

import unicodedata
from random import Random

from bot.show.messages import Challenge, Evidence
from persona.clone.footage.transcript import followed

PROMPTS: dict[str, dict[str, str]] = {
    "en": {
        "type_words": "Type these numbers: {}",
        "say_words": "Say these words: {}",
        "turn_head": "Turn your head to your {}, then look into the camera again",
        "press_now": "Press the button now",
        "left": "left",
        "right": "right",
    },
    "zh": {
        "type_words": "请输入这些数字：{}",
        "say_words": "请大声说出这些词：{}",
        "turn_head": "请把头转向您的{}，然后再看镜头",
        "press_now": "请现在按下按钮",
        "left": "左边",
        "right": "右边",
    },
}
WORDS: dict[str, tuple[str, ...]] = {
    "en": tuple(
        "river orange window seven garden table music yellow summer paper mountain bridge coffee silver "
        "winter bottle island market dinner doctor kitchen letter morning number picture ticket water "
        "village dragon pencil rabbit sugar".split()
    ),
    "zh": tuple(
        "苹果 雨伞 老师 火车 电脑 春天 桌子 音乐 月亮 牛奶 花园 机场 西瓜 医院 手机 早上 朋友 面包 "
        "冬天 衣服 飞机 学校 中国 香蕉 太阳 公园".split()
    ),
}
SPOKEN = 3  # words to say
HEARD = 0.6  # share of them that must have been heard in their order: two of three


def draw(
    count: int, seconds: float, language: str, rng: Random, *, typed: bool, voice: bool, face: bool
) -> tuple[Challenge, str]:
    """A challenge and the answer that is expected. `count`: which of the sitting; `typed`: it must be a typed
    one; `voice`, `face`: whether a microphone and a camera were seen to work.
    """
    plain = language.split("-")[0]
    prompts, words = PROMPTS.get(plain, PROMPTS["en"]), WORDS.get(plain, WORDS["en"])
    code = "".join(str(rng.randrange(10)) for _ in range(4))
    name = f"c{count}-{rng.randrange(16**6):06x}"
    others = ["press_now", *(["say_words"] if voice else []), *(["turn_head"] if face else [])]
    kind = "type_words" if typed else rng.choice(["type_words", *others])
    if kind == "say_words":
        said = " ".join(rng.sample(words, SPOKEN))
        text = prompts["say_words"].format(said)
        return Challenge(id=name, kind="say_words", text=text, seconds=seconds, expect=said), said
    if kind == "turn_head":
        side = rng.choice(["left", "right"])
        text = prompts["turn_head"].format(prompts[side])
        return Challenge(id=name, kind="turn_head", text=text, seconds=seconds, expect=side), side
    if kind == "press_now":
        return Challenge(id=name, kind="press_now", text=prompts["press_now"], seconds=seconds), "pressed"
    text = prompts["type_words"].format(" ".join(code))
    return Challenge(id=name, kind="type_words", text=text, seconds=seconds), code


def answers(asked: Challenge, expect: str, e: Evidence, language: str, *, hears: bool) -> bool:
    """Whether the evidence answers what was asked. `hears`: whether speech is recognised there."""
    if asked.kind == "say_words":
        return said_words(expect, e.answer or "", language) if hears or e.answer else e.score >= 0.5
    return plain_text(e.answer or "") == plain_text(expect)


def strong(asked: Challenge, e: Evidence) -> bool:
    """Whether the answer also tells that somebody understood what was asked, so that it can identify."""
    return asked.kind in ("type_words", "turn_head") or (asked.kind == "say_words" and bool(e.answer))


def mistyped(asked: Challenge, answer: str) -> bool:
    """Whether digits were to be typed that stand in the question, and others were."""
    wanted = "".join(c for c in asked.text if c.isdigit())
    return asked.kind == "type_words" and bool(wanted) and plain_text(answer) != plain_text(wanted)


def said_words(words: str, heard: str, language: str) -> bool:
    """Whether most of the words were heard in their order."""
    return followed(words, heard, language).share >= HEARD


def plain_text(answer: str) -> str:
    """Digits and letters only, so that spaces, case and full-width digits do not matter."""
    return "".join(c for c in unicodedata.normalize("NFKC", answer).casefold() if c.isalnum())
