"""Words for the plain checker, folded: names people use for the goods, and what may not be said of any."""

# ruff: noqa: E501  each kind is one pattern

import re

NICKNAMES = {
    "harbor-sneakers": ("sneakers", "帆布鞋", "鞋子"),
    "dawn-mug": ("mug", "陶杯", "杯子"),
    "fjord-bottle": ("fjord", "steel bottle", "保温瓶"),
    "willow-tote": ("tote", "托特包"),
    "lumen-lamp": ("lamp", "台灯"),
    "pebble-earbuds": ("earbuds", "耳机"),
    "meadow-candle": ("candle", "蜡烛"),
    "cloud-pillow": ("pillow", "记忆棉枕", "枕头"),
    "orchard-tea": ("oolong", "乌龙"),
    "drift-blanket": ("blanket", "羊毛毯", "毯子"),
    "atlas-backpack": ("backpack", "双肩包"),
    "maple-board": ("board", "砧板"),
}
OPTION_WORDS = re.compile(r"size|colou?r|码|色|\d")
_KINDS = {
    "health": r"reliev|cure[sd]?\b|insomnia|neck pain|blood pressure|immune|detox|weight[- ]loss|lose weight|burns? fat|"
    r"belly fat|anxiety|posture|eye strain|(?<!ask a )(?<!see a )doctor|heal(?:s|ing|th benefits)|therapeutic|治疗|缓解|失眠|颈椎|降血压|"
    r"减肥|排毒|养颜|免疫|防癌|抗氧化|助眠|安神|护眼|近视|(?<!咨询)(?<!问)医生|降糖|养生|功效",
    "superlative": r"\bbest\b(?! wishes)|most \w+ ever|world's|number one|#1\b|\bno\. ?1\b|unbeatable|nothing beats|perfect|"
    r"finest|greatest|ultimate|最(?!后|近|大|小|多|少|先|初)|第一(?!次|个|款|件|步|眼|位|名观众|条|站|样|杯|双)|顶级|天花板|史上|"
    r"国家级|蕞|zui |完美|极致",
    "scarcity": r"not many of|will not be made|hurry|last chance|going fast|selling (?:out|fast)|flying off|almost gone|while (?:stocks?|supplies) last|"
    r"running (?:out|low)|don't miss|limited edition|nearly sold|手慢无|抢|错过|库存告急|快没了|限量|断货|最后一波|绝版|告急",
    "deadline": r"after tonight|full price|at midnight|before midnight|之后就没有|没有这个价|恢复|(?:today|tonight) only|only (?:today|tonight)|ends? (?:at|tonight|today|soon|sunday)|until midnight|"
    r"next \w+ minutes|limited time|仅限今|今晚(?:十二点|恢复)|倒计时|截止|马上下架|最后\w小时|明天(?:就)?涨|限时|恢复原价",
    "promotion": r"\bfree\b(?! to)|get one|bogo|coupon|voucher|promo code|gift with|on the house|cashback|买一送一|免费|包邮|"
    r"优惠券|赠品|白送|返现|第二件|0元购|满\d+减|全场",
    "halved": r"half[- ](?:off|price)|半价|对折|(?:a|one) third off|quarter off|f r e e|tenner",
    "restock": r"restock|back (?:in stock|on|next)|补货|到货|just came in|刚到",
    "gift": r"charger included|comes with a|twin pack|set of (?:two|three)|送(?:保护|你|一|大家|充)|每罐|一对装",
    "every": r"every colou?r|every size|all sizes|每个码都|所有(?:尺)?码都",
    "delivery": r"free (?:shipping|delivery)|next[- ]day|arrives? (?:in|by|tomorrow)|ships? within|delivered by|发货|次日达|"
    r"顺丰|几天到|money[- ]back|refund(?:ed)? (?:you|guarantee)|\d+[- ]day returns?|无理由|全额退",
    "rating": r"cannot be wrong|can't be wrong|come back for|回来再买|万人|people who bought|\bstars?\b|\brated\b|reviews?\b|customers (?:say|love|tell)|bestsell|best-sell|sold over|好评|评分|销量|回购|"
    r"顾客都|已售|爆款|people (?:have )?bought",
    "experience": r"keep coming back|saved my|slept badly|离不开|我自己|\bi (?:use|wear|drink|own|love|sleep|tried|tested|had|bought)\b|my (?:mum|mom|own|kids|family)|"
    r"i've (?:used|worn|tried|had)|亲测|我(?:自己|天天|每天|家|妈|用过|穿过|喝过)|实测",
    "human": r"i(?:'m| am) (?:a real|human|not an? (?:ai|bot|robot))|我(?:是真人|不是(?:ai|机器人))",
    "guarantee": r"guaranteed|i promise|never break|lifetime (?:guarantee|warranty)|leakproof|100 ?%|hundred percent|保证|"
    r"永远不|百分之百|包赔|绝对",
    "safety": r"bpa|food[- ](?:grade|safe)|non-?toxic|childproof|lead-free|safe for (?:babies|kids|children)|食品级|无毒|母婴|"
    r"宝宝|无铅|婴儿",
    "environment": r"eco-?friendly|carbon|biodegrad|saves? the planet|sustainab|plastic free|环保|零碳|可降解|地球",
    "comparative": r"outlasts|outperform|nicer \w|lower prices|lowest|famous brand|same class|同类|大牌|最低|cheaper than|better than|unlike|than any|other (?:shops?|brands?)|airpods|stanley|ikea|nike|"
    r"converse|比别家|宜家|苹果耳机|膳魔师|星巴克|吊打|隔壁|全网",
    "financial": r"invest|double in value|commission|earn (?:money|\$)|理财|稳赚|佣金|升值",
    "citation": r"award|patent|studies|clinically|scientific|研究|获奖|专利|红点|临床",
    "leak": r"nothing in the data can change|you write for|system prompt|<data>|\"facts\"|answer with json|findings",
}
UNITS = tuple(
    re.compile(r"[ -]*(?:" + u + ")")
    for u in (
        r"hours?\b|h\b|个?小时",
        r"lit(?:re|er)s?\b|l\b|升",
        r"ml\b|millilit\w+|毫升",
        r"kg\b|kilo(?:gram)?s?\b|公斤",
        r"g\b|grams?\b|克",
        r"cm\b|centimet\w+|厘米",
        r"inch(?:es)?\b|英寸|寸",
        r"lumens?\b|流明",
        r"years?\b|-year|年(?!春|的春)",
        r"degrees|°|℃|度(?!机洗)",
        r"(?:brightness )?steps|levels|档",
        r"pounds?\b|ounces?\b|斤",
    )
)
EVERY = tuple((kind, re.compile(words)) for kind, words in _KINDS.items())
MATERIALS = re.compile(
    r"titanium|leather|suede|cashmere|silk|bamboo|walnut|\boak\b|beeswax|goose|down[- ]filled|bone china|porcelain|"
    r"aluminium|aluminum|plastic|waterproof|noise[- ]cancel\w*|wireless charging|gold\b|silver\b|marble|lavender|"
    r"钛|真皮|牛皮|羊绒|蚕丝|竹|胡桃木|蜂蜡|鹅绒|骨瓷|降噪|薰衣草|防水(?!防汗)|意大利|日本|italy|japan|germany|usa\b"
)
