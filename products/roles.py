"""What a number in a sentence is about: a price, a saving, a stock, a size, a measure ... or only small talk.

A number whose role cannot be told is UNKNOWN, which whoever checks must hold against every fact there is.
Small talk ("two things", 一下, "one second") gives no claim at all.
"""

# ruff: noqa: E501  a pattern reads better on one line

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from products.bounds import Bound, bound_of
from products.money_roles import Amount, Side, sides
from products.numbers import (
    INCH,
    JIN,
    KUAI,
    METRE,
    OUNCE,
    PERCENT_OFF,
    PLAIN_PERCENT,
    SIZES,
    Number,
    find_codes,
    find_numbers,
)
from products.units import unit_after


class Role(StrEnum):
    PRICE = "price"
    COMPARE_AT = "compare_at"
    SAVING = "saving"
    DISCOUNT = "discount"  # value: percent off
    STOCK = "stock"
    SPEC = "spec"
    OPTION = "option"  # a size
    COUNT = "count"  # how many colours, sizes, products; unit tells which
    LINK = "link"  # the product's number
    CODE = "code"  # a name that holds digits
    PROMOTION = "promotion"  # buy one get one, 满减, free shipping
    DEADLINE = "deadline"  # "3 hours left"
    ORIGIN = "origin"  # "made in ..."
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Claim:
    """A checkable statement: characters start..end of the text. `role`: a Role or, for words, a ClaimType.
    `weak`: a small number in words, which says something of goods only beside words for goods.
    """

    start: int
    end: int
    text: str
    role: str
    readings: tuple[Decimal, ...] = ()
    unit: str = ""
    bound: Bound = Bound.EXACT
    weak: bool = False


CLAUSE_END = re.compile(r"[!?;:，。；：！？\n…]|[.,](?!\d)|\s[—–-]\s")
_RANGE = re.compile(
    r"\s*(?:x|×|through|、(?=.{1,8}厘米|.{1,12}、?.{1,6}厘米)|\*|乘以?|to|-|–|~|～|至|到|by)\s*|—", re.I
)
_LIST = re.compile(r"\s*(?:and|or|和|或|、|,\s(?:and\s|or\s)?)\s*", re.I)


def _re(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{a})" for a in alternatives), re.I)


