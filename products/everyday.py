"""English words by what they are about (everyday_english.yaml): people, thoughts, places, meals. They claim
nothing of goods by themselves, but in some sentences some of them do.
"""

# ruff: noqa: E501  a pattern reads better on one line

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml

# "Notes of honey", "it smells of coffee": what is eaten and drunk tells how goods taste, smell or look there.
_OF_TASTE = re.compile(
    r"\b(?:scent\w*|smell\w*|tast(?:e|es|ed|ing)|flavou?r\w*|notes?|hints?|aroma\w*|whiffs?|infus\w*|blend\w*|fragranc\w*|"
    r"perfume\w*|undertones?|brewed with|with (?:a )?(?:touch|hint|drop|bit|lots?|dash|pinch|real|added|dried)|"
    r"in (?:cream|honey|cocoa|milk|lemon|wine|pumpkin|avocado|ginger|cinnamon|apple|walnut|tomato|salmon)s?)\b",
    re.I,
)


@cache
def classes() -> Mapping[str, frozenset[str]]:
    """The words of each class."""
    raw = yaml.safe_load((files("products") / "everyday_english.yaml").read_text("utf-8"))
    return {str(name): frozenset(words.split()) for name, words in raw.items()}


@cache
def english() -> frozenset[str]:
    """The words of all classes."""
    return frozenset[str]().union(*classes().values())


@cache
def doings() -> frozenset[str]:
    """What people may be said to do, whatever is sold: speak, think, look, move about."""
    return classes()["say"] | classes()["go"]


def tells_taste(clause: str) -> bool:
    """Whether a clause tells how something tastes, smells or is coloured: words of meals claim there."""
    return _OF_TASTE.search(clause) is not None


@cache
def things() -> frozenset[str]:
    """What can be seen and handled: of goods such a word claims that they are it, have it or go with it."""
    return classes()["everyday"] | classes()["table"]


def meals() -> frozenset[str]:
    """What is eaten and drunk."""
    return classes()["table"]
