"""Names of viewers in a sentence: who is spoken to, who asked. They claim nothing of goods. Pure, on folded text.

English names are those of products/given_names.txt, with a capital; Chinese ones are known by their form and their
place. A name of whom something is told ("Anna bought one") is left standing: that is a testimonial.
"""

# ruff: noqa: E501  a pattern reads better on one line

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

_CAPITAL = re.compile(
    r"@?(?<![A-Za-z0-9'])[A-Z][a-z]{1,11}(?:[-_.]?\d{1,4})?(?![A-Za-z0-9])(?!['’](?:t|ll|ve|re|d|m)\b)"
)
_PLACED = re.compile(r"\b(?:in|near|around|outside|made by|of old) $", re.I)  # "a potter in Devon"
_INITIAL = re.compile(r"\s[A-Z]\.?(?=[\s,.!?]|$)")
# What a customer does with goods, or thinks of them.
_TELLS = re.compile(
    r"(?:'s|'d|'ve)?\s+(?:(?:and \w+|just|already|also|really|has|have|had|both|even|always|only|simply|once|recently)\s+)*(?:bought|buys?|buying|order(?:s|ed|ing)?|got (?!a question)|gets|took|takes|grabbed|"
    r"lov(?:e|es|ed)|lik(?:e|es|ed)|us(?:e|es|ed)|wears?|wore|own(?:s|ed)?|tried|tries|swears?|raves?|recommends?|agrees?|adores?|keeps?|wrote|writes|thinks|found|finds|came back|comes back|can't|cannot|couldn't|gave|gives|"
    r"says? (?!hi\b|hello\b|hey\b|good\b|thank)|said (?!hi\b|hello\b|hey\b|good\b|thank)|(?:is|was|are) (?:happy|delighted|pleased|thrilled|satisfied|in love|wearing|using|sleeping|a customer|one of)|(?:has|have|had) (?:one|two|three|it|them|a pair|this|these|been|worn|used|tried)|"
    r"sleeps?|slept|drinks?|drank|runs? in|walks? in|bestellt|approves?|confirms?|rated|reviewed|sent (?:back|in))\b",
    re.I,
)
_FIRST = "晓丽娜佳婷志建伟俊宇思欣梦嘉浩静燕敏霞军芳玲娟莉琳倩颖雪雨怡萍慧琪瑶璐瑞磊涛杰鹏超辉峰波强勇阳博泽涵诗雯薇蕾彤菲珊妮云艳莹"
_SECOND = _FIRST + "子明亮语豆圆米洋轩凯健康宁红洁斌刚飞花草"
_FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁余叶蒋杜苏魏吕丁任沈姚卢姜崔钟谭陆汪范廖贾夏韦付邹孟熊秦邱江尹薛闫段侯龙陶黎贺顾毛郝龚邵钱覃武戴莫孔"
_TWICE = "|".join(c + c for c in _FIRST + "豆圆糖米甜安乐")
_HAN_NAME = (
    rf"(?:(?:小|阿|老|大)[{_SECOND}{_FAMILY}]{{1,2}}|小马哥|{_TWICE}|[{_FIRST}][{_SECOND}]|[{_FAMILY}][{_SECOND}]{{1,2}}|"
    rf"(?:[{_FAMILY}]|[{_SECOND}]{{1,2}}|小[{_SECOND}]|阿[{_SECOND}])(?:姐姐?|哥哥?|叔叔?|阿姨|姨|妹妹?|弟弟?|宝宝?|爷爷|奶奶|老师|先生|女士|同学|小姐|妈妈?|爸爸?))"
)
_NOT_NAMES = frozenset(
    "亮丽 健康 刚健 刚刚 刚强 勇健 可乐 可可 大圆 大方 大米 大红 大豆 大白 大金 大雨 大雪 大花 大草 大康 大明 安乐 安宁 安康 小花 小草 小段 小叶 小方 小豆 小圆 小洁 小康 "
    "强健 明丽 明亮 明艳 艳丽 阳刚 阳明 静静 洁静 雪花 雨花 云子 波子 艳红 霞红 老红 老花 老米 小毛 大毛 大波 小波 阿胶 米米 超米 超明 超亮 超红 超刚 超飞 思明 思语 诗语 超静 超萍 "
    "高强 高波 高超 高雅 高明 高洁 高飞 何方 任何 夏凉 江米 黄米 黄豆 毛豆 黄花 马豆 温雅".split()
)
_HAN_CALLED = re.compile(
    rf"(?:^|(?<=[，。！？；：、,!?\s])|(?<=[和跟给是]))(?P<name>{_HAN_NAME})(?=$|[，。！？；：、,!?\s]|你好|您好|晚上好|早|刚才?(?:进|来|问|说|到)|进来|来了|来啦|好[呀啊]|你|您|问|想(?:知道|问)|在问|从[\u4e00-\u9fff]|真|别急|和)|"
    rf"(?:欢迎|谢谢|感谢|你好|您好|问题|哈哈|回答一?下?|回复一?下?|答一?下?|多谢|嗨|哈喽|晚上好|给|那位|这位|叫|@)[，,]?\s*(?P<after>{_HAN_NAME})(?=$|[，。！？；：、,!?\s]|的?(?:问题|提醒|支持|关注|点赞|留言)|看|来|说|你|您|报|也|和|真|刚)"
)