_PROMOTION = _re(
    r"买\s*[一二两三四五六\d]+\s*(?:件|双|个|瓶|盒)?\s*[送赠得]\s*[一二两三四五六\d]*",
    r"满\s*[\d一二两三四五六七八九十百千.]+\s*(?:元|块|美元|件)?\s*[，,]?\s*(?:立?减|送|返|打|享|包邮)\s*[\d一二两三四五六七八九十百千.]*\s*(?:元|块|美元|折)?",
    r"第[二三\d]件\s*(?:半价|免费|[\d一二三四五六七八九零〇.]+\s*(?:折|元))",
    r"\bbuy (?:one|two|three|\d+)\b[^.!?]{0,12}?\bget\b[^.!?]{0,24}?(?:free|half|off|\bone\b|%)",
    r"\b(?:two|three|2|3) for (?:the price of )?(?:one|two|1|2)\b",
    r"\bbogo\b",
    r"\b(?:throw\w*|toss\w*|slip\w*|pop\w*|add\w*|put\w*|includ\w+|giv\w+|get|send\w*|comes? with|plus|pack\w*)(?: you| each of you| everybody| everyone)?(?: in| away)? (?:a|an|another|some|one|extra|your)(?: \w+){0,2}? (?:gifts?|presents?|surprises?|goodie\w*|bonus\w*|extras?|samples?|freebies?|treats?)\b",
    r"一[套盒包箱组袋份提][^，。]{0,3}[两二三四五六七八九十\d]+[只个支双条瓶片枚杯](?!颜色|尺码)",
    r"(?<![-\w.$])(?:two|three|four|five|six|eight|ten|twelve|\d+) (?!(?:grams?|g|ml|hours?|litres?|kilos?|more)\b)(?:\w+ )?(?:to|per|in) (?:a|each|every|the|one) (?:box|pack|set|case|packet|tin|bundle)\b",
    r"\byou(?:'ll| will)? get (?:two|three|four|five|six) (?:of (?:them|these)|mugs|bottles|pairs|candles|lamps|pillows|bags|totes|packs|boards)\b",
    r"\bfreebies?\b|\bcomplimentary\b|\bat no (?:extra |additional )?(?:cost|charge)\b|\b(?:code|promo)\b[^.!?]{0,12}\b(?:at checkout|for|and get|to get|off)\b|\b(?:my|our|the) (?:name|code|word) at checkout\b",
    r"第[二三四\d][件个双支瓶盒杯条](?:算我|我请|我送|送|免|半|不要钱|白)|(?:送|赠|附赠|加送|再送|多送)[^，。！？]{0,8}(?:礼|样|小|袋|盒|杯|赠|一[个份支件双条]|两[个份支件])|备注[^，。]{0,8}(?:减|折|优惠|送|便宜)|(?:暗号|口令|优惠码|券)",
    r"\b(?:set|pack|box|bundle|case) of (?:two|three|four|five|six|eight|ten|twelve|\d+)\b",
    r"\bwin (?:a|an|one|your|yourself)\b|\b(?:raffle|lucky draw|prize draw)\b|\b(?:the )?first (?:\w+ )(?:orders?|buyers?|people|customers?|viewers?) (?:get|gets|receive|will|win|to)\b",
    r"前[一二三四五六七八九十百\d]+(?:单|名|位|个下单)|抽(?:奖|一[个双份]|[三五十\d]+)",
    r"(?<![\d.$-])\b(?:two|three|four|five|six|[2-9]|1\d) (?:of (?:them|these|those)|pairs?|pieces?|packs?|units?|mugs?|bottles?|bags?|candles?|lamps?|pillows?|sets?|boxes)?\s?for (?:only |just )?(?:\$|\d+(?:\.\d+)?(?=\s*(?:dollars|bucks|usd|[.,!?]|$))|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|a hundred|one hundred|ten|fifteen))",
    r"(?:\$\s?\d+(?:\.\d+)?|\b(?:dollars?|bucks))(?: for| buys you| gets you)(?: you)? (?:two|three|four|a pair of|both|[2-9]|1\d)(?= (?:of (?:them|these|those)|pairs?|pieces?|mugs|bottles|lamps|candles|totes|pillows|bags|boards|packs|units)\b|\s*(?:[!?,]|\.(?!\d)|$))",
    r"(?:元|块|刀|美元|美金)\s*(?:就)?(?:能|可以)?(?:到手|拿|带走|买)?\s*(?:[两三四五六七八九十]|[2-9])\s*[个双件只盒瓶条套盏包](?!颜色|尺码|码|色)",
    r"(?:[两三四五六]|[2-9])\s*[个双件只盒瓶条套盏包](?:只要|才)?\s*[一二两三四五六七八九十百\d.]+\s*(?:元|块|刀|美元|美金)",
    r"[一每]单(?:发|送|给)[一二两三四五六\d]+|拍[一二两三四五\d]+\s*[发得送][一二两三四五六\d]+|到手[两三四五六七八九\d]+[个双件只盒瓶条套盏包]",
    r"\bno (?:shipping|delivery|postage) (?:fees?|costs?|charges?)\b|\b(?:shipping|postage|delivery)(?: is|'s)? (?:on us|included|free|covered)\b|\bwe (?:cover|pay) (?:the )?(?:shipping|postage|delivery)\b",
    r"(?:运费|邮费)(?:我|我们|店家|全)[^，。]{0,3}(?:出|包|免)|不收运费|(?:送|赠)(?:你|您|大家)?(?:一|1|两|2)?(?:个|份|瓶|套|双|件|把|只)?小[\u4e00-\u9fff]",
    r"\b(?:second|2nd|third|3rd) (?:one|pair|item|piece|\w+)(?: is| comes| at)? (?:for )?(?:half|free\b|\d+ ?%|at (?:half|\d|\$))",
    r"\bspend (?:over )?\$?\d+[^.!?]{0,30}(?:off|less|free|save|get)",
    r"\b(?:for free|(?:it'?s|is|are|they'?re|comes?) free(?! (?:of|from|to)\b)|free of charge|no charge|on the house|giveaway)\b",
    r"免费(?!退|试)",
    r"(?:\b(?:is|are|comes?|gets?)|'s) (?:thrown|tossed|slipped|tucked) in\b|\bfree (?:express|next-day|same-day|worldwide|courier|home|local|fast|overnight)\b|\b(?:the|a|our|prize|lucky) draw\b|\b(?:a|one|your|another|two|get|win|with|some) free (?!hand|moment|minute|hour|evening|day|afternoon|weekend|spirit|seat|spot|choice|fall|time|range|world|trial|of|to|from|and)\w+|\b(?:my|our) treat\b|(?<!eyes )(?:\b(?:is|are)|'s) on (?:me|us|the house)\b",
    r"\bfree (?:shipping|delivery|postage|gifts?|samples?|bonus)\b",
    r"\bships? (?:for )?free\b",
    r"\b(?:coupon|voucher|promo(?:tion)? code|discount code|gift card)s?\b",
    r"\b(?:take|buy|get|order) (?:two|three|four|\d),? (?:and |but )?(?:only )?pay (?:for )?(?:only |just )?(?:one|two|three|\d)|\bthrow(?:ing|s)? in (?:a|an|some|your|the)\b",
    r"(?:第二天|次日|隔天|明天|后天)[^，。]{0,6}(?:家门|门口|手里|手上|您家|你家)",
    r"\b(?:second|other|next|third) (?:one|pair|piece|\w+) (?:is )?on (?:us|me|the house)\b|\byou(?:'ll| will)? (?:also )?get (?:a|an|your|one|some|another) (?:\w+ )?free\b|\bthe more you (?:take|buy|order|get)\b|\b(?:we|i) give (?:away|out)\b|\bgiv(?:e|ing) away\b",
    r"(?:送|赠|附赠|加送|再送|多送)[^，。！？]{0,4}[一两三四五六\d]+[个份件双副条瓶盒套包块支]",
    r"(?:今天|今晚|明天|明早|当天|马上|立刻|立马|下单|上午|中午|晚上|下午|周[一二三四五六日天末]|[一两三\d]+天(?:内|之内)?|圣诞|节前|过年|月底|小时内)[^，。！？有没]{0,6}(?:就|能|可以|前|之前|内)*[^，。！？有没]{0,3}(?:发(?!现|言|给我)|寄|收到|到手|到家|送到|能到|就到(?!这|此|了这|点|时|我|你|大家)|(?<![带拿抱拎背领买])走(?!吧|一|神|路|走|进|到)|打包|出库|安排|揽收)",
    r"\b(?:by|via|with) (?:express|courier|air ?mail|dhl|ups|fedex)\b",
    r"(?:能|可以|来|都|免费)领(?![导会悟略队土养教])|(?:有|附|附赠|收到|拿|得|藏着?)(?:一?[个份])?小?(?:礼物|礼品|惊喜|彩蛋|伴手礼)|(?:再|还|另外|额外|多)送(?:您|你|大家)?一?[个份条只双套盒瓶件]|包邮|免邮|赠品|优惠券|满减|红包|免费送|送(?:一|1|两|2)(?:个|份|瓶|套|双|件)|福袋|返现|[0零]元购",
)
_PLACES_ZH = (
    "中国|国内|意大利|法国|德国|日本|韩国|美国|英国|葡萄牙|西班牙|瑞士|瑞典|丹麦|芬兰|荷兰|澳洲|澳大利亚|新西兰|加拿大|泰国|越南|"
    "印度|台湾|香港|苏格兰|爱尔兰|土耳其|俄罗斯|景德镇|云南|福建|杭州|新疆|东北"
)
_ORIGIN = re.compile(
    r"\b(?i:comes?|came|hails?|brought|straight|all the way) (?i:from) (?:\w+ ){1,4}(?i:in|of|near|outside) [A-Z]\w+|"
    r"\b(?i:made|produced|grown|designed|manufactured|woven|crafted|handmade|imported) (?i:in|from) (?:the )?[A-Z]\w+(?: [A-Z]\w+)?|"
    rf"(?:{_PLACES_ZH})(?:制造|进口|原装|生产|原产|产的|产地)|(?:产自|产于|原产于?|进口自)(?:{_PLACES_ZH})|纯?(?<![放装塞揣])进口(?!袋|罐|味)"
)
_REDUCED = _re(
    r"\b(?:sav\w+|discount\w*|reduc\w+|cut|cheaper|lower\w*|less|off|mark\w* down|marked-down|knock\w*|down|drop\w*|slash\w*|below)\b",
    r"优惠|省|降|便宜|折扣|减|立减|低",
)
_STOCK_AFTER = _re(
    r"^\s*(?:[a-z]+\s){0,2}?(?:left|remaining|remain|in stock|available|to go|still here)\b",
    r"^\s+(?:pairs?|pieces?|units?|packs?|bags?|ones?|(?:of )?(?:the |our |these |them |\w+ ))[^.!?,;]{0,24}?(?:left|remaining|remain|in stock|in the warehouse|in store)\b",
    r"^\s+in \w+ (?:is |are )?(?:left|remaining|in stock)\b",
    r"^\s+(?:(?!and\b|or\b|but\b)[a-z-]+\s+){0,4}?(?:on (?:the|our) shel\w+|in the (?:back|warehouse|store\w*|depot|stockroom|cupboard)|on hand|to go around|to sell|waiting for you|(?:are |is )?(?:ready|here|waiting|available)(?=\s*$|\s+(?:to|for|in|now|right)))",
    r"^\s*[双件个只台条盒瓶套支副罐把包张](?:库存|现货|可售|可选|在库|在仓|备着|等着|没卖|待售)",
    r"^\s*(?:库存|现货)",
)
_STOCK_BEFORE = _re(
    r"(?:只剩|仅剩|还剩|剩下?|库存(?:还有|还剩|只有|有|为|是|剩)?|现货(?:还有|有)?|还有|最后)(?:最后|大约|约|不到|超过|不足)?\s*$",
    r"(?:仓库|仓里|库里|架上|货架上?|手上|手里)(?:里|上)?(?:还|就|只|一共|总共|备)?(?:有|剩|了|备了|放着|囤了)\s*$",
    r"\b(?:stock (?:of|is|count is)|last|final|in stock:?|stocked|stocking|stockpiled)\s*$",
)
_FEW_BEFORE = re.compile(
    r"\b(?:(?:only|just|still) (?:have|got)|we have|we've got|there are(?: only| just)?|\bhas|down to|the last)(?: about| over| only| just)?\s*$|(?:只有|就剩下?|就|仅有|只余)(?:最后)?\s*$",
    re.I,
)
_PIECES = re.compile(
    r"\s*(?:pairs?|pieces?|units?|packs?|mugs?|totes?|lamps?|candles?|pillows?|blankets?|boards?|backpacks?|sneakers|earbuds|tins?|packets?|bottles?|bags?|boxes|of (?:them|these|those|\w+s))\b|\s*(?:双|支|副|罐|份|块|件(?!事)|个(?!问题|款|版|颜色|尺码|人|朋友|晚上|小时|钟头|月|星期|早上|下午|字)|只|台|条|盒|瓶|套)"
)
_PIECES_AHEAD = re.compile(
    rf"\s+(?:(?!for\b|per\b|apiece\b|each\b|the\b|and\b|or\b|in\b|on\b|of\b|at\b|to\b|a\b|buys?\b|gets?\b)[a-z]+\s+){{0,2}}?(?:{_PIECES.pattern})",
    re.I,
)
# "the olive one is available" counts nothing; "one left" and "one pair left" do.
_ONE_LEFT = re.compile(
    r"\s*(?:pair |piece |unit |item |of them |(?!of\b)\w+ )?(?:left|remaining)\b|"
    r"\s+(?:pair|piece|unit)\b[^.!?,]{0,24}?\b(?:on (?:the|our) shel\w+|in stock|in the (?:back|warehouse|store\w*)|here|available)\b",
    re.I,
)
_SIZE_BEFORE = _re(
    r"\b(?:sizes?|eu|uk|us)\s*(?:of |is |number )?$", r"(?:尺码|尺寸|码数|鞋码)(?:是|为|：)?\s*$"
)
_SIZE_AFTER = _re(r"^\s*(?:号?码|号(?!链接|商品|产品|宝贝|款))")
_LINK_BEFORE = _re(r"\b(?:link|number|no\.|product|item)\s*#?\s*$", r"#\s*$", r"(?:链接|商品|产品|宝贝)\s*$")
_LINK_AFTER = _re(r"^\s*号(?:链接|商品|产品|宝贝|款)")
_COUNT_AFTER = _re(
    r"^\s*(?:different |other |great |new |more |lovely )?(?P<en>colou?rs?|sizes?|products?|items?)\b",
    r"^\s*[种个款](?P<zh>颜色|尺码|商品|产品|宝贝)|^\s*(?P<zhp>款)(?=[，。！]|$|好物|东西)",
)
_PRICE_BEFORE = _re(
    r"\b(?:price(?:d)?(?: is| at| of| you pay is)?|costs?|cost you|yours (?:for|at)|sells? (?:for|at)|pay(?: only| just)?|it'?s only|it'?s just|only|just|now|at|for only|for just|today(?: for)?)\s*$",
    r"(?:只要|只需|仅需|仅售|到手价?|价格?(?:是|为|：)?|现价|特价|秒杀价?|才|只卖|卖|售价|优惠价|直播价|一口价)\s*$",
)
_PRICE_END = re.compile(
    r"^\s*(?:$|[.!?,;，。！？；)）]|now\b|today\b|tonight\b|each\b|apiece\b|a pair\b|only\b|for\b|到手|拿走|起|一双|一件|一个|包)",
    re.I,
)
_TALK_BEFORE = _re(
    r"\b(?:type|press|send|comment|post|back in|see you in|give me|for the next|in the next|another|wait|hold on)\s*(?:a |about )?$",
    r"(?:(?:扣|打|发|按)个?|稍等|等我?|再过|过|休息|歇|歇会儿|歇个|发呆|聊|坐|躺|眯|闲|(?:忙|累|辛苦|忙碌|工作|上班)了?(?:整整)?)\s*$",
)
_TYPED = _re(r"\b(?:type|press|comment|post)\s*(?:a )?$", r"(?:扣|打|发|按)个?\s*$")
_TALK_AFTER = _re(
    r"^\s*(?:more |quick |other |last |small |short )?(?:things?|questions?|points?|reasons?|ways?|of you|of us|people asked|friends?|viewers?|others|tips?|o'?clock|[ap]\.?m\b)",
    r"^\s*(?:个|件|位|条|点)?(?:问题|事情?|朋友|观众|理由|原因|建议|步)",
    r"^点(?:钟|半|多|左右|来钟|前|后|到|\s*$|[，。！？、])",
)
_MEASURED_RANGE = re.compile(
    r"\s*(?:到|至|to|-|–|~)\s*[\d,.零一二两三四五六七八九十百千]+\s*-?\s*(?:k\b|kelvin|cm|mm|ml|g\b|kg|hours?|厘米|毫米|码|号|克|公斤|毫升|升|档|小时|开)",
    re.I,
)
_RANGE_FROM = re.compile(r"\s*(?:x|×|\*|乘以?|by|、(?=.{1,14}厘米))\s*[\d一二三四五六七八九十百]", re.I)
_AN_OPTION = re.compile(
    r"\s+(?:is|are also|are(?= still here)) (?:still |also |now |back |currently )?(?:in stock|available|sold|out of|gone|there|here|back|ready)\b",
    re.I,
)
_WASHED = re.compile(r"\b(?:wash\w*|machine|laundry)\b[^.!?]*(?:[.?!] (?:\w+ ){1,4})?[^.!?]* at\s*$", re.I)
# Money without its name: "yours for forty", "hand over sixty", 四十就带走. Else 40 would be taken for the size.
_PAY_BEFORE = _re(
    r"\b(?:(?:yours|it|them|one|ones|pair|this|these|home|sneakers|shoes|earbuds|mug|bottle|tote|bag|lamp|candle|pillow|tea|blanket|backpack|board) for|pay\w*|paid|spend\w*|costs?|charg\w+|asking|asks?|hand over|give (?:me|us)|set you back|comes? to|comes? in at|total(?:s|ling)?(?: of)?|priced?|tag(?: says| of| is)?|ring\w* up(?: at)?|take (?:it|them|one)(?: home)? (?:for|at)|let (?:it|them|one) go (?:for|at)|start\w* at|part with|budget of|bill (?:is|of))(?: only| just| about| a mere| barely)*\s*$",
    r"(?:付|花|给我|收您?|卖|只要|才|只需|掏|报价|标价|定价|价)\s*$",
)
_PAY_AFTER = re.compile(
    r"\s*(?:and (?:it|they)(?:'s|'re| is| are) yours|(?:gets?|buys?|takes?|does it|will do|secures?|lands?|covers?) (?:you|it|them|one|this|these|home|the)\b|flat\b|even\b|all in\b|apiece\b|each\b|a (?:pair|piece|pop|mug|bag)\b|就?(?:带走|拿走|拿下|到手|穿走|背走|抱走|能拿|能买|给您|给你|给大家|给各位|归您|归你|包给))",
    re.I,
)
_MONEY = re.compile(r"[$€£¥]|\b(?:dollars?|bucks?)\b|块|元|刀|美金", re.I)
_BARE_NOUN = re.compile(r"\s+(?!and\b|only\b|now\b|today\b|tonight\b|or\b)[a-z]+\b", re.I)
_HELD_BEFORE = re.compile(
    r"\b(?:have|has|got|are|hold\w*|keep\w*|stock\w*|is|sit\w*|remain\w*|just|only)\b[^.!?,]{0,16}$|(?:有|剩|存|备|囤|只|就)[^，。]{0,4}$",
    re.I,
)
# "Four people can still get a 45": whoever may have one is counted as what there is.
_SERVED = re.compile(
    r"\s+(?:(?:more|other|lucky|further|last|quick|of|fast) ){0,2}(?:people|persons?|you|viewers?|buyers?|customers?|shoppers?|friends|folks|souls|winners?|households?|families)(?: \w+){0,2}? "
    r"(?:can|could|may|might|will|'ll|to|get|gets|are (?:going|about) to|(?:is|are) able to)(?: \w+){0,2}? (?:get|gets|have|grab|buy|take|walk|own|wear|order|claim|snag|pick|go home|be lucky|find|drink|use|sleep)\b",
    re.I,
)
_EACH_AT = re.compile(
    r"\s+(?:here |there |left |in stock )?at (?:just |only )?[$€£]\d", re.I
)  # "85 here at $34"
_CONVERTED = re.compile(
    r"(?:换|换算|折|折算)成(?P<unit>英寸|厘米|毫米|盎司|磅|英尺|斤|毫升|升)(?:的话)?[，,]?(?:就?是|约|大约|大概|等于|有)*\s*$|"
    r"\b[Ii]n (?P<en>inches|gallons|ounces|pounds|litres|liters|feet|centimet(?:re|er)s|millilitres|grams|kilos|fluid ounces|pints)\b[^.!?\d]{0,24}(?:\d[\d. ]*|[a-z-]+ )?(?:and a (?:half|quarter) |and three quarters )?(?:by )?$"
)
_VOLUME = re.compile(r"\d\s*(?:ml|毫升)|毫升")
_PER_SQUARE_AHEAD = re.compile(r"(?:每|一)个?平(?:方)?米?\s*(?:是|有|重)?$")
_PER_SQUARE = re.compile(r"\s*克")
_WITHIN = re.compile(r"\s*(?:年|个月)(?:之内|以内|内)")
_COVERED = re.compile(r"保修|质保")
_VERSION = re.compile(r"\b(?:bluetooth|version|wi-?fi|usb)[\s-]*$|蓝牙(?:是|版本)?$", re.I)
_COUNTERS = frozenset({"piece", "pocket", "layer", "rpm"})
_WEIGHS = re.compile(r"\bweigh\w*\s*(?:in at|only|just|about)?\s*$", re.I)
_TIME_UNITS = frozenset({"s", "min", "h", "day", "week", "month", "year"})


