"""English words that say more of goods together than each of them does alone: what they withstand, hold and stay.

TOGETHER and ALONE are patterns for products/material.py. What TOGETHER matches may be said only as the catalogue writes
it; what ALONE matches, only in a clause that has a word of the catalogue or an amount too.
"""

# ruff: noqa: E501  a pattern reads better on one line

_FORCE = r"(?:water|rain|raindrops?|drizzle|snow|wind|mud|dirt|dust|sand|stains?|spills?|splash(?:es)?|coffee|sweat|noise|crumbs|fingerprints|smells?|moths|moisture|damp|wine)"
_GOODS = r"(?:it|they|them|these|this|that|those|the (?:sneakers|shoes?|mug|bottle|tote|bag|lamp|earbuds|buds|case|candle|pillow|cover|tea|blanket|backpack|board|sole|upper|handle|glaze|canvas|rubber|wool|steel|cotton|foam))"
_DEFECT = r"(?:spill|drip|leak|crumb|stain|scratch|noise|mess|smell|smoke|soot|wrinkle|crease|tangle|knot|bump|lump|crack|chip|gap|seam|wire|cable|string|glare|flicker|hum|buzz|chemical|additive|rattle|wobble|creak|squeak|drop|trace|mark|dent|rip|hole|lint|fluff|slip)(?:s|es|ing|ling)?"

