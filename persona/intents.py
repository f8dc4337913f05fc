# ruff: noqa: E501 - tables of patterns read better unbroken
"""What a viewer's message asks for. Ordered patterns, the first that fits wins; deterministic and explainable."""

import re
import unicodedata
from enum import StrEnum

from persona.reality import asked_if_real
from persona.spelling import mended
from products.han import kana, simplified


class Intent(StrEnum):
    """COMMAND: somebody tries to give the host orders. CHATTER: nothing is asked. LIKENESS: whose face or voice it is
    and by whose leave. SHOP: about the shop itself. FIT: which size to take. GOODS: what is sold (below a price).
    """

    COMMAND = "command"
    ABUSE = "abuse"
    HEALTH = "health"
    AI = "ai"
    LIKENESS = "likeness"
    WHO = "who"
    ORDER = "order"
    RETURNS = "returns"
    SHIPPING = "shipping"
    PAYMENT = "payment"
    SHOP = "shop"
    COMPARE = "compare"
    FIT = "fit"
    DEADLINE = "deadline"
    ELSEWHERE = "elsewhere"
    GOODS = "goods"
    NEXT = "next"
    SPEC = "spec"
    DISCOUNT = "discount"
    PRICE = "price"
    HOW_TO_BUY = "how_to_buy"
    HOW_MANY = "how_many"
    OPTIONS = "options"
    RECOMMEND = "recommend"
    AVAILABILITY = "availability"
    ABOUT = "about"
    OFF_TOPIC = "off_topic"
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
        r"\bprint your\b|\breveal your\b|<\|?(system|im_start)|\[/?inst\]|\[\s*(system|admin|developer)\b|^\W*repeat\b|^\s*(system|assistant)\s*:|\bsudo\b|"
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
        r"healthy|health|pregnan\w+|arthritis|snor\w+|acne|wrinkles?|(help|good|better) (for |with )?(my|your|the) (neck|back|knees?|joints?|skin|stomach|spine|heart|liver))\b|"
        r"治|疗效|失眠|颈椎|腰椎|疼|痛|高血压|血压|血糖|糖尿病|减肥|瘦身|免疫|养生|癌|过敏|湿疹|药|副作用|孕妇|助眠|安神|排毒|降火|上火|缓解",
    ),
    (
        Intent.LIKENESS,
        r"\bwho(se|'s| is|s) (face|voice|likeness|body|picture|image|avatar)\b|\bwho (are|is|r) (you|this|she|he) (modell?ed|based|cloned|copied|made)\b|\b(who|what) (gave|granted|signed)\b.{0,24}\b(licen[cs]e|permission|consent)|"
        r"\b(licen[cs]e|permission|consent|rights?)\b.{0,24}\b(face|voice|likeness|image|person|clone|use you|appear)|\b(did|does|do) (she|he|they|the (real )?(person|woman|man|model|actor|actress))\b.{0,24}\b(consent|agree|permi|get paid|know)|"
        r"\bunder (what|whose|which) licen[cs]e|\bare you (a |an )?(clone|copy|digital twin)\b|\bwho('s| is) the (real|original) (person|woman|man|girl|guy|human)\b|"
        r"谁的(脸|声音|形象|肖像|长相)|(脸|声音|形象|肖像).{0,4}是谁的|谁(给)?.{0,2}授权|(有|得到|经过|取得).{0,4}授权|授权(了)?(吗|么|没|书)|肖像权|原型是谁|本人(知道|同意|授权)|克隆(了)?谁|照着谁|以谁为原型",
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
        r"我的(订单|快递|包裹|货|东西)|订单|还没(到|收到|发|给)|没收到|没发货|发错|少发|漏发|投诉|坏了|破损|退款|我买的|我(昨天|前天|上周|上次|上个月|刚刚?|之前).{0,4}(买|拍|下单|订|收到)|(碎|裂|破|烂|坏|漏|少)了|质量(问题|太差)|客服|下单了.{0,8}(没|还)",
    ),
    (
        Intent.ELSEWHERE,
        r"\b(cheaper|better|same|less|more expensive|differ\w*|compar\w*|price)\b.{0,24}\b(on|at|than|to|from|with) (amazon|ebay|temu|shein|walmart|target|ali ?express|taobao|other (shops?|stores?|sites?|brands?|sellers?)|elsewhere)|"
        r"\b(amazon|temu|shein|walmart|ali ?express|ebay)\b|(比|跟|和).{0,4}(别家|别的(店|直播间)|其他(店|家)|淘宝|京东|拼多多|天猫|抖音|亚马逊|线下)|(别家|拼多多|淘宝|京东|亚马逊|天猫|隔壁).{0,8}(便宜|卖|才|只要|贵|多少)|全网最低|比价|保价",
    ),
    (
        Intent.PAYMENT,
        r"\b(pay|paying|payment)\b.{0,20}\b(with|by|via|in|method|option|later|card|cash|how|instal\w*)\b|\b(paypal|apple ?pay|google ?pay|klarna|afterpay|visa|mastercard|amex|credit card|debit card|crypto|bitcoin|instal?lments?|cash on delivery|alipay|we ?chat ?pay)\b|"
        r"花呗|支付宝|微信(支付|付)|信用卡|货到付款|分期|白条|付款方式|怎么付(钱)?|刷卡|先用后付|开(发)?票|发票",
    ),
    (
        Intent.RETURNS,
        r"\b(return|returns|returned|refund\w*|exchange|money back|send (it|them) back)\b|退货|退换|能退|可以退|退吗|换货|能换|七天|无理由|运费险",
    ),
    (
        Intent.SHIPPING,
        r"\b(ship|ships|shipped|shipping|deliver\w*|postage|courier|customs|arriv\w*|free delivery)\b|"
        r"发货|快递|物流|运费|包邮|邮费|(几|多少)天(能|可以|才|就|会)?(到|收到|送到)|(多久|哪天|何时|啥时候)(能|可以|才|就|会)?(到|收到)|当天发|多久能到|什么时候到|寄(到|往|给)|发(到|往|国外|海外)|配送|送到",
    ),
    (
        Intent.SHOP,
        r"\b(where|in which (city|country|town)) (are|is|r) (you|your|the) ?(\w+ )?(located|based|shop|store|company|warehouse|office)?\s*[?]*$|\bwhere are you (located|based)\b|\b(do|does) (you|u|the shop) have (a |an |any )?(\w+ )?(store|shop|showroom|website|instagram|outlet|branch|app)\b|"
        r"\b(opening|business|store) hours\b|\b(are|is) (you|the (shop|store)) (still )?(open|closed)\b|\bwhen (do|does|are) (you|the (shop|store)) (open|close)|\b(phone|contact) (number|info|details)\b|\bhow (can|do) i (contact|reach)\b|\bwhen('s| is) (the )?(next|your next) (stream|live|show)|\bare you (the |an? )?(official|factory|manufacturer|brand|authori[sz]ed)\b|"
        r"(你们|店|公司|仓库|工厂).{0,4}在(哪|什么地方)|实体店|线下店|门店|几点(开|关|下播|开播|结束)|营业(时间|到)|营业执照|官方(旗舰)?店吗|厂家(直销)?吗|是厂家|联系(方式|电话)|下(次|场|一场)(直播|什么时候)|明天(还)?(播|直播)|播到几点",
    ),
    (
        Intent.FIT,
        r"\b(true to size|run(s)? (big|small|large|true|narrow|wide|tight)|(fits?|fitting) (big|small|large|tight|true|snug)|size (up|down)|what size (should|do|would|am|for)|which size (should|do|would|for)|half sizes?|wide (feet|foot)|narrow (feet|foot))\b|"
        r"\bi('m| am)? (usually |normally )?(wear|take|am)? ?(an? )?(us|uk|eu|size|eur)? ?\d{1,2}(\.5)?\b.{0,30}\b(size|fit|take|order|get)\b|\bi (wear|usually wear|normally wear|take)\b|\b(us|uk) \d{1,2}\b|"
        r"偏(大|小|码)|正码|标准码|(穿|要|选|买|拿)(多大|几|什么|哪个)码|穿多少码|脚(长|宽|背|胖|瘦)|高脚背|胖脚|宽脚|半码|(身高|体重|\d{2,3}斤|1[4-9]\d).{0,10}(穿|码|多大)|码数(准|正)",
    ),
    (
        Intent.DEADLINE,
        r"\b(when|how long|until when|till when|what time)\b.{0,30}\b(sale|offer|discount|deal|price|promo\w*)\b|\b(sale|offer|discount|deal|price)\b.{0,16}\b(end|ends|ending|over|expire\w*|last|valid|tomorrow|tonight)\b|(优惠|活动|折扣|价格|打折|特价).{0,8}(到(什么|啥)?时候|多久|几点|截止|结束|哪天|明天还)|什么时候(结束|截止|涨价|恢复原价)|明天还(是|有)这个价",
    ),
    (
        Intent.COMPARE,
        r"\b(which|what)('s| is| one)?\b.{0,24}\b(cheaper|better|lighter|heavier|bigger|smaller|more expensive|larger)\b|\bdifferen(ce|t)s?\b.{0,10}\bbetween\b|\bcompare[ds]?\b|\bversus\b|\bvs\.?\b|\b(together|in total|both of them|altogether|combined)\b|"
        r"(有什么|啥)(区别|不同|不一样)|区别|对比|哪个(更)?(便宜|贵|轻|重|大|小|好)|比.{0,8}(便宜|贵|轻|重|大|小)(吗|么|多少)|一起(买)?(多少|要|一共)|一共(多少|要)|加起来|总共",
    ),
    (
        Intent.GOODS,
        r"^(?!.*(\bsizes?\b|\bcolou?rs?\b|\boptions?\b|\bversions?\b|\bdiscount|码|颜色|款式|规格|优惠|活动|折扣)).*?(?:\bwhat('s| is| are| do| else|)\b.{0,12}\b(you|u|ya)? ?(sell(ing)?|got|have|offer|there)\b.{0,24}(\b(under|below|less than|cheaper than|for under|around|up to)\b|\?*$)|\b(what|which|any) (\w+ )?(products?|items?|things?|stuff|goods)\b.{0,20}\b(have|sell|there|available|got|stock|under|below|offer)\b|\b(anything|something|what|products?|items?)\b.{0,12}\b(under|below|less than|cheaper than)\b|\b(what else|show me (everything|all)|list (of )?(the |your |all )?(products?|items?))\b|"
        r"\b(cheapest|least expensive|lowest priced|most expensive|priciest)\b|\b(best|top|hottest|most popular) ?-?sell(er|ers|ing)\b|\bmost popular\b|\b(popular|sells? (the )?best)\b|"
        r"(都)?(有|卖|上)(些)?(什么|啥|哪些)(商品|产品|东西|宝贝|货|好货|好东西)|(都)?(有|卖)(些)?(什么|啥)\W*$|(还|都)(有|卖)(些)?(什么|啥|哪些)(?!颜色|尺码|码|款|色|规格)|(\d+|[一二三四五六七八九十百两]+)(元|块|美元|美金|刀)?(钱)?(以下|以内|之内|内)|低于|不到(\d+)|(最便宜|最贵|价格最低|价格最高)|卖得(最|更)?(好|多|火)|(爆款|热卖|销量|最火|最受欢迎|热门))",
    ),
    (
        Intent.NEXT,
        r"\bwhat('s| is| are|s| comes)? (up |coming )?next\b|\bnext (one|product|item|please)\b|\bwhen (do|will|are) (you|u) (show|present|get to|talk about)\b|(下一个|下个|下一款|接下来|等会儿?|待会儿?).{0,6}(什么|啥|是|讲|上|播|介绍)|什么时候(讲|上|介绍|播)(?!市)|轮到",
    ),
    (
        Intent.SPEC,
        r"\bhow (heavy|light|big|large|long|tall|wide|thick|bright|warm|loud|many (ml|litres?|liters?|hours|lumens|grams))\b|"
        r"\bhow much\b.{0,20}\b(weigh|hold|fit|carry|water(?! ?bottle)|liquid|space)|\bmade (of|from|in|by)\b|\bwhere.{0,20}\bfrom\b|\bis (it|this|that) (\w+ )?(proof|safe|made)\b|"
        r"\bhow long\b.{0,30}\b(last|charge|burn|keep|hot|cold|battery)|"
        r"什么(材质|材料|料|面料|做的|做|牌子|味|香味)|材质|面料|材料|多(大|重|长|宽|高|厚|深)(?!码)|几斤|尺寸|容量|能装|重量|产地|哪里(产|做|生产)|保温(?![瓶杯壶])|续航|防水|洗|微波|保修|质保|充电|蓝牙|亮度",
    ),
    (
        Intent.DISCOUNT,
        r"\b(discount\w*|coupon\w*|promo\w*|voucher|on sale|cheaper|deals?|offers?|percent off|bargain)\b|\d ?% ?off\b|[一二三四五六七八九半]折|买.送.|优惠|折扣|打折|几折|便宜(点|些|吗|一)|券|活动|满减|降价|少点",
    ),
    (
        Intent.PRICE,
        r"\bhow much\b|\b(what|how) (was|were) (it|they|this|these|the \w+) (before|originally)\b|原价|(原来|之前|以前|原先)(卖|是|要)?多少|(卖|要)多少(?!件|双|个|码)|(便宜|降)了(吗|多少|没|么|嘛)|划线价|\bprices?\b|\bpriced\b|\bcosts?\b|\bexpensive\b|\bwhat.{0,12}\b(charge|pay)\b|多少钱|价格|价钱|什么价|怎么卖|几块|几钱|贵不贵|贵吗|多少(米|刀|美元|元|美金)|报(个|下)价|啥价|\b(is|it'?s|this|that|costs?)\b.{0,12}([$€£¥]\s?\d|\b\d+(\.\d+)? ?(dollars|bucks|usd|yuan|euros?|pounds?)\b)|\b(is|it'?s|this|so|are they|they'?re)\b.{0,14}\bfree\b(?! (of|from|shipping|delivery|returns?))\W*$|是?\d+(\.\d+)?(元|块|美元|刀)(钱)?(吗|么|吧|是吗|对吗)|免费(送)?(吗|么|的吗)|白送|不要钱|(怎么|为什么|为啥).{0,4}(贵|便宜)|\bso (cheap|expensive)\b|\btoo (expensive|much)\b|太贵",
    ),
    (
        Intent.HOW_TO_BUY,
        r"\bhow (do|can|to|would) ?(i|we|you)? ?(buy|order|get|purchase|pay)\b|\bwhere (do|can|to) ?(i|we)? ?(buy|order|get|find|click|tap)\b|\b(which|what) link\b(?=\W*$)|怎么(买|下单|拍|购买|付款)|(哪里|哪儿|在哪|哪)(能|可以)?(买|下单|拍(?!的)|付款)|链接(在哪|呢|是)|求链接",
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
        r"^\W*(the|a|any|that|this)?\s*(black|white|red|blue|green|yellow|pink|purple|brown|gr[ae]y|orange|beige|silver|gold|navy|teal|tan|olive|sand) (one|ones|pair|colou?r)\W*$|^\W*(那|这)?个?\w{1,4}色?的(那个|这个|款|呢)?\W*$|"
        r"\b(do|does|did|have|has|are|is|got|any|can i (get|have|order)|u got)\b.{0,40}\b(available|stock|left|sold out|in size|size \w+|in (black|white|red|blue|green|"
        r"\w+)\?)|\bin stock\b|\bavailab\w+\b|\bsold out\b|\brestock\w*\b|\bany .{0,16}left\b|\b(do|have) (you|u|ya|they) (still )?(have|got|sell|carry|stock)\b|"
        r"\bgot (any|a|it|the|size|this)\b|\bis there (a|an|any)\b|\b(do|does) (it|this|they|that|these|the \w+) come in\b|\bback in\b|\bcan i get\b|\b(can|could) (i|we) (still )?(buy|order|purchase|have)\b|还能(买|拍|下单)|能买(吗|到)|"
        r"还有|有没有|有货|有吗|有么|有嘛|没货|售罄|断码|补货|现货|有[^什哪]{1,12}(吗|么|嘛|不|没)|缺货|到货",
    ),
    (
        Intent.ABOUT,
        r"^\W*(and )?(the )?(previous|last|earlier) (one|product|item)\W*$|\bwhat (was|were) (that|this|the (previous|last)|it)\b|^\W*(上|前)一?(个|款|件|双|条)(商品|产品|东西)?(呢|是啥)?\W*$|^\W*(the )?(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last) (one|product|item|link)\W*$|^\W*(show )?(me )?link #?\d{1,3}\W*(please|pls|plz)?\W*$|^\W*第?[一二两三四五六七八九十\d]+[个款件号](链接)?\W*$|\bcan you (show|explain|describe|present)\b|(能|可以)?(再)?(看|讲|介绍|展示).{0,3}(一?下|一遍)|"
        r"\b(tell me (more )?about|what('s| is| are) (this|that|it|the|link|number|these|those)|show (me|us)|describe|more (info|information|details?)|"
        r"talk about|(go )?back to (the )?\w+|explain|can (we|i|you) see|introduce)\b|介绍|讲讲|讲一下|说说|说一下|看看|看一下|是什么|啥东西|讲解|详细",
    ),
)
_OFF_TOPIC = re.compile(
    r"\b(president|prime minister|election|politic\w*|trump|biden|putin|xi jinping|war|ukrain\w*|israel|gaza|palestin\w*|taiwan|tiananmen|religion|god|jesus|allah|bitcoin|stocks?(?= market)|stock market|football|soccer|nba|world cup|weather|"
    r"homework|essay|poem|joke|song|story|recipe|python|javascript|code|capital of|meaning of life|movie|anime|lottery|horoscope|covid|vaccine|celebrity|taylor swift|your opinion|favou?rite (colou?r|food|movie|song))\b|"
    r"\bwhat('s| is)? (the )?(time|date|day)( is it| today)?\b|\b\d+ ?[-+*/x×÷] ?\d+ ?(=|\?|equals)|\bwrite (me )?an?\b|\btranslate\b|\btell me an? (joke|story|secret)\b|"
    r"总统|主席|选举|政治|习近平|特朗普|拜登|普京|战争|台湾|香港|新疆|宗教|上帝|比特币|股票|股市|天气|作业|作文|写(一)?(首|篇|段)|讲(个|一个)(笑话|故事)|唱(首|个)|彩票|星座|电影|足球|世界杯|疫情|翻译|代码|编程|几点了|现在几点|今天(几号|星期)|\d+ ?[-+加减乘除×÷*] ?\d+ ?(=|等于|是多少)",
    re.IGNORECASE,
)
_COMPILED = tuple((intent, re.compile(pattern, re.IGNORECASE)) for intent, pattern in _PATTERNS)
_ONLY_PRICE = re.compile(r"^[^，,。？?吗么]*(?:多少钱|什么价|啥价|几块钱?|怎么卖)[^，,。？?吗么]*[？?。]*$")
"""One question, of the price: what else it names (蓝牙耳机, 防水背包) is what the goods are called."""
_BEFORE_REMARKS = {Intent.COMMAND, Intent.ABUSE, Intent.LIKENESS, Intent.ORDER}
_CERTAIN = {Intent.COMMAND, Intent.ABUSE, Intent.HEALTH, Intent.AI, Intent.LIKENESS, Intent.WHO, Intent.ORDER}
"""What a message is in the letters that it has; all else may be something else with a word mended."""
_LIKENESS = next(pattern for intent, pattern in _COMPILED if intent is Intent.LIKENESS)
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
    r"[吗么呢嘛]\W*$|什么|怎么|哪|多少|几|为什么|为啥|咋|能不能|可不可以|是不是|会不会|好不好|多(久|长|重|高|快|远|厚|大|宽)|(?P<so>[一-鿿])不(?P=so)|か[？?。]?\s*$|(까|나요|가요|예요|에요|어요)\W*$",
    re.IGNORECASE,
)