def number_claims(text: str, *, weak: bool = False) -> Iterator[Claim]:
    """Claims about numbers, names with digits and promotions, in no particular order; with `weak` the weak ones too."""
    taken = [m.span() for m in _PROMOTION.finditer(text)]
    for a, b in taken:
        yield Claim(a, b, text[a:b], Role.PROMOTION)
    for m in _ORIGIN.finditer(text):
        yield Claim(m.start(), m.end(), m.group(), Role.ORIGIN)
    for a, b in find_codes(text):
        yield Claim(a, b, text[a:b], Role.CODE)
    numbers = [n for n in find_numbers(text) if not any(a < n.end and n.start < b for a, b in taken)]
    told = _sides(text, numbers)
    claims = [_claim(text, n, told.get(n.start, Side.PRICE)) for n in numbers]
    _share(text, numbers, claims)
    if weak:
        yield from _vague(text)
    for claim in claims:
        if claim is not None and (weak or not claim.weak):
            yield claim


_VAGUE = (
    (Decimal(2), Bound.EXACT, re.compile(r"\ba couple\b", re.I)),
    (
        Decimal(20),
        Bound.AT_LEAST,
        re.compile(
            r"\b(?:plenty|loads|lots|heaps|masses|tons|piles|a lot)\b|多的是|多着|多得很|有的是|宽裕|充裕|富余|管够|(?:货|库存)(?:很|挺|还|也)?足|很多|好多|大把|大量|充足|好?几十(?!块|元|美|刀)",
            re.I,
        ),
    ),
    (Decimal(24), Bound.AT_LEAST, re.compile(r"(?<!two )(?<!three )\bdozens\b", re.I)),
    (Decimal(100), Bound.AT_LEAST, re.compile(r"\bhundreds\b|上百|好?几百(?!块|元|美)|数百|成百", re.I)),
    (Decimal(1000), Bound.AT_LEAST, re.compile(r"\bthousands\b|上千|好?几千(?!块|元|美)|数千|成千", re.I)),
    (Decimal(10000), Bound.AT_LEAST, re.compile(r"\bmillions\b|上万|好?几万|数万", re.I)),
)


