"""Claims that are made by words rather than numbers: health, superlatives, scarcity, guarantees, experience, praise.

The names of the types are those of policy packs (`forbidden_claim_types`), and `superlative`. Patterns are broad on
purpose: what is caught wrongly is written anew, what is missed goes on air. Phrases that only look like a claim are
masked first ("at best", "第一步", "not a medical product").
"""

import re
from collections.abc import Iterator
from enum import StrEnum


class ClaimType(StrEnum):
    DISEASE = "disease_treatment"
    MEDICAL = "medical_wording"
    HEALTH = "health_claim"
    AUTHORITY = "ai_medical_authority"
    SUPERLATIVE = "superlative"
    SCARCITY = "false_scarcity"
    GUARANTEE = "guarantee_or_warranty"
    EXPERIENCE = "first_person_use_without_experience"
    TESTIMONIAL = "fake_testimonial"
    REVIEW = "customer_review_claim"
    EFFECT = "fabricated_usage_effect"
    COMPARISON = "competitor_comparison"
    CITATION = "citation_without_source"


_ILL = (
    r"insomnia|arthritis|cancer|diabet\w+|depression|anxiety|eczema|acne|asthma|migraines?|headaches?|hypertension|"
    r"disease\w*|illness\w*|infections?|inflammation|allerg\w+|colds?|flu|pain|aches?|backache|soreness|stiffness|"
    r"cough\w*|covid\w*|tinnitus|snoring|obesity|sleep (?:disorder|problem)s?"
)
_ZH_ILL = (
    r"失眠|颈椎病?|腰椎|关节炎|癌|糖尿病|抑郁|焦虑症?|湿疹|痘|哮喘|头痛|偏头痛|高血压|血压|血糖|血脂|疾病|感冒|咳嗽|"
    r"炎症|过敏|疼痛?|酸痛|便秘|脱发|鼻炎|近视"
)

