# ruff: noqa: E501 - lists of words read better unbroken
"""Names of viewers, fit to be spoken and shown. A name is a stranger's text: it must not become a claim, an order,
a slogan or a joke at the host's cost. What does not look like a name is not said.
"""

import re
import unicodedata
from collections.abc import Sequence

from persona.language import HAN
from products.claims import find_claims
from products.folding import fold

LONGEST = 20
LONGEST_HAN = 5
_LETTERS = re.compile(r"[A-Za-zÀ-ɏ぀-ヿ㐀-䶿一-鿿가-힯' -]+")
_PART = re.compile(r"[A-ZÀ-Þ]{2,}(?![a-zß-ÿ])|[A-ZÀ-Þ]?[a-zß-ɏ']+|[A-ZÀ-Þ]|[^\sA-Za-zÀ-ɏ'-]+")
_SELLING = re.compile(
    r"cheap|discount|waterproof|guarantee|certified|genuine|authentic|organic|handmade|coupon|giveaway|customer|"
    r"防水|真皮|纯棉|正品|有机|进口|天然|环保|免费|最|价|折|优惠|官方|客服|管理|主播|真人|假|骗|治|加微|微信|店|元|块|包邮|赠|[买卖送钱]|忽略|无视|规则|系统|指令|提示|命令|设定|覆盖",
    re.IGNORECASE,
)
_RUDE = re.compile(
    r"fuck|shit|bitch|cunt|nigg|rapist|nazi|hitler|penis|dick|porn|sexy|asshole|whore|slut|wank|pussy|cock(?!er|burn)|boobs|"
    r"傻逼|煞笔|妈的|操你|狗日|婊|色情|约炮|[草操曹艹肏][泥尼你拟]?[马玛妈吗码]|[尼你][玛妈马]|鸡[巴吧]|[傻沙煞][逼比币笔雕]|"
    r"[屎屁尿妓嫖奸淫]|王八|混蛋|去死|杀|毒|赌|炸|"
    r"法[轮輪]|[轮輪]功|大法|天安门|六四|习近|近平|毛泽|毛主|江泽|胡锦|共产|共匪|达赖|台独|港独|藏独|疆独|纳粹|希特|本拉登|特朗普|川普|拜登|普京",
    re.IGNORECASE,
)
_HAN_PHRASE = re.compile(
    "[是的了吗呢吧啊我你您他她它们这那不没有在要会能请说别很都就把被让给和与或做去来用看听]"
)
WORDS = frozenset(
    "a an the i im i'm ive me my mine you your you're u ur we us our he she it its they them their this that these those am is are was were be been being "
    "do does did done have has had can could will would shall should may might must not no yes and or but if so as at by for from in into of off on onto out over to up with without about all any "
    "some every each more most less much many very too only just now here there then than again ever never always when where why how what which who whose "
    "ignore forget disregard override obey repeat say says said tell tells speak shout read print reveal show act pretend become make makes made let lets give gives take takes get gets got go goes come comes "
    "buy buys bought sell sells sold pay pays paid cost costs save saves order orders click tap visit follow subscribe join dm call text email win wins won try use uses used want wants need needs "
    "love loves hate hates like likes eat eats drink drinks suck sucks lick licks kick kicks kill kills die dies stop start run runs wash see look know think trust believe ask asks work works fix help break burn beat "
    "shoes shoe mug mugs lamp tea pillow bag bags bottle blanket candle board sneakers goods product products item items link price prices dollar dollars bucks cents sale sales deal deals "
    "free cheap best worst better worse good bad great real fake true false new old big small hot cold safe sick stupid ugly fat dumb dirty evil dead broken official genuine natural silk leather vegan imported original "
    "human humans person robot bot ai host computer machine system admin administrator moderator mod developer root sudo user guest viewer assistant model prompt prompts rule rules instruction instructions police government president "
    "support service shop store scam scams thief liar lies lie fraud spam money cash cure cures cancer pain health doctor medicine virus war bomb gun terror terrorist god satan devil jesus allah "
    "nike adidas puma reebok gucci prada chanel dior rolex apple iphone samsung google amazon temu shein walmart ebay aliexpress alibaba taobao tiktok youtube facebook instagram whatsapp telegram twitter microsoft openai chatgpt gpt tesla disney "
    "starbucks pepsi coca cola mcdonalds ikea zara uniqlo balenciaga hermes vuitton louboutin yeezy stanley hydroflask "
    "trump biden putin obama stalin mao xi maga isis taliban hamas palestine israel ukraine taiwan falun gong sex sexual nude naked xxx rape hell damn crap ass arse butt poop pee tits anus anal".split()
)
"""Words of sentences, slogans, roles, brands and quarrels: no name among viewers needs one of them."""
_PUNS = frozenset(
    "mikehunt mikehawk mikeoxlong mikeoxmall mikecox hughjass hughjanus hughgrection harrybalz harryballs benderover bendover bendhover seymourbutts seymourbutz "
    "dixienormous dixiewrecked jackmeoff jackmehoff jackgoff amandahugginkiss amandahuggankiss amandahump oliverclothesoff oliverclothesof heywoodjablome haywoodjablome moelester mollester "
    "anitabath anitahanjaab anitadick anitahardcock iptfreely ipfreely ivanatinkle ivanahumpalot jacquesstrap wayneker phuckyu philmccracken philmacrevice philmycrack "
    "bjorndick dickhead dickhertz patmckrotch pennistone peterfile pedofile bennisbig stuartpid barrymcockiner barrymccockiner mccockiner gabeitch gabeitches deeznuts deezenuts didsomeonesayligma "
    "ligma ligmaballs sugma sugmadick sugondese joemama joemomma rhodadick tessticles tesstickle maxdick willieburgh buckfutter annalsex eatmypussy craveddick"
    " sumtingwong weetulow wytulow hofukyew bangdingow holyfuk phukme suqmadiq suckmadick nickgurr nickgur adolfoliverbush adolfoliver hoofhearted connielingus cunninglinguist "
    "lawsontreble drewpeacock drewpwiener justinsider richardhead miaborsinn chewbaka chrispbacon".split()
)
_ANONYMOUS = frozenset({"user", "guest", "用户", "游客", "viewer", "观众", "匿名"})