def _vague(text: str) -> Iterator[Claim]:
    """Amounts that are told without a number, which count goods only beside words for goods."""
    for least, bound, pattern in _VAGUE:
        for m in pattern.finditer(text):
            yield Claim(m.start(), m.end(), m.group(), Role.STOCK, (least,), "", bound, weak=True)


def _sides(text: str, numbers: list[Number]) -> dict[int, Side]:
    """By its place, what each amount is that may be one of money."""
    amounts = [
        Amount(n.start, n.end, _likeliest(n, numbers), n.is_money)
        for n in numbers
        if n.is_money
        or (
            not n.unit
            and (n.value > 10 or not n.spelled)
            and not 1900 <= n.value <= 2100  # a year
            and not unit_after(text, n.end)[0]
        )
    ]
    return {a.start: side for a, side in zip(amounts, sides(text, amounts), strict=True)}


def _likeliest(number: Number, numbers: list[Number]) -> float:
    """Of "one-twenty" 120 where the other amounts of the text are of that size, else 1.20."""
    others = [n.value for n in numbers if n is not number and not n.unit and n.value > 10]
    near = (r for r in number.readings[1:] if any(o / 3 <= r <= o * 3 for o in others))
    far = not any(o / 3 <= number.value <= o * 3 for o in others)
    return float(next(near, number.value) if far else number.value)