_PATTERNS: dict[ClaimType, str] = {
    ClaimType.DISEASE: (
        rf"\b(?:cur(?:e|es|ed|ing)|heal(?:s|ed|ing)?|treat(?:s|ed|ing|ment for)?|reliev(?:e|es|ed|ing)|remed(?:y|ies) for|"
        rf"prevent(?:s|ed|ing)?|eas(?:e|es|ed|ing)|sooth(?:e|es|ed|ing)|fix(?:es|ed)?|stop(?:s|ped)?|end(?:s|ed)?|fight(?:s|ing)?|"
        rf"reduc(?:e|es|ed|ing)|banish(?:es)?|goodbye to|rid of|against|helps? with|good for)\s+(?:\w+[\s-]+){{0,3}}?(?:{_ILL})\b|"
        rf"\b(?:cures?|cured|curing)\b|\bheals?\s+(?:you|your|the|wounds)\b|\b(?:{_ILL})[\s-]+(?:relief|cure|killer|free|treatment|remedy)\b|\binsomnia\b|"
        rf"(?:治疗|治愈|根治|医治|专治|治好|治|缓解|改善|预防|消除|减轻|防治|告别|抗|防|降|对付)(?:[\u4e00-\u9fff、]{{0,6}}?)(?:{_ZH_ILL})|"
        r"治疗|治愈|根治|包治|抗癌|防癌|降(?:血压|血糖|血脂|三高)|失眠"
    ),
    ClaimType.MEDICAL: (
        r"\b(?:clinical(?:ly)?|medical(?:ly)?|medicinal|therapeutic|pharmaceutical|orthop(?:a)?edic|prescription|no side effects?|side effects?)\b|"
        r"临床|医疗级|医用|药用|药效|疗效|处方|无副作用|副作用|理疗|消炎|杀菌率?|抗菌率?"
    ),
    ClaimType.HEALTH: (
        r"\b(?:boost\w*|strengthen\w*|improv\w*|enhanc\w*|support\w*|better for)\s+(?:\w+\s+){0,2}?(?:immun\w+|eyesight|vision|sleep|digestion|circulation|"
        r"metabolism|memory|posture|health|heart|gut|skin|mood|testosterone|hormon\w+)\b|\b(?:detox\w*|anti-?ag(?:e)?ing|anti-?inflammatory|"
        r"weight[\s-]loss|los(?:e|es|ing) weight|slimming|burns? (?:fat|calories)|fat[\s-]burning|immune system|(?:good|great|better) for your (?:health|heart|skin|eyes|back|body)|"
        r"health benefits?|heal(?:ing|s)?\b|lowers? (?:your )?(?:blood|cholesterol)|sleep better|you (?:will|'ll) sleep|vitality)\b|"
        r"减肥|瘦身|燃脂|排毒|养颜|抗衰|抗氧化|增强(?:免疫力?|体质|记忆)|提高(?:免疫力?|抵抗力)|免疫力|助眠|安神|改善(?:睡眠|视力|循环|肠胃|体质)|"
        r"保健|养生|补(?:肾|血|气)|壮阳|丰胸|增高|祛斑|祛痘|美白祛|延年益寿|有益健康|对(?:身体|健康|眼睛|心脏|皮肤|胃)[^。！，]{0,3}好|明目|护肝|护眼功效"
    ),
    ClaimType.AUTHORITY: (
        r"\b(?:doctors?|physicians?|dermatologists?|dentists?|nurses?|pharmacists?|experts?|scientists?)[\s-]+(?:recommend\w*|approve\w*|trust\w*|say|agree)\b|"
        r"\b(?:recommended|approved|endorsed|tested) by (?:\w+\s+)?(?:doctors?|dermatologists?|dentists?|experts?|scientists?)\b|\bas (?:a|your) (?:doctor|nurse|pharmacist|dietitian)\b|"
        r"(?:医生|专家|医师|药师|营养师|教授|院士)(?:都|们)?(?:推荐|认可|建议|说|指出)|作为(?:一名)?(?:医生|护士|药师|营养师)"
    ),
    ClaimType.SUPERLATIVE: (
        r"\b(?:world'?s|nation'?s|country'?s|industry'?s|market'?s)\s+(?:\w+\s+)?(?:best|first|finest|greatest|largest|only|leading|no\.? ?1|number one|most|cheapest|fastest|strongest)\b|"
        r"\bbest\b(?!\s+(?:before|wishes|regards|friend|way|if|to ask|kept|served|stored|used|suited|fit|not))|\b(?:unbeatable|unrivall?ed|unmatched|unparalleled|second to none|"
        r"one[\s-]of[\s-]a[\s-]kind|once[\s-]in[\s-]a[\s-]lifetime|world[\s-]class|top[\s-](?:rated|selling|ranked)|best[\s-]?sell\w+|number[\s-]one\s+(?:choice|brand|seller|selling|in)|no\.? ?1\b(?!\d)|"
        r"(?:the\s+)?(?:cheapest|lowest[\s-]pric\w+|lowest price|finest|greatest|perfect|ultimate|strongest|fastest|softest|toughest|safest|healthiest|cleanest|purest|largest|biggest)|"
        r"the most (?!of\b|likely|common|people|important|asked)\w+|in the (?:whole |entire )?world|on earth|on the (?:whole )?(?:planet|market|internet)|anywhere else|nowhere else|never been (?:cheaper|lower)|ever made|of all time)\b|"
        r"最(?!后|近|多|少|初|终|早|晚|先|新)[\u4e00-\u9fff]|最先进|最新科技|最多人|"
        r"(?:全国|全网|全球|全世界|世界|行业|销量|排名|口碑|品质|国内|业界|类目|人气)第一|第一(?:品牌|名|选择|美|神器|大|线)|"
        r"全网(?:唯一|独家|最|首)|全世界|全球(?:首|唯一|顶|最|独)|世界级|国家级|国际级|宇宙级|史上|史无前例|空前绝后|绝无仅有|独一无二|无与伦比|无人能[及敌]|"
        r"顶级|极致|极品|至尊|王牌|霸主|冠军|万能|首选|唯一|天花板|no\.?1|TOP ?1\b|百分百(?:有效|满意|安全|正品)|100%\s*(?:有效|满意|安全)|"
        r"\b100\s?% (?:effective|safe|satisfaction|guaranteed)\b|完美|永久|秒杀(?:全网|同行)|全网低价|底价|跳楼价"
    ),
    ClaimType.SCARCITY: (
        r"\b(?:last|final)\s+(?:(?:one|two|three|four|five|few|couple|\d+)\s*)?(?:of them|ones?|pairs?|pieces?|units?|items?|chances?|hours?|minutes?|call|boxes|sizes?|stock|left|sets?)\b|"
        r"\b(?:almost|nearly|practically|about to be) (?:gone|sold[\s-]out|out of stock)\b|\b(?:selling|going|flying|moving)(?: out)? (?:so |really |very )?(?:fast|quick(?:ly)?)\b|\bfly(?:ing)? off the shel\w+|"
        r"\b(?:running|run) (?:out|low)\b|\bhurry\b|\b(?:low|limited) (?:stock|supply|supplies|quantit\w+|time|edition|offer)\b|\bwhile (?:stocks?|supplies) lasts?\b|"
        r"\b(?:ends?|ending|expires?|over|gone|valid|only) (?:\w+ ){0,2}?(?:tonight|today|soon|midnight|this (?:evening|hour)|in \w+ (?:minutes?|hours?))\b|\b(?:today|tonight) only\b|\bonly (?:today|tonight)\b|"
        r"\bbefore (?:it'?s|they'?re|they are|it is) (?:gone|too late)\b|\b(?:only )?a (?:few|couple|handful)(?: \w+)? (?:left|remain\w*)\b|\bonly a few\b|\bnot many left\b|\bfew (?:remaining|left)\b|\b(?:don'?t|do not) miss\b|\bact (?:now|fast)\b|\bflash sale\b|\bnever again\b|\bwon'?t (?:be|come) back\b|"
        r"库存(?:告急|紧张|不多|有限|见底)|最后(?:[一两二三四五六七八九十\d]+)?(?:双|件|个|台|只|条|盒|瓶|套|批|一波|几|机会|一天|时刻|\d)|(?:仅|只)剩|所剩无几|手慢(?:无|了?就?没)|限时|限量|限购|"
        r"仅限今[天晚日]|只有今[天晚]|今[晚天日](?:截止|结束|最后|限定|专属|独享)|(?:马上|快|就要|即将)(?:要)?(?:没|售罄|抢完|卖完|抢光|断货|结束|涨价|恢复原价)|抢(?:完|光)|售罄在即|错过(?:不再|就没|等一年|今天|后悔)|倒计时|过时不候|先到先得|"
        r"卖得(?:很|非常|特别)?(?:快|火)|秒没|不多了|没几[件双个]|赶紧|抓紧|最后一"
    ),
    ClaimType.GUARANTEE: (
        r"\b(?:guarant\w+|warrant(?:y|ies|ied)|money[\s-]back|(?:free|easy|no[\s-]questions?)[\s-](?:\w+[\s-])?returns?|lifetime (?:repair|replacement|service|cover)|refund\w*|risk[\s-]free|full refund|(?:days?|months?)[\s-](?:free )?returns?)\b|"
        r"保修|质保|保证|包退|包换|终身(?:维修|质保|保修)|退款|假一赔|无理由|承诺|包赔|运费险"
    ),
    ClaimType.EXPERIENCE: (
        r"\bi(?:'ve| have|'m| am)?\s+(?:\w+ly\s+|always\s+|just\s+|also\s+|been\s+|personally\s+)*(?:us(?:e|ed|ing)\b(?! (?:ai\b|the catalogue|the shop))|wear(?:ing)?|wore|worn|drink(?:ing)?|drank|tried|tested|own(?:ed)?\b|bought|sle(?:ep|pt)\b|tast(?:e|ed)|eat(?:ing)?|ate|cook(?:ed)? with|carr(?:y|ied) (?:it|this|mine|one)|wash(?:ed)? (?:it|mine))|"
        r"\bmy own (?!words|voice)\w+|\bmine (?:has|have|is|are|still|lasted|looks?)\b|\bat (?:my )?home,? i\b|\bin my (?:own )?(?:kitchen|home|bedroom|bag|experience|wardrobe|house)\b|\b(?:my (?:wife|husband|mother|mum|mom|kids?|children|daughter|son|friends?|family|dog|cat))\b|"
        r"我(?:自己|本人|家里?|妈|爸|老公|老婆|孩子|女儿|儿子|朋友|闺蜜|同事)(?:也|都|就|每天|一直|天天|在|经常)*(?:用|穿|喝|吃|试|买|睡|背|戴|有|回购|觉得)|"
        r"我(?:也|都|就|每天|一直|天天|经常|已经|亲自|真的)*(?:在)?(?:用(?!中文|英文|普通话|一句|大白话|简单|AI)|穿|喝|吃|亲测|亲身|试过|试用|试穿|试了|买了|买过|睡了|睡过|背了|戴了|回购)|亲测|自用款?|本人亲"
    ),
    ClaimType.TESTIMONIAL: (
        r"\b(?:customers?|buyers?|people|everyone|everybody|users?|fans|thousands|millions|hundreds|reviewers?|clients?|women|men|moms?|parents)(?: \w+){0,4}? (?:love[sd]?|adore|swear|rave|say|said|can'?t stop|report|agree|keep coming back|trust|recommend|bought|ordered|purchased)\b|"
        r"\b(?:thousands|millions|hundreds|tons) of (?:\w+ )?(?:customers|buyers|people|reviews|orders|users|fans)\b|\b(?:celebrit\w+|influencers?|stars) (?:use|wear|love)\w*|"
        r"(?:顾客|客户|买家|用户|粉丝|大家|姐妹们?|宝妈|网友|同款|明星)(?:们)?(?:都|全都|纷纷)?(?:说|反馈|好评|喜欢|推荐|爱用|回购|抢|在用)|好评如潮|回头客|回购率|口碑爆|明星同款|网红同款|爆款|热销|畅销|卖爆|人手一"
    ),
    ClaimType.REVIEW: (
        r"\b(?:five|5|4\.\d|four)[\s-]?stars?\b|\b(?:rave|glowing|positive|verified|great|top) reviews?\b|\b\d[\d,.]* (?:reviews|ratings)\b|\bhighly rated\b|\b(?:sold|bought) (?:over |more than )?\d[\d,]*\b|"
        r"五星|好评(?:率|如)|[\d.万千百]+(?:条)?好评|已售|销量(?!第)|累计(?:销|卖)|卖(?:出|了)[\d一二两三四五六七八九十百千万]+"
    ),
    ClaimType.EFFECT: (
        r"\b(?:instant(?:ly)?|visible|guaranteed|permanent|overnight|miracle|proven|life[\s-]chang\w+) (?:results?|effects?|difference|change|improvement)\b|\bworks for everyone\b|\bresults in (?:\d+|\w+) days\b|\bmiracle\b|\bmagic(?:al)?ly\b|"
        r"立竿见影|见效|一用就|神奇|奇迹|即刻(?:见|变)|(?:天|周|月)(?:内)?见效|效果(?:立现|惊人|显著)"
    ),
    ClaimType.COMPARISON: (
        r"\b(?:better|cheaper|stronger|softer|warmer|faster|lighter) than (?:any|every|all|other|the (?:competition|others|rest)|[A-Z]\w+)|\bunlike (?:other|most|cheap)\b|\b(?:other|competing|rival) (?:brands?|shops?|stores?|sellers?)\b|"
        r"(?:别家|其他(?:家|品牌|店)|同行|某宝|大牌(?:平替)?|比[^，。]{1,8}(?:便宜|好用|强|划算))"
    ),
    ClaimType.CITATION: (
        r"\b(?:studies|study|research(?:ers)?|science|scientists|surveys?|tests?|experts?) (?:show|prove|say|confirm|found|suggest)\w*|\b(?:scientifically|clinically|laboratory|lab)[\s-](?:proven|tested)\b|\baccording to (?:\w+ )?(?:stud\w+|research|experts?|science)\b|"
        r"研究(?:表明|证明|显示)|科学(?:证明|验证)|实验(?:证明|表明)|据(?:统计|调查|研究)|权威认证|专利"
    ),
}
_COMPILED = {kind: re.compile(pattern, re.I) for kind, pattern in _PATTERNS.items()}

