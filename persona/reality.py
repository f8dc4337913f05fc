# ruff: noqa: E501 - tables of patterns read better unbroken
"""Whether a message asks if the host is real, however and in whichever language: that is answered before all else."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from products.errors import Bug
from products.kinds import kinds_in

_PEOPLE = r"person|people|human|humans|man|woman|lady|girl|guy|boy|host|streamer|presenter|seller|being|face|voice|one|life|or|lol|lmao|bro|bruh|sis|though|tho|right|here|there|anyway|then|i|you|u|ai|bot|and|please|pls|omg|wtf|this|because|cause|it|just|now|today|at|are|is|r|not"
_REAL = rf"(?:really )?(?<!for )(?:real|fake|genuine|authentic|natural)(?!\s+(?!(?:{_PEOPLE})\b)[a-z])"
_WHAT = (
    rf"(?:{_REAL}|human\w*|(?:real |actual |living |live |physical )?(?:person|people|human being|individual)|robot\w*|bot|bots|chat ?bot|a\.?i\.?(?![a-z])|alive|sentient|conscious|"
    r"pre-?recorded|recorded|(?:a |some )?recording|live(?=\s*(?:$|[?!]| or\b| right now| now\s*\W*$))|cgi|3d|computer\w*|machine(?![- ]?wash)|program|programmed|android|avatar|virtual|generated|deep ?fake|chat ?gpt|gpt\S*|hologram|simulation|simulated|"
    r"cartoon|animated|animation|algorithm|software|synthetic|artificial|automated|puppet|actor|actress|cyborg|language model|llm|npc|flesh)"
)
_YOU = r"(?:you|u|ya|ye|yall|y'all|she|he|they|the (?:host|streamer|presenter|seller|lady|woman|girl|man|guy|person|anchor|hostess)|this (?:host|streamer|presenter|seller|lady|woman|girl|man|guy|person|anchor|chick|dude))"
_THIS = r"(?:this|it|that|this (?:stream|live|show|video|thing|channel))"
_LIVING = r"(?:breathe|have (?:a |an |any )?(?:pulse|heart ?beat(?! monitor| sensor)|dna|parents|nationality|passport|real job|own life|feelings?|body|soul|heart|blood|brain|mind|emotions|birthday|family|childhood|kids|boyfriend|girlfriend|husband|wife)|exist|eat|sleep|dream|bleed|blink|get (?:tired|hungry|bored)|need (?:to )?(?:eat|sleep|pee|rest|a break)|drink|feel (?:pain|things|anything|emotions)|think for yourself|ever (?:sleep|eat|rest|stop|get tired))"

_EN_QUESTION = (
    rf"\b(?:are|r|is|were|was|ain'?t|aren'?t|isn'?t|arent|isnt)\s+{_YOU}\b(?!'s)(?:(?! (?:of|from|about|for) )[^?.!,]){{0,28}}?\b{_WHAT}",
    rf"\b(?:is|was|isn'?t|isnt|are)\s+{_THIS}\s+(?:\w+\s+){{0,4}}?(?:{_REAL}(?=\s*(?:$|[?!.,]| or\b| person| human| lol| tho| life))|a (?:real )?(?:person|human|bot|robot)|human|robot|bot|a\.?i\.?(?![a-z]| ?-?powered)|(?:pre-?)?recorded|a recording|cgi|deep ?fake|(?:a |an )?avatar|virtual|generated|chat ?gpt|live(?=\s*(?:$|[?!]| or\b| right now| now\s*\W*$))|staged|automated|someone|somebody)",
    rf"\b(?:am|are) (?:i|we) (?:\w+ ){{0,2}}(?:talking|speaking|chatting|talkin|writing|typing|dealing|watching|looking|listening)\b.{{0,20}}?\b(?:{_WHAT}|someone|somebody|actual|anyone)\b",
    r"\b(?:is|are) (?:there|anyone|anybody|somebody|someone|some one|any)\b.{0,24}\b(?:real|human|humans|person|alive|people|behind|bot)\b",
    r"\bwho(?:'s| is| are|s)? (?:\w+ )?(?:really |actually )?(?:behind|controlling|operating|running|writing|typing|answering|reading|speaking for)\b",
    r"\b(?:real|human|person|people|man|woman|live|alive) (?:person )?or (?:not|an? )?\s*(?:fake|a\.?i\.?|bot|robot|machine|computer|recorded|recording|cgi|generated)\b",
    r"\b(?:fake|a\.?i\.?|bot|robot|machine|computer|recorded|cgi) or (?:an? )?(?:real|human|person|live|actual)\b",
    rf"\b(?:do|does|can|could|did|will) {_YOU} (?:\w+ )?{_LIVING}\b",
    r"\b(?:what|which) (?:exactly )?(?:are|r) (?:you|u)(?: (?:exactly|really|even|actually|made of))?\s*[?!.]*$|\bare you (?:even |really |actually )?(?:there|breathing|born|married|single|tired|hungry|sleepy|dating)\b",
    r"\b(?:who|which company|what company) (?:\w+ )?(?:made|built|created|programmed|designed|trained|coded|developed|invented|generates?|owns) (?:you|u|this (?:ai|bot|avatar|host|robot))\b",
    r"\b(?:what|which) (?:ai |llm |language )?(?:model|ai|llm|gpt|software|engine) (?:are|is|do|does|powers?|runs?)\b.{0,16}\b(?:you|u|this|use|using)\b|\bwere (?:you|u) (?:\w+ )?(?:programmed|generated|born|created|trained|made|built|coded)\b|\bwhere (?:are|r|were) (?:you|u) (?:from|born)\b",
    r"\bhow old (?:are|r) (?:you|u)\b|\bhow human\b|\bturing\b|\bcaptcha\b|\bprove (?:that |to \w+ )?(?:you|u|ur|it)\b.{0,16}\b(?:human|real|person|alive|live|ai|bot|robot)|\b(?:wave|blink|nod|wink|raise|smile|clap|touch|show)\b.{0,24}\bif (?:you|u|ur)\b.{0,12}\b(?:real|human|live|alive|there|hear)",
    r"\b(?:is|are) (?:your|ur|that|her|his|the|this)(?: \w+)? (?:face|voice|eyes|mouth|lips|hair|body|picture|image)\b.{0,24}\b(?:real|fake|ai|generated|yours|cloned?|recorded|synthetic|human|computer|cgi|edited|natural|her own|his own|your own)\b",
    r"\b(?:swear|promise|admit|confess|tell (?:me|us)|say|honest\w*)\b.{0,24}\b(?:you'?re|you are|ur|u r|if you'?re|if you are|if u r)\b.{0,16}\b(?:human|real(?! \w)|ai|bot|robot|a person|an? actual)",
    r"\b(?:sentient|self[- ]aware|conscious)\b.{0,6}\?|\b(?:your|ur) (?:real|own|actual) (?:face|voice|hair|name|body)\b",
    r"\b(?:anyone|anybody|someone|somebody)\b.{0,16}\b(?:on (?:the|that) other (?:end|side)|at the other end|home)\b|\bis (?:anyone|anybody|someone|somebody) (?:really |actually |even )?(?:there|in there|alive)\b",
    r"\b(?:you|she|he|someone|somebody|human|person|people|man|woman|real|live|film\w*|record\w*|blood)\b.{0,20}\bor (?:is (?:it|this|that) )?(?:just |only |some |pure |all |an? )*(?:machine|computer|program|software|script|recording|robot|bot|a\.?i\.?(?![a-z])|code|algorithm|generated|cgi)\b",
    r"\b(?:could|can|does|do|would|is|are|was) (?:an? |any |some )?(?:(?:real |actual |living )?(?:human|humans|human being)|(?:real |actual |living )(?:person|people)|a person)\b.{0,24}\b(?:do|doing|read|reads|reading|talk|talking|write|writing|type|typing|answer|answers|answering|speak|speaking|present|presenting|watching|involved|behind|here|in charge|controlling)\b",
    r"\bflesh (?:and|or|&|n) (?:blood|bones?|code)\b|\b(?:being|to be) an? (?:a\.?i\.?(?![a-z])|bot|robot|machine|avatar|virtual|program)",
)
_EN_SAYS = (
    r"\b(?:no way|i (?:bet|doubt|think|guess|swear)|doubt|pretty sure|can'?t tell|looks like|seems)\b.{0,20}\b(?:a |an |if |not |you'?re |you are |is |this |it'?s )(?:human|real person|person|bot|robot|a\.?i\.?(?![a-z])|real(?=\s*(?:$|[?!.,])))",
    rf"\b(?:you|u|ur|you'?re|youre|she'?s|he'?s|she|he|they)\b(?: (?:are|r|is|look|looks|sound|sounds|seem|seems|feel|feels|like|a|an|the|so|not|just|totally|definitely|clearly|obviously|probably|must be|gotta be|might be|talk|talks|move|moves|kinda|really)){{0,5}} {_WHAT}\b",
    r"\b(?:this|that|it|this is|that'?s|it'?s|its|thats)(?: (?:is|looks?|sounds?|seems|must be|gotta be|has to be|so|just|all|totally|clearly|obviously|definitely|probably|like|an?|not|pure)){0,5} (?:a\.?i\.?(?![a-z]| ?-?powered)|a\.i\.|cgi|deep ?fake|bot|robot|robotic|computer[- ]generated|ai[- ]generated|chat ?gpt|(?:pre-?)?recorded|not real(?! \w)|not human|not a (?:real )?(?:person|human)|fake(?=\s*(?:$|[!?.,]| lol| person| host| stream| live)))",
    r"\b(?:u|you|ya) (?:for )?real\b\s*[?!]|\bu real\b|\breal (?:person|human|host|lady|woman|girl|man|guy|people)\b\s*(?:[?!]|here\b|there\b|please\b|or\b|$)|\b(?:ai|bot|fake|robot|virtual|digital) (?:host|generated|voice|streamer|person|human|face|presenter|avatar|lady|girl|woman|or)\b|\b(?:digital|virtual) (?:human|person|twin|clone)\b",
    r"^\W*(?:so |wait |omg |lol |hey |hi |hello |um |is |hmm )*(?:an? )?(?:a\.?i\.?|bot|robot|human|fake|cgi|real|recorded|deep ?fake|avatar|chat ?gpt|gpt|llm|npc)\s*(?:or what|right|huh|lol|\?)*\s*[?!]+\s*$|^\W*(?:ai|bot|robot|cgi|npc|deep ?fake)\W*$",
    r"\b(?:language model|llm|chat ?gpt|deep ?fake|text[- ]to[- ]speech|tts voice|uncanny valley|turing test|vtuber)\b",
    r"\b(?:i don'?t|dont|do not) (?:think|believe)\b.{0,20}\b(?:real|human|live|alive)(?=\s*(?:$|[!?.,]))|\bpre-?recorded\b|\b(?:a|the|this is) recording(?=\s*(?:$|[?!.]))|\bi want (?:a|to talk to an? |to speak to an? )(?:real |actual )?(?:human|person)\b|\btalk to an? (?:real |actual )?(?:human|person)\b",
)
_OF_GOODS = re.compile(
    r"\b(?:sell\w*|buy|buys|price[ds]?|costs?|stock|toys?|vacuum|hoover|mower|hair(?:s|brush)?|leather|wool|silk|fur|cotton|touch|ergonomic|anatomy|sizes?|sized|fits?|wear|material|made (?:by|of|from|in)|"
    r"powered|chip|camera|features?|assistant|app|safe|wash\w*|ship\w*|order\w*|batter(?:y|ies)|noise|for (?:humans?|people|a (?:real )?person)|[0-9]+ ?(?:cm|kg|ml|people))\b"
)
_HOST = re.compile(
    r"\b(?:you|u|ur|you'?re|youre|ya|your|she|he|her|him|they|host\w*|streamer|presenter|anchor|lady|woman|girl|guy|man|voice|face|lips|screen|stream\w*|broadcast|channel|whoever|who|who'?s|talking|speaking|behind|watching|operating|answering|am i|are we)\b"
)
_BEING = re.compile(
    r"\b(?:humans?|human being|robots?|robotic|chat ?bots?|bots?|a\.?i\.?(?! ?-?powered)|artificial(?! (?:leather|silk|fur|flowers?|grass))|deep ?fakes?|puppets?|holograms?|simulat\w+|cgi|android(?! phone| app| charger)|cyborg|automated|pre-?recorded|computer[- ](?:generated|animated|made)|avatar|sentient|living (?:being|thing|person)|organic(?= ?\W*$| or\b)|made[- ]up|exist|"
    r"(?:real|actual|genuine|living|live) (?:life )?(?:person|people|humans?|woman|man|lady|girl|guy|host|seller|being)|actually (?:sitting|there|here|alive|real|human|live)|(?:can'?t|cannot|couldn'?t|could not) be real|silicon|(?:speaking|talking|answering|presenting) (?:is )?(?:an? )?(?:real )?person|really (?:sitting|there|alive)|(?:video ?game|cartoon|game) character|born|algorithm|(?:in|from) a (?:real )?studio|breathe|heart ?beat(?! monitor| sensor))\b(?! (?:vacuum|hoover|cleaner|mower|kit|hair|resources|size))"
)
"""What is left of the kind when no pattern fits: a human, a robot, an AI is spoken of, and no goods are."""
_OF_GOODS_ZH = re.compile(
    r"材质|面料|码|尺寸|多少钱|价|发货|快递|机洗|洗衣|水洗|适合|扫地|擦窗|洗地|真皮|皮革|棉|羊毛|香|味|毫升|现货|库存|包邮|优惠|颜色|质保"
)
_HOST_ZH = re.compile(
    r"你|您|主播|她|他|这人|这个人|声音|画面|直播|屏幕|镜头|对面|后面|背后|小姐姐|小哥哥|美女|帅哥"
)
_BEING_ZH = re.compile(
    r"真人|活人|人类|机器人|机器|虚拟|数字人|仿真|合成|程序|人工智能|(?<![a-z])ai(?![a-z])|录播|真实存在|存在|血肉|身份证|灵魂|意识|有生命|活的|假人|假的|算法|电脑"
)
_ZH_QUESTION = (
    r"(?:是不是|是否|是|算|有没有|到底|真的?是|确定是|不会是|难道是|该不会|莫非|还是).{0,6}(?:真人|活人|假人|机器人|人工智能|数字人|虚拟人|虚拟主播|仿真人|人类|电脑|合成|录播|录像|录的|录好|提前录|ai|ａｉ|a\.i|程序|机器|模型|npc|纸片人|智能体|换脸)(?!.{0,4}(?:材质|面料))",
    r"(?:真人|活人|假人|(?<![地窗机])机器人|人工智能|数字人|虚拟人|虚拟主播|录播|ai|智障机器)(?:在?播|直播|主播|客服)?.{0,4}(?:吗|么|嘛|吧|呢|不|没|？|\?|还是)",
    r"你(?:们)?(?:到底|究竟|真的|其实|不)?是.{0,2}(?:个)?(?:人|什么东西|什么玩意|啥东西|什么人|东西|活的|真的|假的|真是人)(?:吗|么|嘛|吧|不是|呢|啊|呀|？|\?|$)|你是什么(?:做的)?(?:？|\?|$)|你是人是(?:鬼|机)|是人还是|是真的?人|是真的?(?:还是|or)假|(?:主播|她|他|这个人|这人|小姐姐|这女的|这男的|人)(?:到底|究竟)?(?:是|是不是)?(?:真的?|假的?|活的)(?:吗|么|吧|呢|？|\?|还是|啊|$)",
    r"(?:有|是)(?:真)?人(?:在)?(?:吗|么|嘛|播|说话|操作|回)|(?:背后|后面|屏幕后|后台|那边|对面).{0,4}(?:有|是|坐)?(?:没有|不是)?.{0,3}(?:人|机器|程序)|谁在(?:播|说话|操作|控制|后面)",
    r"你(?:会|要|用|需要|是不是|能|不)?(?:不会|不用|不要|不需要)?(?:睡觉|吃饭|喝水|休息|上厕所|呼吸|眨眼|做梦|累|困|饿|疼|死)(?:吗|么|嘛|不|了|？|\?)|你(?:累|困|饿|渴)不(?:累|困|饿|渴)|你有(?:没有)?(?:感情|意识|灵魂|思想|心|身体|妈妈|爸爸|男朋友|女朋友|老公|老婆|对象|孩子|生日)|你(?:多大|几岁|今年|哪里人|哪儿人|结婚|单身|住哪)",
    r"(?:谁|哪家|哪个公司|什么公司).{0,4}(?:造|做|创造|开发|训练|设计|生成|发明|制作)(?:了|的|出)?你|你.{0,3}(?:谁|哪家|哪个公司).{0,2}(?:造|做|开发|训练|设计|创造|制作)|你(?:是|用).{0,8}(?:gpt|chatgpt|文心|豆包|deepseek|通义|千问|kimi|大模型|语言模型|哪个模型|什么模型|智谱)",
    r"证明.{0,6}(?:真人|是人|活人|不是ai|不是机器|真的)|(?:眨|挥|举|比|点|摇|摸|转).{0,6}(?:证明|看看是不是|如果是真|是真人)|你(?:敢|能)(?:说|承认).{0,6}(?:真人|ai|机器)",
    r"你?有血有肉|血肉之躯|(?:在|正|是)?(?:跟|和|与|同)(?:一?个|台)?(?:机器|ai|程序|电脑|人|真人|活人)(?:在)?(?:聊天|说话|对话|讲话|聊)|(?:能|会|可能)?(?:播|说)(?:这么|那么)久.{0,8}(?:人|ai|机器)",
    r"(?:脸|声音|形象|嘴|长相|样子).{0,6}(?:真的|假的|合成|生成|ai|克隆|换|p的|是不是|是你)(?:.{0,4}(?:吗|么|吧|？|\?)|$)|是直播(?:吗|么|还是|？|\?)|(?:现场|真的|实时)直播(?:吗|么|？|\?)|直播还是录",
)
_ZH_SAYS = (
    r"^\W*(?:又|原来|纯|这|这是|就是|全|都|一看就|感觉|像|怎么|主播|你|他|她|好像|居然|肯定|应该)*(?:是|像|又是|用)?(?:个)?(?:真人|(?<!扫地)机器人|人工智能|数字人|虚拟人|虚拟主播|假人|ai|录播|假主播|电脑合成|ai主播|ai生成|ai合成|机器)\W*(?:吧|啊|了|呀|的|播|在播|直播|主播)*\W*$",
    r"(?:主播|直播间?|你|她|他|这人).{0,4}(?:好|太|很|真|有点|挺)?(?:假|像ai|像机器|像假人|不像真人|不是真人|不像人|不是人|没有感情|面瘫)|ai(?:味|播|直播|主播|配音|合成|生成|换脸)|(?:机器|ai)(?:在播|味|声|腔)|真人(?:出来|主播呢|在哪)|换(?:成|个|一个)?(?:真人|活人)|要真人|找真人|转真人",
)
_WORD = re.compile(r"[^\W\d_]+")
_SCRIPTS: Mapping[str, str] = {
    "cyrillic": "\u0400-\u04ff", "arabic": "\u0600-\u06ff", "devanagari": "\u0900-\u097f", "bengali": "\u0980-\u09ff",
    "gurmukhi": "\u0a00-\u0a7f", "gujarati": "\u0a80-\u0aff", "tamil": "\u0b80-\u0bff", "telugu": "\u0c00-\u0c7f", "thai": "\u0e00-\u0e7f",
    "greek": "\u0370-\u03ff", "hebrew": "\u0590-\u05ff", "kana": "\u3040-\u30ff", "hangul": "\uac00-\ud7af", "han": "\u4e00-\u9fff",
}  # fmt: skip
_ACCENTED = re.compile(r"[^\x00-\x7f]")
_GATE = re.compile(
    r"silicon|sitting|character|organ|exist|breath|studio|born\b|simul|holo|made.up|manisk|riktig|ekte\b|rigtig|ihmi|clovek|skutec|ember\b|valodi|sztuc|"
    r"softw|chatt|heart|beat|flesh|blood|\bcode\b|actual|algor|automat|anybody|anyone|somebody|someone|artific|synth|cartoon|anim|puppet|"
    r"umain|masch|\brede\b|sprech|ngobrol|bicara|roboti|"
    r"real|human|robo|bot|\ba\.?i\b|fake|live|record|alive|machine|person|comput|gpt|cgi|avatar|virtual|you|\bu\b|behind|digital|model|sentient|deep|voice|face|generated|program|llm|npc|talk|"
    r"\bia\b|\bki\b|vera|vero|echt|verd|mensch|maquin|grava|graba|asli|manusia|gercek|insan|nguoi|tao\b|totoo|vrai|reel|umano|persona|czlow|prawdz|binad|pesin|wong|tenan|gia\b|that\b|beneran|orang|canli|dir[e]t+a|enreg|robi|mtu|halisi|yapay|sztucz|kunst|macchin|falso|falsa|nep\b|mens\b|persoon"
)
"""Words of which one stands in every Latin question of this kind: most chat is done with here."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`tongue`: code of the language that it was asked in. `question`: asked outright, not only said."""

    tongue: str
    question: bool