def _share(text: str, numbers: list[Number], claims: list[Claim | None]) -> None:
    """In "60 x 40 x 11 cm", "2,700 to 4,000 K", "sizes 40, 41 and 42" what one number is, all are."""

    def bare(i: int) -> bool:
        claim = claims[i]
        return not numbers[i].unit and (claim is None or claim.role == Role.UNKNOWN or claim.weak)

    def linked(i: int, role: str) -> bool:
        between = text[claims_end(i) : numbers[i + 1].start]
        return bool(_RANGE.fullmatch(between) or (role == Role.OPTION and _LIST.fullmatch(between)))

    def claims_end(i: int) -> int:
        claim = claims[i]
        return numbers[i].end if claim is None else claim.end

    def copy(to: int, source: Claim) -> None:
        n = numbers[to]
        claims[to] = replace(
            source, start=n.start, end=n.end, text=text[n.start : n.end], readings=n.readings
        )

    shared = (Role.SPEC, Role.OPTION, Role.PRICE, Role.STOCK)
    for i in range(len(numbers) - 2, -1, -1):
        after = claims[i + 1]
        if bare(i) and after is not None and after.role in shared and linked(i, after.role):
            copy(i, after)
    for i in range(len(numbers) - 1):
        before = claims[i]
        if (
            bare(i + 1)
            and before is not None
            and _carries_on(before, text, numbers[i + 1])
            and linked(i, before.role)
        ):
            copy(i + 1, before)