# What only looks like a claim. Replaced by a filler of the same length before anything is looked for.
_HARMLESS = re.compile(
    r"\bat best\b|\b(?:do|did|try|trying) (?:my|our|its) best\b|\ball the best\b|\b(?:like|liked|suits?|fits?|fit|works?) (?:you |me |it )?best\b|\bwhich (?:\w+ )?(?:\w+ )?best\b|\bbest (?:for|with) (?:you|which)\b|"
    r"\bnot (?:a |an |any )?(?:medical|health|medicinal|clinical)(?: \w+)?|\b(?:no|any|make|making|about) (?:medical|health)(?: or (?:medical|health))? (?:claims?|promises?|effects?|advice|benefits?)\b|"
    r"\b(?:can'?t|cannot|can not|won'?t|will not|don'?t|do not|not able to|could not|couldn'?t) (?:\w+ )?(?:promise|claim|guarantee|recommend it for|give)(?: you)?(?: (?:that|any|medical|health|it) (?:advice|claims?|benefits?)?)?|"
    r"\bi (?:have not|haven'?t|can'?t|cannot|can not|do not|don'?t|did not|didn'?t|could not|couldn'?t|never) (?:\w+ )?(?:use|used|wear|worn|wore|drink|drunk|tried|try|test|tested|own|owned|sleep|slept|taste|tasted|eat|eaten)(?: \w+)?|"
    r"\bnot hot for ever\b|\bone size fits all\b|\bend(?:s|ing)? soon after\b|\bhealth(?:y|ily)? snack\b|"
    r"第一(?:步|次|件|个|位|款|双|种|点|时间|天|眼|样|项|条|号|句|名观众|排|场|家店|季)|第一(?=[，,、：:]|是)|不是(?:药品?|医疗器械|保健品)|"
    r"不(?:能|会|可以|敢|做|作)?(?:做|作|给|提供|承诺|保证|宣称|谈)(?:任何)?(?:健康|医疗|功效|疗效|保健)?(?:方面的?|上的?)?(?:承诺|保证|宣称|建议|声明)?|"
    r"我(?:没有|没|不能|不会|无法)(?:亲自|真的|办法)?(?:用过?|穿过?|喝过?|吃过?|试过?|睡过?|背过?|戴过?)|不(?:算|是)最[\u4e00-\u9fff]|最后(?=[，,]|说|再|提醒|一个问题|一款|给大家|我们|跟)|唯一的?(?:问题|区别)|请?保证(?:充足)?睡眠",
    re.I,
)


def mask(text: str) -> str:
    """The text with harmless look-alikes blanked, every character in its place."""
    return _HARMLESS.sub(lambda m: "\x00" * len(m.group()), text)


def find_words(text: str) -> Iterator[tuple[int, int, ClaimType]]:
    """(start, end, type) of each claim made by words. Spans of different types may overlap."""
    masked = mask(text)
    for kind, pattern in _COMPILED.items():
        for match in pattern.finditer(masked):
            if match.end() > match.start():
                yield match.start(), match.end(), kind


NEVER_SAYABLE = frozenset(
    {
        ClaimType.DISEASE,
        ClaimType.MEDICAL,
        ClaimType.HEALTH,
        ClaimType.AUTHORITY,
        ClaimType.SUPERLATIVE,
        ClaimType.SCARCITY,
        ClaimType.EXPERIENCE,
        ClaimType.TESTIMONIAL,
        ClaimType.REVIEW,
        ClaimType.EFFECT,
        ClaimType.CITATION,
    }
)
