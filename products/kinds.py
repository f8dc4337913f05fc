# ruff: noqa: E501 - tables of words read better unbroken
"""Everyday words for the same kind of thing: a viewer says "headphones" or 耳塞 where the shop's page says "earbuds".

Only names of kinds, no judgement about any product. A group joins words of both languages, since a page may be in one
and the question in the other.
"""

import re
from collections.abc import Iterator
from functools import cache

GROUPS: tuple[tuple[str, ...], ...] = (
    ("earbuds", "earbud", "earphones", "earphone", "headphones", "headphone", "headset", "airpods", "earpods", "buds", "耳机", "耳塞", "蓝牙耳机"),
    ("mug", "cup", "teacup", "coffee cup", "杯", "杯子", "马克杯", "陶杯", "咖啡杯", "茶杯"),
    ("bottle", "flask", "thermos", "tumbler", "canteen", "水瓶", "瓶", "保温瓶", "保温杯", "水壶", "水杯", "暖壶", "瓶子"),
    ("sneakers", "sneaker", "shoes", "shoe", "trainers", "kicks", "plimsolls", "鞋", "鞋子", "帆布鞋", "运动鞋", "球鞋"),
    ("boots", "boot", "靴", "靴子"),
    ("backpack", "rucksack", "knapsack", "daypack", "双肩包", "背包", "书包", "电脑包"),
    ("tote", "shopper", "handbag", "托特包", "帆布袋", "手提包", "购物袋", "手提袋"),
    ("lamp", "light", "desk light", "台灯", "灯", "灯具"),
    ("candle", "candles", "蜡烛", "香薰", "香薰蜡烛"),
    ("pillow", "cushion", "枕", "枕头", "靠垫"),
    ("blanket", "throw", "plaid", "毛毯", "毯子", "毯", "盖毯"),
    ("tea", "oolong", "茶", "茶叶", "乌龙茶", "乌龙"),
    ("cutting board", "chopping board", "board", "砧板", "菜板", "案板", "切菜板"),
    ("shirt", "tee", "t-shirt", "tshirt", "衬衫", "t恤", "上衣"),
    ("dress", "skirt", "连衣裙", "裙子", "裙"),
    ("trousers", "pants", "jeans", "裤子", "长裤", "牛仔裤", "裤"),
    ("jacket", "coat", "外套", "夹克", "大衣"),
    ("socks", "sock", "袜子", "袜"),
    ("hat", "cap", "beanie", "帽子", "帽"),
    ("scarf", "shawl", "围巾", "披肩"),
    ("glove", "gloves", "mittens", "手套"),
    ("phone", "smartphone", "手机"),
    ("charger", "charging cable", "充电器", "充电线"),
    ("watch", "手表", "腕表"),
    ("lipstick", "lip colour", "口红", "唇膏"),
    ("cream", "lotion", "moisturizer", "面霜", "乳液", "护肤霜"),
    ("shampoo", "洗发水", "洗发露"),
    ("towel", "毛巾", "浴巾"),
    ("knife", "knives", "刀", "菜刀"),
    ("pan", "skillet", "frying pan", "平底锅", "煎锅", "锅"),
    ("kettle", "水壶", "电热水壶"),
    ("umbrella", "伞", "雨伞"),
    ("toy", "toys", "玩具"),
    ("book", "books", "书"),
    ("chair", "stool", "椅子", "凳子"),
    ("desk", "table", "桌子", "书桌"),
    ("rug", "carpet", "mat", "地毯", "地垫"),
    ("jam", "honey", "果酱", "蜂蜜"),
    ("coffee", "coffee beans", "咖啡", "咖啡豆"),
)  # fmt: skip


@cache
def _patterns() -> tuple[tuple[int, str, re.Pattern[str]], ...]:
    """(group, word, pattern), longest words first, so that 保温杯 is found before 杯."""
    words = [(n, word) for n, group in enumerate(GROUPS) for word in group]
    return tuple(
        (
            n,
            word,
            re.compile(rf"(?<![a-z]){re.escape(word)}s?(?![a-z])" if word.isascii() else re.escape(word)),
        )
        for n, word in sorted(words, key=lambda pair: -len(pair[1]))
    )


def kinds_in(text: str) -> frozenset[int]:
    """The groups of which `text` (lower case) names a member. A word inside a longer one found does not count again."""
    return frozenset(group for group, _, _ in _found(text))


def last_kind(text: str) -> frozenset[int]:
    """The groups named nearest to the end: a "Steel Bottle Lamp" is a lamp. Empty when none is named."""
    found = list(_found(text))
    end = max((stop for _, _, stop in found), default=0)
    return frozenset(group for group, _, stop in found if stop == end)


def words_alike(text: str) -> tuple[str, ...]:
    """Other words for the kinds that `text` names."""
    return tuple(dict.fromkeys(word for group in sorted(kinds_in(text)) for word in GROUPS[group]))


def _found(text: str) -> Iterator[tuple[int, int, int]]:
    """(group, start, end) of each word; several groups may share one word."""
    taken: list[tuple[int, int]] = []
    for group, word, pattern in _patterns():
        if word not in text:
            continue
        for match in pattern.finditer(text):
            span = match.span()
            if span in taken or not any(a <= span[0] and span[1] <= b for a, b in taken):
                taken.append(span)
                yield group, *span
