"""What of a viewer's question stands on the picture while it is answered.

A stranger's sentence on air is the shop's: only plain questions in the shop's words are shown as they were
written, of others what they are about.
"""

from persona.borrowed import only_plain
from persona.intents import Intent, folded, intent_of
from persona.names import spoken_name
from persona.script import Line, Question

LONGEST = {"en": 80, "zh": 40}
_PLAIN = frozenset(
    {
        Intent.SPEC,
        Intent.PRICE,
        Intent.DISCOUNT,
        Intent.OPTIONS,
        Intent.AVAILABILITY,
        Intent.HOW_MANY,
        Intent.HOW_TO_BUY,
        Intent.ABOUT,
        Intent.FIT,
        Intent.SHIPPING,
        Intent.RETURNS,
        Intent.GOODS,
        Intent.NEXT,
        Intent.RECOMMEND,
    }
)
_ABOUT: dict[Intent, tuple[str, str]] = {
    Intent.AI: ("who is speaking here", "主播是谁"),
    Intent.LIKENESS: ("who is speaking here", "主播是谁"),
    Intent.WHO: ("who is speaking here", "主播是谁"),
    Intent.ORDER: ("about an order", "订单"),
    Intent.RETURNS: ("about returns", "退换"),
    Intent.SHIPPING: ("about delivery", "发货"),
    Intent.PAYMENT: ("about payment", "付款"),
    Intent.SHOP: ("about the shop", "店铺"),
    Intent.COMPARE: ("how things compare", "对比"),
    Intent.FIT: ("about the fit", "尺码"),
    Intent.DEADLINE: ("about the price", "价格"),
    Intent.ELSEWHERE: ("about the price", "价格"),
    Intent.GOODS: ("what there is", "有什么"),
    Intent.NEXT: ("what comes next", "接下来讲什么"),
    Intent.SPEC: ("about a detail", "细节"),
    Intent.DISCOUNT: ("about the price", "价格"),
    Intent.PRICE: ("about the price", "价格"),
    Intent.HOW_TO_BUY: ("how to order", "怎么下单"),
    Intent.HOW_MANY: ("about the stock", "库存"),
    Intent.OPTIONS: ("about the options", "款式"),
    Intent.RECOMMEND: ("for a suggestion", "推荐"),
    Intent.AVAILABILITY: ("about the stock", "库存"),
    Intent.ABOUT: ("for details", "详细介绍"),
}
_OTHERS = ("a question", "一个问题")


def on_picture(question: Question, answer: Line) -> tuple[str, str]:
    """(name, words) for the bubble, whose head is "NAME asks". `answer` has cleared: its words may stand
    there, but not the names of viewers in it. Pure.
    """
    language = answer.language
    name = spoken_name(question.viewer, language)
    text = folded(question.text)
    own = answer.text
    for called in answer.names:
        own = own.replace(called, " ")
    intent = intent_of(text)
    if intent in _PLAIN and len(text) <= LONGEST.get(language, 80) and only_plain(text, (own,)):
        return name, text.replace("?", "？") if language == "zh" else text
    about = _ABOUT.get(intent, _OTHERS)
    return name, about[1] if language == "zh" else about[0]
