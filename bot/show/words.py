"""Words that the show itself puts on slates, in chat, and says when it must end at once."""

from collections.abc import Mapping

SHOW_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "starting": "The show starts in a moment.",
        "waiting": "The show starts when the co-host is here.",
        "hold": "The show goes on in a moment.",
        "ending": "See you next time.",
        "goodbye": "That's all for now. Goodbye!",
        "human_welcome": "Hello and welcome! I'll show you what we have today, one thing after another.",
        "human_invite": "If you have a question, just write it in the chat.",
        "human_goodbye": "That's all for today. Thank you for watching, and goodbye!",
        "host": "Host (AI)",
        "welcome": "Welcome",
        "questions": "Question window",
        "offer": "Best offers",
        "notice": "AI notice",
        "break": "Break",
        "clip": "Recorded clip",
    },
    "zh": {
        "starting": "直播马上开始。",
        "waiting": "等待真人搭档到场后开播。",
        "hold": "直播稍后继续。",
        "ending": "我们下次再见。",
        "goodbye": "今天就到这里，再见！",
        "human_welcome": "大家好，欢迎来到直播间！今天我把好东西一样一样介绍给大家。",
        "human_invite": "有什么问题，直接打在公屏上就好。",
        "human_goodbye": "今天就到这里，谢谢大家，再见！",
        "host": "主播（AI）",
        "welcome": "开场",
        "questions": "答疑时间",
        "offer": "优惠汇总",
        "notice": "AI提示",
        "break": "休息",
        "clip": "录播片段",
    },
}


def show_words(language: str) -> Mapping[str, str]:
    """The words in `language`, else in English."""
    return SHOW_WORDS.get(language, SHOW_WORDS["en"])
