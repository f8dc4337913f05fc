"""What plain English words tell of goods by their verb: "it closes at the top", "you can wear them to bed", "there's a place for
your bottle on the side". Whoever asks looks for a word of the catalogue or an amount beside it. Pure, on folded text.
"""

# ruff: noqa: E501  a pattern reads better on one line

import re
from collections.abc import Iterator

# Verbs by which goods do something, or something is done with them, that a catalogue could tell of.
_DOING = frozenset(
    "open close shut stay work run fit hold keep leave turn change switch move light burn slide stop add catch fold roll stand lock clip hang lean bend stretch "
    "shrink dry wash clean wipe rinse soak fill empty pour drink brew smell taste sound hear feel wear carry lift charge last go grow stick float sink spin swing "
    "tilt twist bounce break fall drop spill drip leak protect cover block shield warm cool heat freeze cook bake boil cut chop slice store pack stack squeeze press "
    "push pull touch tap refill replace sleep walk jump swim ride sit lie rest play pause skip answer connect pair reach glow shine fade dim brighten melt snap zip "
    "button tie wrap clear save lose gain take throw bring give let make slip tuck live survive handle resist breathe see look".split()
)
_PAST = {
    "kept": "keep", "held": "hold", "left": "leave", "took": "take", "goes": "go", "went": "go", "gave": "give", "made": "make", "stood": "stand",
    "lit": "light", "worn": "wear", "wore": "wear", "gives": "give", "taken": "take", "given": "give", "run": "run", "ran": "run", "felt": "feel", "slept": "sleep",
}  # fmt: skip
_AUX = r"(?:'s|'re|'ll|'d|'ve|(?<!as) (?:is|are|was|will|can|could|would|won't|can't|don't|doesn't|do|does|never|also|just|even|always|still|all|both|really|simply|only|already|soon|easily|barely|hardly|practically))*"
_MODAL = r"(?:'ll| will| can| could| may| might| won't| can't| cannot| don't| never| no longer)"
_ITS = re.compile(
    rf"(?<!how )(?<!what )(?<!whether )(?<!why )(?<!if )(?<!where )(?<!that's what )\b(?P<who>it|they|these|this one|that one|each one|every one){_AUX} (?P<verb>[a-z]+)\b",
    re.I,
)
_YOURS = re.compile(
    rf"\b(?:you|anyone|everyone|people|kids|guests|the dog|the cat){_MODAL}(?: (?:also|just|even|always|still|only|easily|simply|really|all))* (?P<verb>[a-z]+)\b(?=[^.!?]*\b(?:it|them|one|these|this)\b)",
    re.I,
)
# A part or a quality that goods are said to have.
_THERE = re.compile(
    r"\bthere(?:'s| is| are) (?:a|an|some|even an?|no|room for|space for)\b[^.!?,]{2,40}\b(?:in|on|at|inside|under|underneath|behind|around|along|for) (?:it|them|the (?:side|back|front|top|bottom|inside|outside|edge|base|juice|strap|lid)|your (?:bottle|phone|keys|things|laptop|umbrella|thumb|fingers|juice))\b",
    re.I,
)
# "It looks lovely", "it makes a nice gift", "you can see it in the link": of taste, or of the show.
_CALM = re.compile(
    r"^(?:look|make|take|give|go|run|see|sound|feel|sit|stand|live|add|wait|keep|leave|put)$", re.I
)
_OF_TASTE = re.compile(
    r"\b(?:lovely|nice\w*|pretty|cute|beautiful\w*|good|great|sweet|charming|friendly|happy|calm\w*|quiet\w*|cosy|cozy|elegant\w*|simple|neat\w*|fun\w*|odd\w*|like (?:a|an|the|it|something|someone)|as if|gift|present|treat|sense|smile|day|look|home|basket|cart|card|link|screen|list|page|shop|shelf|chat|show|stream|camera|picture|turn|word|name|wild|fast|company|point|case|deal|mind|fuss|time|guess|time|choice|favou?rite|today|tonight|here|there)\b",
    re.I,
)


# What goods are to the senses of who has them: "you smell it all over the house".
_SENSED = re.compile(
    r"\byou(?: (?:really|still|even|always|never|hardly|barely))* (?P<verb>smell|taste|feel|hear) (?:it|them|this|these)\b(?! (?:from me|here|again))",
    re.I,
)


def doing(clause: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each verb that tells of goods, and of each part that they are said to have, in a clause."""
    for pattern in (_ITS, _YOURS, _SENSED):
        for m in pattern.finditer(clause):
            verb = _base(m.group("verb").lower())
            if verb in _DOING and not (_CALM.match(verb) and _OF_TASTE.search(clause, m.end())):
                yield m.span("verb")
    for m in _THERE.finditer(clause):
        yield m.span()


def _base(word: str) -> str:
    if word in _PAST:
        return _PAST[word]
    for end, new in (
        ("ies", "y"),
        ("es", ""),
        ("s", ""),
        ("es", "e"),
        ("ing", ""),
        ("ing", "e"),
        ("ed", ""),
        ("ed", "e"),
    ):
        if word.endswith(end) and word[: len(word) - len(end)] + new in _DOING:
            return word[: len(word) - len(end)] + new
    return word