def _carries_on(before: Claim, text: str, after: Number) -> bool:
    """Whether what a number is goes for the one that follows it: "sizes 40 and 41", "1.3 metres by 1.8"."""
    if before.role == Role.OPTION:
        return True
    return before.role == Role.SPEC and bool(
        re.search(r"(?:by|x|×|乘以?)\s*$", text[before.end : after.start], re.I)
    )


def _claim(text: str, n: Number, side: Side) -> Claim | None:
    clause, after = _around(text, n)
    bound, before, after = bound_of(clause, after)
    if side == Side.COMPARE_AT and bound in (
        Bound.FROM,
        Bound.BELOW,
    ):  # "down from $75", "less than the old 75"
        bound, before = Bound.EXACT, clause
    made = Claim(n.start, n.end, n.text, Role.UNKNOWN, n.readings, n.unit, bound)
    if before.endswith("第") and not _LINK_AFTER.search(after):
        return None  # an ordinal: 第2天
    if re.match(r"(?:st|nd|rd|th)\b", after, re.I) and not n.unit:
        return None
    if n.unit == "GBP" and _WEIGHS.search(before):
        return replace(made, role=Role.SPEC, unit="lb")
    if n.unit == JIN and re.match(r"的?水", text[n.end :]):  # as much water as weighs so much
        return replace(made, role=Role.SPEC, unit="ml", readings=tuple(r * 500 for r in n.readings))
    if n.unit in (METRE, JIN, INCH, OUNCE):
        return replace(made, role=Role.SPEC, unit=n.unit)
    if n.unit == KUAI and n.text.lower().endswith("s"):  # "three twenties": what is handed over
        return made
    if n.is_money:
        return replace(made, role=Role(side))
    if n.unit == SIZES and bound == Bound.SOME_MORE:  # "in the high forties"
        return replace(made, unit="")
    if n.unit == SIZES:
        return replace(made, role=Role.OPTION, unit="", bound=Bound.EXACT)
    if n.unit == PERCENT_OFF and n.text.endswith("折"):  # less than 80 % to pay is more than 20 % off
        turned = {Bound.BELOW: Bound.ABOVE, Bound.ABOVE: Bound.BELOW}
        return replace(made, role=Role.DISCOUNT, bound=turned.get(bound, bound))
    if n.unit == PERCENT_OFF:
        return replace(made, role=Role.DISCOUNT)
    if n.unit == PLAIN_PERCENT:
        off = _REDUCED.search(before) or _REDUCED.search(after)
        return replace(
            made, role=Role.DISCOUNT if off else Role.SPEC, unit=PERCENT_OFF if off else PLAIN_PERCENT
        )
    return _plain(text, n, made, before, after, side)


