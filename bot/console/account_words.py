"""The words of the pages around accounts, by language."""

from collections.abc import Mapping

EN: Mapping[str, str] = {
    "not_yours": "Your account does not open this page",
    "not_yours_text": "Each role sees what its work needs. If yours needs this too, ask an owner of the shop.",
}
ZH: Mapping[str, str] = {
    "not_yours": "您的账号不能打开此页面",
    "not_yours_text": "每个角色只能看到工作所需的内容。如果您的工作需要此页面，请联系店铺所有者。",
}
ACCOUNT_WORDS: Mapping[str, Mapping[str, str]] = {"en": EN, "zh": ZH}