_YES_NO = re.compile(
    r"^(so |and |but |hey,? |hi,? )?(is|are|was|does|do|can|could|will|would|has|have)\b.+\s|[吗么嘛]\W*$|能不能|可不可以|是不是|会不会|好不好",
    re.IGNORECASE,
)


def folded(text: str) -> str:
    """The form that patterns are written for: compatibility characters resolved, traditional ones simplified (but
    in Japanese), invisible ones gone, one space."""
    text = unicodedata.normalize("NFKC", text).replace("’", "'")
    text = text if kana(text) else simplified(text)
    return " ".join(
        "".join(c for c in text if unicodedata.category(c) not in {"Cf", "Cc"} or c.isspace()).split()
    )


def intent_of(text: str) -> Intent:
    """The Intent of a message in English or Chinese. What only asks something is UNCLEAR, what does not is CHATTER.

    Whether the host is real goes before everything else when it is asked outright, in any language that
    persona/reality.py knows; a remark about it goes behind orders to the host and abuse.
    """
    words = folded(text)
    found = _intent(words)
    if found not in _CERTAIN and (meant := mended(words)) != words.casefold():
        again = _intent(meant)
        return again if again is not Intent.CHATTER else found
    return found


def _intent(words: str) -> Intent:
    real = asked_if_real(words)
    if real is not None and real.question and not _LIKENESS.search(words):
        return Intent.AI
    for intent, pattern in _COMPILED:
        if intent is Intent.SPEC and _ONLY_PRICE.search(words):
            continue
        if (real is None or intent in _BEFORE_REMARKS) and pattern.search(words):
            return intent
    if real is not None:
        return Intent.AI
    for intent, pattern in _SMALL_TALK:
        if pattern.search(words):
            return Intent.OFF_TOPIC if _OFF_TOPIC.search(words) else intent
    if _OFF_TOPIC.search(words):
        return Intent.OFF_TOPIC
    return Intent.UNCLEAR if _ASKS.search(words) else Intent.CHATTER


def meant_by(text: str) -> str:
    """The text, or what it seems to mean where it is misspelt: for finding products and pages only."""
    words = folded(text)
    meant = mended(words)
    return text if meant == words.casefold() else meant


def is_yes_no(text: str) -> bool:
    """Whether it asks if something is so ("will it fit wide feet", "尺码偏大吗"): the page says so, or nobody knows."""
    return _YES_NO.search(folded(text)) is not None