def _around(text: str, n: Number) -> tuple[str, str]:
    """The clause on both sides of a number."""
    start = 0
    for m in CLAUSE_END.finditer(text, 0, n.start):
        start = m.end()
    end = CLAUSE_END.search(text, n.end)
    return text[start : n.start][-60:], text[n.end : end.start() if end else len(text)][:60]


def _plain(text: str, n: Number, made: Claim, before: str, after: str, side: Side) -> Claim | None:
    """A number without currency or percent."""
    more = re.match(r"\s+(?:more|extra|further)(?=\s+[a-z])", text[n.end :])
    if more and unit_after(text, n.end + more.end())[0]:
        unit, end = unit_after(text, n.end + more.end())
        return replace(made, role=Role.SPEC, end=end, text=text[n.start : end], unit=unit)
    if _VERSION.search(text[: n.start]) and not unit_after(text, n.end)[0]:
        return made
    if _SERVED.match(text, n.end) or (_FEW_BEFORE.search(before) and _EACH_AT.match(text, n.end)):
        return replace(made, role=Role.STOCK)
    if m := _PER_SQUARE.match(text, n.end) if _PER_SQUARE_AHEAD.search(before) else None:
        return replace(made, role=Role.SPEC, end=m.end(), text=text[n.start : m.end()], unit="g/m2")
    unit, end = unit_after(text, n.end + (1 if text[n.end : n.end + 1] in ("多", "来") else 0))
    if not unit and (converted := _CONVERTED.search(text[: n.start])):  # 换成英寸是四点三
        unit = unit_after(converted.group("unit") or converted.group("en"), 0)[0]
    if unit == "oz" and _VOLUME.search(text[: n.start]):
        unit = "floz"
    if unit and made.bound == Bound.EXACT:  # "40小时左右": the bound stands behind the unit
        covered = _WITHIN.match(text, n.end) and _COVERED.search(text)  # "within two years it is repaired"
        made = made if covered else replace(made, bound=bound_of("", text[end : end + 8])[0])
    if unit in _TIME_UNITS and _is_talk(n, unit, before, text[end : end + 30]):
        return None
    if unit in _TIME_UNITS and (
        re.match(r"\s*(?:left|remaining|to go|后(?:结束|恢复|涨价))", text[end:])
        or re.search(r"(?:只|还|仅)剩(?:下)?\s*$", before)
    ):
        return replace(made, role=Role.DEADLINE, end=end, text=text[n.start : end], unit=unit)
    if re.match(r"s\b(?!')", text[n.end :]) and n.value < 60 and not n.spelled:
        return replace(made, role=Role.OPTION, bound=Bound.EXACT)  # "three 45s"
    if not unit and re.search(r"\b(?:pairs?|pieces?|units?) (?:of|in)(?: an?| size)?\s*$", before):
        return replace(made, role=Role.OPTION, bound=Bound.EXACT)
    if _LINK_AFTER.search(after) or (_LINK_BEFORE.search(before) and not unit):
        return replace(made, role=Role.LINK)
    if (_SIZE_BEFORE.search(before) and not _RANGE_FROM.match(after)) or _SIZE_AFTER.search(after):
        return replace(made, role=Role.OPTION)
    if n.text.lower() == "one" and not _ONE_LEFT.match(after):
        of_talk = not unit or (
            unit in _COUNTERS | {"day"} and re.match(r"\s*(?:of|I|you|we|when|soon)?\b", text[end:])
        )
        return (
            None if of_talk else replace(made, role=Role.SPEC, end=end, text=text[n.start : end], unit=unit)
        )
    if not unit and re.search(r"\b\d+ (?:and|or)\s*$", before) and re.match(r"\s+are\b", after):
        return replace(made, role=Role.OPTION)
    if (
        not unit
        and _AN_OPTION.match(after)
        and (not n.spelled or (n.value > 12 and re.search(r"\b(?:and|or)\s*$", before)))
    ):
        return replace(made, role=Role.OPTION)
    if not unit and _listed(text, n, before, after):
        return replace(made, role=Role.OPTION)
    if (
        not unit
        and (_STOCK_AFTER.search(after) or _STOCK_BEFORE.search(before))
        and not (_READ.search(before) or re.match(r"\s*(?:,|、|and\b|or\b|和)\s*\d", after))
    ):
        return replace(made, role=Role.STOCK)
    if not unit and _FEW_BEFORE.search(before) and _PIECES.match(after):
        return replace(made, role=Role.STOCK)
    whole = re.search(r"whole|full|entire|整", n.text, re.I) is not None
    if (
        unit in _COUNTERS | {"day"}
        and n.spelled
        and not whole
        and n.value <= (1 if unit in ("day", "pocket", "layer") else 2)
    ):
        return None
    if unit and (_STOCK_AFTER.search(text[end : end + 40]) and unit == "piece"):
        return replace(made, role=Role.STOCK)
    if unit:
        return replace(made, role=Role.SPEC, end=end, text=text[n.start : end], unit=unit)
    if side == Side.SAVING and not (n.spelled and n.value <= 2):
        return replace(made, role=Role.SAVING)
    if m := _COUNT_AFTER.search(after):
        return replace(made, role=Role.COUNT, unit=_counted(m.group("en") or m.group("zh") or "product"))
    if (
        side == Side.COMPARE_AT
        and not _MEASURED_RANGE.match(after)
        and not (n.spelled and max(n.readings) <= 10)
    ):
        return replace(made, role=Role.COMPARE_AT)
    if _WASHED.search(text[max(0, n.start - 60) : n.start]):
        return replace(made, role=Role.SPEC, unit="C")
    if _PRICE_BEFORE.search(before) and _PRICE_END.match(after) and not (n.spelled and n.value <= 2):
        return replace(made, role=Role.PRICE)
    if _is_small(n, before, after):
        talk = _TALK_AFTER.search(after) or _TALK_BEFORE.search(before)
        return None if talk or n.value < 2 else replace(made, role=Role.STOCK, weak=True)
    if made.bound in (Bound.BELOW, Bound.ABOVE, Bound.JUST_BELOW) and n.value > 10 and _MONEY.search(text):
        return replace(made, role=Role.PRICE)
    if n.value > 2 and (
        (_PAY_BEFORE.search(before) and not _BARE_NOUN.match(after)) or _PAY_AFTER.match(after)
    ):
        return replace(made, role=Role.PRICE)
    if n.value > 10 and _PIECES_AHEAD.match(after):
        return replace(made, role=Role.STOCK)
    if _PIECES.match(after) and (n.value > 10 or _HELD_BEFORE.search(before)):
        return replace(made, role=Role.STOCK)
    return made