TOGETHER = "|".join(
    (
        # forces of nature and what they do to goods: "water rolls right off"
        rf"\b{_FORCE} (?:(?:just|simply|right|never|always|only|can|can't|cannot|won't|will|does|doesn't|don't|simply) ){{0,3}}(?:rolls?|runs?|slid(?:e|es)|beads?|bounces?|drips?|stays? (?:out|outside|on)|wipes?|wash(?:es)? (?:off|out|away)|comes? (?:off|out|through)|falls? off|brush(?:es)?|shakes?|gets? (?:in|through|out|past)|goes? through|seeps?|soaks?|sticks?|stands? a chance)\b",
        rf"\b(?:keeps?|shuts?|blocks?|stops?|leaves?|locks?|holds?|takes?) (?:\w+ )?(?:the )?{_FORCE} (?:out|away|off|outside|back|in|at bay)\b",
        r"\b(?:in|through|against|under|into) (?:a |the |any |every |pouring |heavy |driving |light )*(?:storms?|downpours?|snow\w*|blizzards?|heat ?waves?|gales?|hail|rivers?|lakes?|sea|pool|shower|tap)\b",
        # what goods do not do: "not a drop comes out", "no spills"
        rf"\b(?:no|zero|without(?: any| a)?|free of|never an?|not an?(?: single)?|not one|hardly an?|rarely an?) (?:more )?(?:\w+ )?{_DEFECT}\b(?! (?:of milk|of honey|in the (?:chat|stream|sound)|more to))",
        rf"\b{_GOODS}(?: \w+)? (?:do not|don't|does not|doesn't|won't|will not|can't|cannot|never|hardly ever|rarely) (?:ever |even |really |easily |just )?(?:slip|slid|slide|break|fad|fade|shrink|stretch|leak|spill|scratch|stain|smell|itch|rust|tear|rip|crack|chip|dent|wobbl|wobble|squeak|pinch|rub|wear|bend|los|lose|fall|drop|tip|topple|burn|bleed|pill|peel|sag|sink|heat|overheat|fail|get|go|dull|mark|warp|weigh|bother|annoy|tire|quit|let|give|stop|ask|need)(?:s|es|ped|ping)?\b",
        rf"\b(?:drop|kick|bend|soak|squash|crush|stamp on|stand on|sit on|step on|tread on|drive over|run over|throw|knock) {_GOODS}(?! (?:in|into|onto|to|a (?:line|like|heart))\b)",
        r"(?<!\bi )(?<!\bwe )(?<!\byou )\b(?:never|won't|don't|doesn't|not|no longer) (?:get|gets|feel|feels|turn|turns|run|runs) (?:too |very |even )?(?:hot|cold|warm|wet|tired|dirty|sore|cool|dry)\b(?! (?:feet about|for ever))",
        # how goods stay: "it stays crisp", "still hot at noon"
        r"\b(?:stays?|keeps?|remains?|kept|stayed|staying|keeping) (?:\w+ ){0,2}?(?:dry|clean|fresh|crisp|white|sharp|put(?= *(?:[.,!]|$))|upright|shut|closed|warm|cool|bright|soft|fluffy|in (?:place|shape)|like new|comfortable|steady|safe|secure|hidden|organi[sz]ed|firm|smooth|shiny|intact|lit|flat)\b",
        r"\b(?:hot|cold|warm|cool|fresh|crisp) (?:[a-z]+ ){0,2}?(?:(?:right )?(?:to|till|until) the (?:very )?last|for hours|when you (?:get|come|wake|arrive)|the next|hours later|by (?:lunch|dinner|evening|morning)|all)\b",
        r"\bstill (?:\w+ )?(?:hot|cold|warm|cool|fresh|lit|burn\w*|glow\w*|play\w*|charg\w*|crisp|steaming|dry) (?:when|at|the next|tomorrow|in the|after|by|days|hours|on (?:mon|tues|wednes|thurs|fri|satur|sun))",
        r"(?<!chat )(?<!chat's )(?<!here )\b(?:go|goes|falls?|turns?|gone|went) (?:silent|quiet|mute|dark by)\b|\b(?:drowns? out|tunes? out|shuts? out|mutes?|silences?|blocks? out) (?:the|your|all|every)\b",
        r"\b(?:keeps?|holds?|stays?|lasts?|going|hot|cold|warm|lit|burns?)\b[^.!?]{0,24}\b(?:till|until|into|right through) (?:the |your )?(?:next |following )?(?:morning|evening|night|day|breakfast|lunch|dinner|supper|weekend|sunrise|dawn)\b|\b(?:into|in) (?:the|a|any|every) (?:wall|mains|socket|outlet)\b",
        # what fits, for whom, how often
        r"\b(?:for|fits?|feeds?|serves?|holds?|takes?|carr(?:y|ies)) (?:a |an |the |your )?(?:whole |entire |large |big |small )?(?:family|crowd|household|office|army|football team|team)\b(?: of \w+)?",
        r"\b(?:takes?|holds?|fits?|carries|swallows?) (?:a|one|two|the|your|an entire|a whole|half a|all) (?:\w+ )?(?:week|month|weekend|fortnight|year|day|family|lot|ton|suitcase|shopping)(?:'s)?\b",
        r"\b(?:safe|suitable|fine|ok(?:ay)?|good|great|right|made|designed|gentle|harmless|ideal) (?:enough )?(?:for|with|around|on) (?:(?:the|your|small|young|little|all|even|sensitive) ){0,2}(?:kids|child|children|babies|baby|toddlers?|infants?|pets?|dogs?|cats?|newborns?|skin|teeth|grandparents|seniors)\b|\b(?:kids|child|children|babies|baby|toddlers?|infants?|pets?|dogs?|cats?|anyone|grandma) (?:can|may|could|will|won't|love|loves|use|chew)\b",
        r"\b(?:with|leaves?|have|has|got|and) (?:\w+ )?(?:room|space) (?:to spare|left over|for more)\b|\bfor (?:every|any|all) (?:occasions?|weathers?|seasons?|ages?|sizes?|foot|head|hands?|tastes?|budgets?|homes?|outfits?)\b",
        r"\b(?:by|on) (?:it|them)sel(?:f|ves)\b(?= *(?:[.,!]|$|when|once|after|at|if|as|on|in)\b)|\bautomatic(?:ally)?\b|\bat the (?:touch|push|press|flick|click) of\b|\bwithout (?:you|a|any|your) (?:\w+ )?(?:lifting|hands?|touch\w*|effort|help)\b",
        r"\b(?:whole|entire|full) (?:thing|lot|pillow|bag|lamp|set|shoe|mug|case)\b[^.!?]{0,24}\b(?:wash\w*|machine|dishwasher|microwave)\b",
        r"\b(?:in|into|under|through|onto|on) (?:the |deep |hot |cold |salt |open |running )*water\b",
        # one of our goods measured by another
        r"\b(?:more|less|bigger|smaller|larger|heavier|lighter|longer|shorter|taller|wider|brighter) than (?:the|our|a|an) (?!old|list|compare|crossed|struck|original|usual|other|price|figure|tag|sticker|label|amount|sum|total|budget|rest|previous|former|number|last|regular|hundred|thousand|dozen|few|couple|third|half|quarter|kilo|litre|liter|metre|meter|pound|day|week|year|bit|minute|second|show|question)\w+",
        r"\bcomes? with (?:two|three|four|five|six|seven|eight|nine|ten|\d+|spare|matching|some|its|their|extra) (?!sizes|colou?rs|shades|years?|hours?)\w+",
        # how long, how easily, by whom moved
        r"\bfor (?:years|months|weeks|decades|ages|generations|seasons|many \w+|a long (?:time|while)|years and years)\b(?! (?:i|we|you|now|to come back)\b)",
        r"\b(?:a|one|two|three) (?:day|hour|week|month|year|litre|liter|kilo|metre|meter|inch|pound)s? and a (?:half|quarter|bit)\b|\bwithout (?:plugging|charging|refilling|topping|reheating|washing|ironing|bending|spilling|stopping|waking|lifting|sweating|thinking)\b",
        r"\bwith (?:one|a single|only one|just one|your|both|wet|gloved|no|two) (?:\w+ )?(?:hands?|fingers?|thumb|eyes (?:closed|shut)|elbow|foot|tool|tools)\b|\b(?:tap|press|touch|click|swipe|shake|twist|squeeze|pull|push|turn|flip|clap|whistle)(?: \w+){0,3} and (?:it|they|the \w+)(?:'s|'ll| will)? \w+",
        rf"\b(?:use|reuse|wear|refill|brew|steep|light|burn|run|sleep on|sit on|stand on|wash|open|close|fold|lift|carry|clean|store|hang|stack|turn|charge) (?:{_GOODS}|the (?:jar|same \w+|lid|box|tin)) (?:\w+ )?(?:again|as (?:a|an)|for (?:a|the|your|other)|twice|three times|four times|five times|many times|every|outdoors|outside|upside|flat|both|either|over and over|anywhere|everywhere)\b",
        rf"\b{_GOODS} (?:keeps?|holds?|has|have|get|gets|finds?) (?:its|their) (?:\w+ )?(?:shape|form|colou?r|shine|heat|cool|charge|edge|scent|smell|bounce|place|balance|promise|word|own)\b(?! (?:pocket|sleeve|case))",
        r"\b(?:it's|it is|they're|they are|this is|that's|comes? as|sold as|you get|you're getting) (?:a |the |one )?(?:pair|set|trio|duo|bundle|twin pack|couple) of (?!(?:canvas |these |those |our |harbor |wireless )*(?:sneakers|shoes|earbuds|buds|them))\w+",
        r"\b(?:i|we)(?:'ll| will| can| could|'d)? (?:\w+ )?(?:slip|throw|toss|sneak|tuck|chuck|bundle|pop) (?:you |in |a |an |another |one |something |some |the )+\w*[^.!?,]{0,16}\b(?:in|extra|too|free|with (?:it|them|that)|on top)\b|\bsomething (?:nice|special|extra|good|sweet|lovely|wonderful) (?:happens|waits|is waiting|inside|in the|comes|to the)\b|\bmention my name\b",
        r"\b(?:spring|summer|autumn|winter|first|second|early|late) (?:tea|oolong|leaf|leaves|flush|wool|cotton|crop|batch|picking|shearing)\b",
        r"\b(?:it|they|these|this|that) (?!speaks? for|explains?|speak for)\w+ (?:\w+ ){0,2}?(?:itself|themselves)\b|\b(?:big|large|wide|deep|long|roomy|small|thin|slim|light|strong|sturdy|tall|thick|soft|warm|tough|bright|loud|quiet|gentle) enough (?:for|to|that)\b",
        r"\blast (?:year|season|month|week|spring|summer|autumn|winter)'s (?!show|stream|question)\w+|\bstays? (?:where|what|as|that way|the way)\b",
        rf"\b(?:flip|turn|fold|unfold|open|zip|tie|untie|roll|stack|twist|clip|hook|lift|kick) {_GOODS}(?: (?:over|up|out|inside out|around|down|off|on|open))?(?: and (?:you|it|they|there)|(?: \w+)? without)\b",
        r"\b(?:striped|dotted|chequered|flowered|floral|patterned|printed|plaid|tartan|two-tone|glossy|matte?|shiny|transparent|see-through)\b",
        r"\b(?:rides?|tags?|thrown|hops?|tossed) along\b|\b(?:is|are|comes?) included\b|\b(?:watch|see) the price (?:melt|drop|fall|shrink|go|tumble|come|change)\b|\b(?:birthday|secret|name|word|password) at (?:the )?checkout\b",
        r"\b(?:no|zero|without|any|of|with) lead\b|\bspotted (?:one|pattern|print|mug|bag|version)\b",
        # adjectives made of two words: "freezer safe", "child-friendly"; the first alone may be plain
        r"\b(?!(?:is|it's|are|they're|so|and|or|keep|stay|be|you're|perfectly|totally|completely|quite|also|both|not|very|dishwasher|microwave|for|a|the|more|get|feel|about|ai|to|play|all|always|rent|seat|home|arrive|your|you|from|of|as|user|sun|leave|i'm|we're|ready|just|now) )\w+[ -](?:safe|proof|resistant|certified|grade|tight|friendly)\b",
    )
)

