# ruff: noqa: E501 - tables of patterns read better unbroken
"""What a viewer's message asks for. Ordered patterns, the first that fits wins; deterministic and explainable."""

import re
import unicodedata
from enum import StrEnum


class Intent(StrEnum):
    """COMMAND: somebody tries to give the host orders. CHATTER: nothing is asked."""

    COMMAND = "command"
    ABUSE = "abuse"
    HEALTH = "health"
    AI = "ai"
    WHO = "who"
    ORDER = "order"
    RETURNS = "returns"
    SHIPPING = "shipping"
    SPEC = "spec"
    DISCOUNT = "discount"
    PRICE = "price"
    HOW_TO_BUY = "how_to_buy"
    HOW_MANY = "how_many"
    OPTIONS = "options"
    RECOMMEND = "recommend"
    AVAILABILITY = "availability"
    ABOUT = "about"
    GREETING = "greeting"
    THANKS = "thanks"
    BYE = "bye"
    UNCLEAR = "unclear"
    CHATTER = "chatter"


_PATTERNS: tuple[tuple[Intent, str], ...] = (
    (
        Intent.COMMAND,
        r"\b(ignore|disregard|forget|override|bypass)\b.{0,30}\b(instruction|prompt|rule|previous|above|polic|everything|"
        r"training|guideline)|\b(system|hidden|initial) prompt|\byou are now\b|\bpretend (to|you|that)|\bact as\b|"
        r"\broleplay|\brepeat after me|\bjailbreak|\b(developer|debug|admin|god) mode\b|\bfrom now on\b|\bnew instructions?\b|"
        r"\b(set|change|lower|drop|make|update) (the |its |all )?prices?\b|\bmake it (free|\$)|\b(tell|promise) (everyone|every ?body|them|viewers)\b|"
        r"\bannounce (that|to)\b|^(please )?(say|shout|read out|sing|curse|swear|print|output|execute|run)\b(?!,)|"
        r"\bprint your\b|\breveal your\b|<\|?(system|im_start)|\[/?inst\]|^\s*(system|assistant)\s*:|\bsudo\b|"
        r"忽略.{0,12}(指令|提示|规则|设定|要求|命令|以上|之前|前面)|无视.{0,10}(指令|规则|提示|设定)|忘(记|掉).{0,10}(指令|规则|设定|身份)|系统提示|提示词|"
        r"你现在(是|扮演|变成)|假装(你|自己)?|扮演|跟我(念|说|读)|重复我|改(一下)?(价|价格)|把.{0,8}(价格|价钱).{0,4}(改|调|降|设)|从现在(起|开始)|"
        r"(大声|给我)(念|喊|说|骂)|开发者模式|越狱|告诉(大家|所有人|观众)|输出你的|宣布",
    ),
    (
        Intent.ABUSE,
        r"\b(fuck\w*|shit\w*|bitch\w*|cunt|asshole|dickhead|bastard|moron|retard\w*|idiot|stupid (bot|host|ai|cow)|nigg\w+|"
        r"faggot|whore|slut|kill yourself|kys|go die|i will (kill|find) you)\b|"
        r"傻[逼比b叉]|煞笔|沙雕|妈的|他妈|操你|草泥马|去死|滚(蛋|开|出)?$|垃圾(主播|东西)|脑残|智障|婊子|贱人|白痴|废物|王八蛋|狗东西",
    ),
    (
        Intent.HEALTH,
        r"\b(cure|heal|treat|relieve|pain|insomnia|diabet\w+|cancer|blood (pressure|sugar)|weight loss|lose weight|"
        r"immune|disease|migraine|headache|back ?ache|anxiety|medical|medicine|allerg\w+|eczema|detox|sleep better|"
        r"healthy|health|pregnan\w+)\b|"
        r"治|疗效|失眠|颈椎|腰椎|疼|痛|高血压|血压|血糖|糖尿病|减肥|瘦身|免疫|养生|癌|过敏|湿疹|药|副作用|孕妇|助眠|安神|排毒|降火|上火|缓解",
    ),
    (
        Intent.AI,
        r"\b(are|r) (you|u|ya)\b.{0,24}\b(real|human|robot|bot|ai|a\.i|person|alive|fake|live|recorded|recording|computer|"
        r"machine|program|android|cgi|avatar|virtual|generated|chat ?gpt)\b|\bu real\b|\byou('re| are) (not )?(a )?(real|human|robot|bot|"
        r"ai|fake)\b|\bis (this|she|he|it|that)\b.{0,16}\b(real person|human|robot|bot|ai|live|recorded|recording|a person|real|cgi|deep ?fake|avatar|"
        r"prerecorded|virtual)\b|\b(real|actual|human) (person|being|host)\b|\b(talking|speaking|chatting) (to|with) (a|an)\b.{0,12}\b(bot|ai|robot|human|"
        r"machine|person)\b|\bchat ?gpt\b|\bdeep ?fake\b|^(ai|bot|robot|human|fake|cgi)\s*[?!]*$|\bai (host|generated|voice|streamer|or)\b|"
        r"\b(language model|llm)\b|真人|机器人|人工智能|数字人|虚拟(人|主播|的)|是.{0,4}(ai|人吗|人么|人类)|ai.{0,4}(吗|主播|生成|合成|播)|录播|录像|"
        r"活人|假人|合成的|电脑(生成|合成)|是人还是",
    ),
    (
        Intent.WHO,
        r"\b(who are you|what'?s your name|your name|who is (this|talking|the host))\b|你是谁|你叫(什么|啥)|主播叫|怎么称呼",
    ),
    (
        Intent.ORDER,
        r"\b(my|the) (order|package|parcel|delivery|item|refund|purchase)\b.{0,40}\b(where|late|not|n't|never|missing|lost|wrong|broken|damaged|"
        r"status|arriv|still|cancel)|\bwhere('s| is| are)? my\b|\border (number|status|#|no\b)|\b(cancel|track|change) (my|an|the) order|"
        r"\b(has ?n.?t|have ?n.?t|did ?n.?t|never|not) (yet )?(arriv\w*|come|show|ship\w*|receiv\w*|got)|\breceived (the )?(wrong|broken|damaged)|"
        r"\bi (ordered|bought|paid)\b|\bcomplain\w*|\bcharged twice|\btracking\b|\bcustomer (service|support|care)\b|"
        r"我的(订单|快递|包裹|货|东西)|订单|还没(到|收到|发|给)|没收到|没发货|发错|少发|漏发|投诉|坏了|破损|退款|我买的|我昨天|客服|下单了.{0,8}(没|还)",
    ),
    (
        Intent.RETURNS,
        r"\b(return|returns|returned|refund\w*|exchange|money back|send (it|them) back)\b|退货|退换|能退|可以退|退吗|换货|能换|七天|无理由|运费险",
    ),
    (
        Intent.SHIPPING,
        r"\b(ship|ships|shipped|shipping|deliver\w*|postage|courier|customs|arriv\w*|free delivery)\b|"
        r"发货|快递|物流|运费|包邮|邮费|几天到|多久到|多久能到|什么时候到|寄(到|往|给)|发(到|往|国外|海外)|配送|送到",
    ),
    (
        Intent.SPEC,
        r"\bhow (heavy|light|big|large|long|tall|wide|thick|bright|warm|loud|many (ml|litres?|liters?|hours|lumens|grams))\b|"
        r"\bhow much\b.{0,20}\b(weigh|hold|fit|carry|water|liquid|space)|\bmade (of|from|in|by)\b|\bwhere.{0,20}\bfrom\b|\bis (it|this|that) (\w+ )?(proof|safe|made)\b|"
        r"\bhow long\b.{0,30}\b(last|charge|burn|keep|hot|cold|battery)|"
        r"什么(材质|材料|料|面料|做的|做|牌子|味|香味)|材质|面料|材料|多(大|重|长|宽|高|厚|深)(?!码)|几斤|尺寸|容量|能装|重量|产地|哪里(产|做|生产)|保温|续航|防水|洗|微波|保修|质保|充电|蓝牙|亮度",
    ),
    (
        Intent.DISCOUNT,
        r"\b(discount\w*|coupon\w*|promo\w*|voucher|on sale|cheaper|deals?|offers?|percent off|% off|bargain)\b|优惠|折扣|打折|几折|便宜(点|些|吗|一)|券|活动|满减|降价|少点",
    ),
    (
        Intent.PRICE,
        r"\bhow much\b|\bprices?\b|\bpriced\b|\bcosts?\b|\bexpensive\b|\bwhat.{0,12}\b(charge|pay)\b|多少钱|价格|价钱|什么价|怎么卖|几块|几钱|贵不贵|贵吗|多少(米|刀|美元|元|美金)|报(个|下)价|啥价",
    ),
    (
        Intent.HOW_TO_BUY,
        r"\bhow (do|can|to|would) ?(i|we|you)? ?(buy|order|get|purchase|pay)\b|\bwhere (do|can|to) ?(i|we)? ?(buy|order|get|find|click|tap)\b|怎么(买|下单|拍|购买|付款)|(哪里|哪儿|在哪|哪)(能)?买|链接(在哪|呢|是)|求链接",
    ),
    (
        Intent.HOW_MANY,
        r"\bhow many\b.{0,30}\b(left|stock|remain\w*|available|have|are there)\b|\bhow many (left|pairs|pieces)|还(剩|有)(多少|几)|(剩|库存)(多少|几)|库存.{0,3}(多少|几)|有多少(件|双|货|库存)",
    ),
    (
        Intent.OPTIONS,
        r"\b(what|which)\b.{0,14}\b(sizes?|colou?rs?|options?|versions?|variants?|shades?|models?)\b|\b(sizes|colou?rs)\s*\?|\bother (sizes?|colou?rs?)\b|"
        r"\bsize (range|chart|guide)\b|(什么|哪些|哪几|有几|几)(个|种)?(尺码|码|颜色|款式|色|款|规格)|(尺码|颜色|款式|规格)(有|都有|是)?(哪些|什么|多少|几)|码数|别的(颜色|尺码)",
    ),
    (
        Intent.RECOMMEND,
        r"\b(recommend\w*|suggest\w*|which (one )?(should|would|is (better|nicer|good))|what should i|gift idea|favou?rite)\b|推荐|哪(款|个|双|件)(好|合适|更|比较)|送(人|礼|女|男|妈|爸|朋友)|你(最)?喜欢",
    ),
    (
        Intent.AVAILABILITY,
        r"\b(do|does|did|have|has|are|is|got|any|can i (get|have|order)|u got)\b.{0,40}\b(available|stock|left|sold out|in size|size \w+|in (black|white|red|blue|green|"
        r"\w+)\?)|\bin stock\b|\bavailab\w+\b|\bsold out\b|\brestock\w*\b|\bany .{0,16}left\b|\b(do|have) (you|u|ya|they) (still )?(have|got|sell|carry|stock)\b|"
        r"\bgot (any|a|it|the|size|this)\b|\bis there (a|an|any)\b|\b(do|does) (it|this|they|that|these|the \w+) come in\b|\bback in\b|\bcan i get\b|"
        r"还有|有没有|有货|有吗|有么|有嘛|没货|售罄|断码|补货|现货|有[^什哪]{1,12}(吗|么|嘛|不|没)|缺货|到货",
    ),
    (
        Intent.ABOUT,
        r"\b(tell me (more )?about|what('s| is| are) (this|that|it|the|link|number|these|those)|show (me|us)|describe|more (info|information|details?)|"
        r"talk about|go back to|explain|can (we|i|you) see|introduce)\b|介绍|讲讲|讲一下|说说|说一下|看看|看一下|是什么|啥东西|讲解|详细",
    ),
)
_COMPILED = tuple((intent, re.compile(pattern, re.IGNORECASE)) for intent, pattern in _PATTERNS)
_SMALL_TALK = (
    (
        Intent.THANKS,
        re.compile(r"\b(thanks?|thank you|thx|ty|cheers)\b|谢谢|感谢|多谢|谢啦|辛苦", re.IGNORECASE),
    ),
    (
        Intent.BYE,
        re.compile(
            r"\b(bye|goodbye|good ?night|see you|cya|gotta go)\b|再见|拜拜|晚安|下次见|先走了", re.IGNORECASE
        ),
    ),
    (
        Intent.GREETING,
        re.compile(
            r"^\W*(hi+|hey+|hello+|hiya|howdy|good (morning|afternoon|evening|day)|greetings|yo|sup)\b|"
            r"^\W*(你好|您好|哈喽|哈啰|嗨|大家好|早上好|下午好|晚上好|早安|主播好|来了|报到|第一次来)",
            re.IGNORECASE,
        ),
    ),
)
_ASKS = re.compile(
    r"[?？]|^(what|which|who|where|when|why|how|is|are|do|does|did|can|could|will|would|should|has|have)\b|"
    r"[吗么呢嘛]\W*$|什么|怎么|哪|多少|几|为什么|为啥|咋|能不能|可不可以|是不是|会不会|好不好",
    re.IGNORECASE,
)

_YES_NO = re.compile(
    r"^(so |and |but |hey,? |hi,? )?(is|are|was|does|do|can|could|will|would|has|have)\b.+\s|[吗么嘛]\W*$|能不能|可不可以|是不是|会不会|好不好",
    re.IGNORECASE,
)


def folded(text: str) -> str:
    """The form that patterns are written for: compatibility characters resolved, invisible ones gone, one space."""
    text = unicodedata.normalize("NFKC", text).replace("’", "'")
    return " ".join(
        "".join(c for c in text if unicodedata.category(c) not in {"Cf", "Cc"} or c.isspace()).split()
    )


def intent_of(text: str) -> Intent:
    """The Intent of a message in English or Chinese. What only asks something is UNCLEAR, what does not is CHATTER."""
    words = folded(text)
    for intent, pattern in _COMPILED:
        if pattern.search(words):
            return intent
    for intent, pattern in _SMALL_TALK:
        if pattern.search(words):
            return intent
    return Intent.UNCLEAR if _ASKS.search(words) else Intent.CHATTER


def is_yes_no(text: str) -> bool:
    """Whether it asks if something is so ("will it fit wide feet", "尺码偏大吗"): the page says so, or nobody knows."""
    return _YES_NO.search(folded(text)) is not None
