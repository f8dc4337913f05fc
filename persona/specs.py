# ruff: noqa: E501 - tables of patterns read better unbroken
"""Which sentence of a product page answers a question about the product: by topic, else by shared words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from persona.grammar import without_title
from persona.intents import folded
from products.kinds import GROUPS


@dataclass(frozen=True, slots=True)
class Topic:
    """`asked`: how viewers ask for it; `told`: how pages tell it. Both languages in one pattern."""

    name: str
    asked: re.Pattern[str]
    told: re.Pattern[str]


def _topic(name: str, asked: str, told: str) -> Topic:
    return Topic(name, re.compile(asked, re.IGNORECASE), re.compile(told, re.IGNORECASE))


_TOPICS = (
    _topic("microwave", r"microwave|微波", r"microwave|微波"),
    _topic("dishwasher", r"dish ?washer|洗碗机", r"dish ?washer|洗碗机"),
    _topic("washing", r"wash|clean|laundry|tumble|洗|清洁|打理", r"wash|wipe|clean|洗|擦"),
    _topic(
        "weight",
        r"weigh|heavy|\blight(weight)?\b(?! bulb)|how many grams|多重|重量|几斤|多少斤|重不重|轻不轻|多少克|沉不沉",
        r"\d\s*(g|kg|grams?|lbs?|oz|pounds?)\b(?!/)|\d\s*(克|公斤|千克|斤)(?!/)",
    ),
    _topic(
        "capacity",
        r"capacity|how (much|big|many).{0,20}(hold|fit|ml|litre|liter|water|drink)|volume|\bml\b|lit(re|er)s?|how much (water|coffee|liquid)|"
        r"容量|能装|装多少|多少(毫升|升)|几升|多大(?!码)",
        r"\d\s*(ml|cl|l|lit(re|er)s?)\b|\d\s*(毫升|升)",
    ),
    _topic(
        "laptop",
        r"laptop|notebook|macbook|computer|\bipad\b|电脑|笔记本|平板",
        r"laptop|notebook|computer|电脑|笔记本",
    ),
    _topic("pocket", r"pocket|口袋|内袋|夹层|手机袋", r"pocket|袋"),
    _topic(
        "measure",
        r"dimension|measure|how (big|large|long|wide|tall|thick|high|deep)|what('s| is)? (the )?size|\bcm\b|\binch|尺寸|多长|多宽|多高|多厚|多大(?!码)|大小|几厘米",
        r"\d\s*[x×*]\s*\d|\d\s*(cm|mm|inch|in|m)\b|\d[\s-]*inch|厘米|毫米|英寸|\d\s*米",
    ),
    _topic("bluetooth", r"bluetooth|connect|pair(ing)?\b(?! of)|wireless|蓝牙|连接|无线", r"bluetooth|wireless|蓝牙|无线"),
    _topic(
        "battery",
        r"battery|charge|charging|how long.{0,20}(last|play)|play ?time|续航|充电|电池|用多久|听多久|多长时间|几个小时",
        r"hours? a charge|\d+\s*hours?|battery|charg|usb|\d\s*(小时|毫安)|充电|续航|供电",
    ),
    _topic("power", r"usb|plug|power|cable|socket|供电|插头|插座|接口|电源", r"usb|plug|power|cable|\bwatt|供电|插|电源"),
    _topic(
        "water",
        r"water ?(proof|resist)|rain|sweat|splash|\bipx?\d?|\bwet\b|puddle|防水|防汗|下雨|淋|进水|防泼",
        r"ipx?\d|water ?(proof|resist)|rain|sweat|防水|防汗|雨|防泼",
    ),
    _topic(
        "temperature",
        r"\b(hot|cold|warm|insulat|ice|cool)\b|keep.{0,12}(hot|cold|warm)|保温|保冷|保热|冰|凉得",
        r"\b(hot|cold|warm|insulat\w*)\b|保温|保冷",
    ),
    _topic("light", r"bright|lumen|dimm|kelvin|colou?r temperature|light level|亮度|多亮|流明|色温|调光|几档", r"lumen|bright|\bK\b|流明|亮度|色温"),
    _topic("guarantee", r"guarantee|warrant|repair|保修|质保|维修|坏了怎么", r"guarantee|warrant|repair|保修|质保|维修"),
    _topic(
        "origin",
        r"made in|where.{0,24}(made|from|produced|grown|come)|which country|origin|imported|产地|哪里(产|做|生产|制)|哪国|哪儿产|国产|进口|哪里的",
        r"made in|product of|from .{0,16}(orchard|farm|garden)|制造|产自|产地|茶园|出品",
    ),
    _topic("scent", r"smell|scent|fragran|aroma|味道|香味|什么味|香型|气味|闻", r"scent|fragran|aroma|香"),
    _topic("harvest", r"harvest|season|picked|how old|which year|fresh|采摘|哪年|几几年|春茶|新茶|年份|新鲜", r"harvest|season|\b20\d\d\b|春茶|秋茶|年"),
    _topic("cover", r"cover|pillow ?case|枕套|套子|可拆", r"cover|case|套"),
    _topic("burning", r"burn|how long.{0,20}(last|candle)|能点|燃|烧多久|点多久", r"hours|burn|燃|小时"),
    _topic("safety", r"safe(ty)?\b|leave.{0,10}(alone|on)|安全|注意(什么|事项)", r"never|always|do not|safe|请勿|切勿|注意"),
    _topic(
        "material",
        r"material|fabric|made (of|from|out)|what.{0,10}(made|it)\b.{0,10}(of|from)|(is|are).{0,16}(leather|cotton|wool|steel|real wood|ceramic|plastic|organic|rubber|"
        r"wood|glass|silk|linen|polyester)|sole\b|upper|lining|filling|材质|材料|面料|什么(料|做)|是.{0,4}(棉|皮|羊毛|钢|木|陶|塑料|真皮)|纯棉|鞋底|鞋面|填充",
        r"cotton|canvas|steel|wool|merino|stoneware|ceramic|porcelain|rubber|\bsoy|foam|\bwax|leather|wood|maple|oak|linen|polyester|silk|glass|bamboo|"
        r"棉|帆布|钢|羊毛|陶|瓷|橡胶|蜡|皮革|真皮|木|麻|涤纶|丝|玻璃|竹|硅胶",
    ),
)  # fmt: skip
_STOP = frozenset(
    "the a an is are was it its this that these those they do does did can could will would have has had you your i "
    "me my we us for of to in on at with and or not no any some what which how when where who why there be get got "
    "one link number please hi hello about much many long tell know like use used good really very size sizes true "
    "shoe best world fit fits come comes work works does box made make need want buy show again today home house".split()
)


_KINDS = re.compile(
    "|".join(sorted((w for g in GROUPS for w in g if not w.isascii() and len(w) > 2), key=len, reverse=True))
)
_HOW_BIG = re.compile(r"\bhow (big|large)\b|\bwhat('s| is)? (the )?size\b|多大(?!码)|大小", re.IGNORECASE)


def asks_topic(question: str, title: str = "") -> bool:
    """Whether it asks for something that pages tell: weight, material, battery ..., beside the product's name."""
    words = without_title(folded(question), title) if title else folded(question)
    return any(topic.asked.search(words) for topic in _TOPICS)