def _listed(text: str, n: Number, before: str, after: str) -> bool:
    """Whether it ends a list of numbers that is said to be there: "40, 41 and 42 are in stock"."""
    return (
        _IN_LIST.search(text[: n.start]) is not None
        and re.match(r"\s*(?:码|号)?\s*(?:are|is|都?有货|都?有现货|也?都有)\b", after, re.I) is not None
    )


_IN_LIST = re.compile(r"\d\s*(?:,|、|\band\b|\bor\b|和|,\s*and\b)\s*(?:size )?$", re.I)
_READ = re.compile(r"\b(?:says|reads|say|read)\s*$", re.I)


def _counted(word: str) -> str:
    word = word.lower()
    for stem, unit in (("col", "colour"), ("size", "size"), ("颜色", "colour"), ("尺码", "size")):
        if word.startswith(stem):
            return unit
    return "product"


def _is_talk(n: Number, unit: str, before: str, after: str) -> bool:
    """Time of the show rather than of the product: "back in five minutes", "one second"."""
    if n.value == 1 and unit in ("s", "min") and n.spelled:
        return True
    return (
        _TALK_BEFORE.search(before) is not None
        or re.match(r"\s*(?:后回来|后见|后继续|[，,]?(?:就|马上|我就)?(?:回来|回$))", after) is not None
    )


def _is_small(n: Number, before: str, after: str) -> bool:
    if n.spelled and n.value <= 10 and n.readings == (n.value.to_integral_value(),):
        return True
    if _TALK_AFTER.search(after) is not None:
        return True
    return _TALK_BEFORE.search(before) is not None and (n.value <= 12 or _TYPED.search(before) is not None)