@dataclass(frozen=True, slots=True)
class _Tongue:
    code: str
    script: str
    asks: re.Pattern[str]
    reply: str


def asked_if_real(words: str) -> Asked | None:
    """Whether `words` (folded, see persona.intents.folded) ask or remark whether the host is a real, live person."""
    low = words.lower()
    if _HAN.search(low):
        goods = _OF_GOODS_ZH.search(low) is not None
        if _ZH_Q.search(low) and not (goods and not _HOST_ZH.search(low)):
            return Asked("zh", True)
        if _ZH_S.search(low) or (_BEING_ZH.search(low) and _HOST_ZH.search(low) and not goods):
            return Asked("zh", False)
    if _ACCENTED.search(low):
        for tongue in _tongues():
            if tongue.script != "latin" and _of(tongue.script).search(low) and tongue.asks.search(low):
                return Asked(tongue.code, True)
    plain = _unaccented(low)
    if not _GATE.search(plain):
        return None
    goods = not _HOST.search(plain) and bool(_OF_GOODS.search(plain) or kinds_in(plain))
    if _EN_Q.search(plain) and not goods:
        return Asked("en", True)
    foreign = next((t for t in _tongues() if t.script == "latin" and t.asks.search(plain)), None)
    if foreign is not None and _foreign(plain, foreign.code):
        return Asked(foreign.code, True)
    if _EN_S.search(plain) and not goods:
        return Asked("en", False)
    spoken_of = _BEING.search(plain) and not (_OF_GOODS.search(plain) or kinds_in(plain))
    return Asked("en", False) if spoken_of else None