def spoken_name(name: str, language: str) -> str:
    """The name if it looks like one, else "friend" / "这位朋友".

    Like a name: letters (Latin, Han, kana, Hangul), two words at most, of at most 20 characters, five when they
    are Han; digits at its end are dropped (a number in an answer must be a fact). A name that holds a word of a
    sentence, a role, a brand, an insult or a list of puns, or a claim ("一元包邮"), is not said.
    """
    folded = " ".join(unicodedata.normalize("NFKC", name).split())
    folded = folded.removeprefix("@").strip()
    core = re.sub(r"[\s_]*\d+$", "", folded).replace("_", " ").strip()
    if not _like_a_name(core):
        return anonymous(language)
    whole_case = core.islower() or (core.isupper() and len(core) > 2)
    return core.title() if core.isascii() and whole_case and "'" not in core else core


def _like_a_name(core: str) -> bool:
    if not 0 < len(core) <= LONGEST or not _LETTERS.fullmatch(core) or len(core.split()) > 2:
        return False
    if _SELLING.search(core) or _RUDE.search(core) or find_claims(core):
        return False
    han = "".join(HAN.findall(core))
    if len(han) > LONGEST_HAN or (han and _HAN_PHRASE.search(han)):
        return False
    plain = fold(core).text.casefold()
    return (
        core.casefold() not in _ANONYMOUS and not _wordy(core) and not _wordy(plain) and not _punning(plain)
    )


def _wordy(core: str) -> bool:
    """Whether one of its parts ("IAmHuman" has three) is a word that no name needs. A lone letter beside a name
    is its initial ("Anna K").
    """
    parts = [part.casefold().strip("'") for part in _PART.findall(core)]
    joined = "".join(parts)
    if any(part in WORDS and (len(part) > 1 or parts[0] == part) for part in parts) or joined in WORDS:
        return True
    return _only_words(joined) and len(joined) > 5


def _only_words(joined: str) -> bool:
    """Whether it is words run together, "iamhuman", three or more letters each but for the smallest ones."""
    ends = {0}
    for stop in range(1, len(joined) + 1):
        if any(joined[start:stop] in WORDS for start in ends):
            ends.add(stop)
    return len(joined) in ends


def _punning(plain: str) -> bool:
    """Said aloud it is another word: "Mike Hunt"."""
    said = re.sub("[^a-z]", "", plain)
    return said in _PUNS


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
    return "这位朋友" if language == "zh" else "friend"