@cache
def _given() -> frozenset[str]:
    lines = (files("products") / "given_names.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def names_in(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each name of a viewer, in order within a language."""
    for m in _CAPITAL.finditer(text):
        word = re.sub(r"[-_.]?\d+$", "", m.group().removeprefix("@"))
        if word not in _given() or _PLACED.search(text[: m.start()]) or _TELLS.match(text, m.end()):
            continue
        initial = _INITIAL.match(text, m.end())
        yield m.start(), initial.end() if initial and not text[m.end() :].startswith(" I ") else m.end()
    for m in _HAN_CALLED.finditer(text):
        group = "name" if m.group("name") else "after"
        if m.group(group) not in _NOT_NAMES:
            yield m.span(group)


# A viewer's name in an answer ("Alex99") is not a model number: those are written in capitals.
LIKE_A_NAME = re.compile(r"[A-Za-z]?[a-z]{2,}[-._]?\d+[A-Za-z]*")
# One in capitals ("BOB99, good question") is told from them by its place, a vowel and two digits at its end,
# unless its letters are those of a standard, a material or a range of models.
_CALLED = re.compile(r"\s*@?(?P<letters>(?=[A-Z]*[AEIOUY])[A-Z]{3,12})\d{2,4}(?=\s*[,，])")
_NO_NAMES = frozenset(
    "AISI ANSI ISO IEC IEEE DIN ASTM SAE EAN UPC UPF UVA UVB USB UHD OLED QLED AMOLED AAA LIPO NIMH "
    "HEPA PTFE PET PRO MAX ULTRA MINI AIR PLUS LITE NEO NANO TURBO ECO MEGA SUPER GIGA ALPHA BETA "
    "GAMMA DELTA OMEGA SIGMA TITAN ZOOM ACE AERO AQUA AURA EDGE ELITE PRIME ONE MODEL TYPE MARK "
    "SERIES ITEM SIZE NUMBER PRICE ONLY SAVE COLOUR COLOR PAGE ROUND UNDER OVER ABOUT NOW FREE SALE "
    "OFF TITANIUM ALLOY INOX STEEL IPX ATX RTX VESA HDMI EMI EMC ROHS REACH OEKO GOTS MIL STD SATA "
    "NVME CORE INTEL RYZEN IPHONE IPAD GALAXY PIXEL".split()
)


def called(text: str) -> int:
    """Where the name in capitals that a text begins with ends ("BOB99, good question"); 0 for none."""
    m = _CALLED.match(text)
    return m.end() if m and m.group("letters") not in _NO_NAMES else 0
