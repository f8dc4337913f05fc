"""Names of viewers, fit to be spoken and shown. A name is a stranger's text: it must not become a claim."""

import re
import unicodedata
from collections.abc import Sequence

from persona.language import HAN
from products.claims import find_claims

LONGEST = 20
_LETTERS = re.compile(r"[A-Za-zÀ-ɏ぀-ヿ㐀-䶿一-鿿가-힯 ]+")
_SELLING = re.compile(
    r"\b(free|sale|off|best|cheap\w*|price|discount|deal|cure\w*|official|admin|moderator|support|service|buy|shop|"
    r"waterproof|leather|organic|natural|silk|genuine|authentic|safe|certified|vegan|handmade|imported|original|"
    r"store|fake|scam|guarantee\w*|ai|bot|host)\b|防水|真皮|纯棉|正品|有机|进口|天然|环保|免费|最|价|折|优惠|官方|客服|管理|主播|真人|假|骗|治|加微|微信|店",
    re.IGNORECASE,
)
_RUDE = re.compile(
    r"fuck|shit|bitch|cunt|nigg|rape|nazi|hitler|penis|dick|porn|sex|傻逼|煞笔|妈的|操你|狗日|婊|色情|约炮",
    re.IGNORECASE,
)


def spoken_name(name: str, language: str) -> str:
    """The name if it is safe to say, else "my friend" / "这位朋友".

    Safe: letters (Latin, Han, kana, Hangul) and spaces, at most 20 characters and three words; digits at its
    end are dropped (a number in an answer must be a fact). A name that sells, poses as the shop, insults or
    states something that would have to be checked ("一元包邮") is not said.
    """
    folded = " ".join(unicodedata.normalize("NFKC", name).split())
    folded = folded.removeprefix("@").strip()
    core = re.sub(r"[\s_]*\d+$", "", folded).replace("_", " ").strip()
    fits = 0 < len(core) <= LONGEST and _LETTERS.fullmatch(core) is not None and len(core.split()) <= 3
    if (
        not fits
        or _SELLING.search(core)
        or _RUDE.search(core)
        or find_claims(core)
        or core.casefold() in {"user", "guest", "用户", "游客"}
    ):
        return anonymous(language)
    return core if HAN.search(core) or not core.isascii() or not core.islower() else core.title()


def addressed(viewer: str, also: Sequence[str], language: str) -> tuple[str, ...]:
    """Who is answered, as spoken: the viewer, or both when two asked the same. More are not named."""
    first = spoken_name(viewer, language)
    second = spoken_name(also[0], language) if len(also) == 1 else first
    if second == first or anonymous(language) in (first, second):
        return (first,)
    return first, second


def address(names: Sequence[str], language: str) -> str:
    """ "Anna", "Anna and Bob", "小王、阿明"."""
    return ("、" if language == "zh" else " and ").join(names)


def anonymous(language: str) -> str:
    return "这位朋友" if language == "zh" else "my friend"