def sentences_for(question: str, sentences: Sequence[str], title: str) -> tuple[str, ...]:
    """The sentences (at most two, in page order) that answer `question`; empty when the page does not say.

    Topics first: a page that is silent on the topic asked does not answer, whatever other words it shares.
    """
    words = without_title(folded(question), title)
    bare = _KINDS.sub(" ", words)  # 保温瓶 is a bottle: it does not ask how long it keeps warm
    asked = [t for t in _TOPICS if t.asked.search(bare)] or [t for t in _TOPICS if t.asked.search(words)]
    if asked and _HOW_BIG.search(words):  # of a vessel that is what it holds
        asked = [*asked, *(t for t in _TOPICS if t.name in ("measure", "capacity") and t not in asked)]
    if asked:
        for topic in asked:
            told = [s for s in sentences if topic.told.search(s)]
            if told:
                return tuple(
                    told[:2] if topic.name in ("material", "measure") and len(told[0]) < 30 else told[:1]
                )
        return ()
    scored = [(_overlap(words, sentence, title), -place) for place, sentence in enumerate(sentences)]
    best = max(scored, default=(0, 0))
    return (sentences[-best[1]],) if best[0] > 0 else ()


def _overlap(question: str, sentence: str, title: str) -> int:
    """Content words (Latin) and character pairs (Han) that both have and the title does not."""
    return len((_pieces(question) & _pieces(sentence)) - _pieces(title))


def _pieces(text: str) -> set[str]:
    low = text.casefold()
    latin = {w[:5] for w in re.findall(r"[a-z]{3,}", low) if w not in _STOP}
    han = "".join(c if "一" <= c <= "鿿" else " " for c in low)
    pairs = {run[i : i + 2] for run in han.split() for i in range(len(run) - 1)}
    return latin | pairs