def reply_in(tongue: str, shop: str) -> str:
    """The true answer in that language. Bug when it is not one of `tongues()`."""
    for known in _tongues():
        if known.code == tongue:
            return known.reply.format(shop=shop)
    raise Bug(f"No answer to 'are you real' in {tongue!r}.")


def tongues() -> tuple[str, ...]:
    """Codes of the languages that are known here."""
    return tuple(t.code for t in _tongues())


_ENGLISH = frozenset(
    "the is are was you your it this that what how do does can i a an of for with and or to in on my me we they have has will would there".split()
)
_SHARED = frozenset("e a o is i me the do in to on we has el or".split())
_OWN = {"vi": {"that"}, "nl": {"of"}, "tl": {"you", "are", "is", "real"}}
"""English words that a language has too, or mixes in."""


def _foreign(plain: str, code: str) -> bool:
    """A sentence made of English words is not in another language, whatever short words both have."""
    if code == "pcm":
        return True
    own = _SHARED | _OWN.get(code, set())
    return not any(word in _ENGLISH and word not in own for word in _WORD.findall(plain))


def _unaccented(low: str) -> str:
    """Latin letters without their marks: "você é" -> "voce e", "đ" -> "d", "ı" -> "i"."""
    if low.isascii():
        return low
    spread = unicodedata.normalize("NFD", low.replace("đ", "d").replace("ı", "i").replace("ł", "l"))
    return "".join(c for c in spread if not "\u0300" <= c <= "\u036f")


def _any(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in patterns))


_HAN = re.compile("[\u4e00-\u9fff]")
_EN_Q, _EN_S, _ZH_Q, _ZH_S = _any(_EN_QUESTION), _any(_EN_SAYS), _any(_ZH_QUESTION), _any(_ZH_SAYS)


@cache
def _of(script: str) -> re.Pattern[str]:
    return re.compile(f"[{_SCRIPTS[script]}]")


@cache
def _tongues() -> tuple[_Tongue, ...]:
    resource = files("persona").joinpath("tongues.yaml")
    table = yaml.safe_load(resource.read_text(encoding="utf-8"))
    return tuple(
        _Tongue(code, entry["script"], re.compile(entry["asks"]), entry["reply"])
        for code, entry in table.items()
    )