ALONE = "|".join(
    (
        # what happens to a viewer's things and days: "your fingers never get hot", "keys don't get lost"
        r"(?:^|[.!?;:,] |\b(?:and|so|because|but|then) )your (?!questions?\b|size|choice|turn|screen|basket|cart|host|name|comments?|messages?|call|picks?|links?|seat|number|cue|shop|answer|order|chat|page|moderator|job|task|own\b|first|favou?rite|opinion|guess|thoughts|words|support|company|patience)(?:[a-z-]+ ){1,2}(?:is|are|was|were|will|won't|would|can|can't|could|never|always|no longer|suddenly|finally|instantly|gets?|feels?|looks?|stays?|becomes?|goes|go|comes?|turns?|smells?|sounds?|tastes?|needs?|deserves?|loves?|thanks?|sings?|has|have|had|doesn't|don't|knows?) ",
        r"\b(?!i\b|we\b|you\b|nobody\b|page\b|that\b|chat\b)(?:keys|phones?|books?|papers?|bottles?|things?|stuff|juice|tea|milk|soup|sauce|crumbs|bread|food|clothes|cables|coins|pens|fingers|hands|feet|toes|ears|lips) (?:do not|don't|does not|doesn't|won't|will not|can't|cannot|never|always|stay|stays|slide|slides|get|gets|fit|fits|go|goes|find|finds|have|has) ",
    )
)
