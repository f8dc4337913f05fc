"""Every figure of every shipped rule at its edge: what is just allowed passes; one millisecond, pixel or day
further is a finding of that rule. The table is made from the packs, so that a new rule is tried as well.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.compliance.judge import CHECKS, Observed, judge
from bot.compliance.kinds import (
    ChatDisclosure,
    ContentMix,
    Duration,
    Geometry,
    Interaction,
    Label,
    Presence,
)
from bot.compliance.packs import Rule, load_packs

NOW = datetime(2027, 6, 1, 12, tzinfo=UTC)  # after every date of the seed
MS = timedelta(milliseconds=1)
SIDE = 1080  # pixels of the picture's shortest side
FRAME = 1920  # of its height
RULES = [r for pack in load_packs().packs for r in pack.rules]
LIVE = NOW - timedelta(hours=48)

Edge = tuple[str, Observed, Observed]  # what is at its edge; just allowed; just not


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def on_air(**seen: Any) -> Observed:
    whole = {
        "started": LIVE,
        "synthetic_person_since": LIVE,
        "synthetic_voice_since": LIVE,
        "virtual_scene_since": LIVE,
        "recorded_since": None,
        "label_seen": NOW,
        "last_interaction": NOW,
        "notice_shown": NOW,
    }
    return Observed(**{**whole, **seen})


def edges(rule: Rule) -> Iterator[Edge]:
    """Where a rule turns. Nothing else of the rule may be broken on either side."""
    p = rule.params
    if isinstance(p, Label):
        yield from label_edges(p)
    elif isinstance(p, Interaction):
        if p.max_silence_start_s is not None:
            at = ago(p.max_silence_start_s)
            quiet = on_air(started=at, last_interaction=None)
            yield "silence at the start", quiet, replace(quiet, started=at - MS)
        if p.max_silence_mid_s is not None:
            at = ago(p.max_silence_mid_s)
            yield "silence later", on_air(last_interaction=at), on_air(last_interaction=at - MS)
    elif isinstance(p, Duration):
        if p.max_stream_s is not None:
            at = ago(p.max_stream_s)
            yield "length", on_air(started=at), on_air(started=at - MS)
        if p.max_pauses is not None:
            short = on_air(started=ago(60))
            yield "pauses", replace(short, pauses=p.max_pauses), replace(short, pauses=p.max_pauses + 1)
        if p.max_pause_s is not None:
            at, short = ago(p.max_pause_s), on_air(started=ago(p.max_pause_s + 60), pauses=1)
            yield "a pause", replace(short, paused_since=at), replace(short, paused_since=at - MS)
    elif isinstance(p, Geometry):
        if (least := p.avatar_min_height_ratio) is not None:
            high = least * FRAME
            yield (
                "the figure, one pixel small",
                on_air(avatar_height_ratio=high / FRAME),
                on_air(avatar_height_ratio=(high - 1) / FRAME),
            )
        if (most := p.max_static_area_ratio) is not None:
            area = SIDE * FRAME
            yield (
                "stills, one pixel large",
                on_air(static_area_ratio=most),
                on_air(static_area_ratio=(most * area + 1) / area),
            )
    elif isinstance(p, ContentMix):
        human = on_air(synthetic_voice_since=None) if p.ai_voiceover == "forbidden" else on_air()
        if p.max_prerecorded_clip_s is not None:
            at = ago(p.max_prerecorded_clip_s)
            yield "a clip", replace(human, recorded_since=at), replace(human, recorded_since=at - MS)
        if p.min_realtime_ratio > 0:
            day = 86_400_000  # milliseconds, of which one more than the share must be live
            share = p.min_realtime_ratio
            yield (
                "share captured live",
                replace(human, realtime_ratio=share + 1 / day),
                replace(human, realtime_ratio=share),
            )
        for field in ("looped", "still_image"):
            if getattr(p, {"looped": "loops"}.get(field, field)) == "forbidden":
                yield field, replace(human, **{field: False}), replace(human, **{field: True})
        if p.ai_voiceover == "forbidden":
            yield "AI voice", human, replace(human, synthetic_voice_since=NOW)
    elif isinstance(p, ChatDisclosure) and p.reminder_every_s is not None:
        at = ago(p.reminder_every_s)
        yield "the notice", on_air(notice_shown=at), on_air(notice_shown=at - MS)
    elif isinstance(p, Presence):
        yield from presence_edges(p)


def label_edges(p: Label) -> Iterator[Edge]:
    if p.surface != "picture" or p.about == "advertisement":
        return
    seen = "recorded_label_seen" if p.about == "recorded" else "label_seen"
    air = on_air(recorded_since=LIVE, recorded_label_seen=NOW) if p.about == "recorded" else on_air()
    gap = 1.0 if p.max_gap_s is None else p.max_gap_s
    if p.coverage == "continuous":
        yield "gap", replace(air, **{seen: ago(gap)}), replace(air, **{seen: ago(gap) - MS})
        if p.applies_while in ("synthetic_person_visible", "synthetic_content_on_air"):
            fresh = replace(air, label_seen=None, synthetic_voice_since=None, synthetic_person_since=ago(gap))
            yield "first seen", fresh, replace(fresh, synthetic_person_since=ago(gap) - MS)
    if p.applies_while == "virtual_scene_visible" and p.at_start:
        begun = replace(air, label_seen=None, virtual_scene_since=ago(gap))
        yield "not since the start", begun, replace(begun, virtual_scene_since=ago(gap) - MS)
    if p.about != "ai":
        return
    if least := p.min_height_ratio_of_shortest_side:
        high = least * SIDE
        yield (
            "one pixel small",
            replace(air, label_height_ratio=high / SIDE),
            replace(air, label_height_ratio=(high - 1) / SIDE),
        )
    if p.min_contrast:
        yield (
            "contrast",
            replace(air, label_contrast=p.min_contrast),
            replace(air, label_contrast=p.min_contrast - 0.01),
        )


def presence_edges(p: Presence) -> Iterator[Edge]:
    human = on_air(identity_checked=True, present=dict.fromkeys(p.modes, NOW))
    if p.synthetic_voice == "forbidden":
        human = replace(human, synthetic_voice_since=None)
    if p.synthetic_persona == "forbidden":
        human = replace(human, synthetic_person_since=None)
    if (most := p.max_animated_area_ratio) is not None:
        area = SIDE * FRAME
        yield (
            "the animated figure, one pixel large",
            replace(human, animated_area_ratio=most),
            replace(human, animated_area_ratio=(most * area + 1) / area),
        )
    if least := p.min_human_presence_ratio:
        day = 86_400_000
        yield (
            "a human's share, one millisecond short",
            replace(human, human_ratio=least),
            replace(human, human_ratio=least - 1 / day),
        )
    if "none" in p.modes:
        return
    limit = float(p.heartbeat_max_gap_s or 120)
    for mode in p.modes:
        proof = replace(human, present={mode: ago(limit)})
        yield f"proof by {mode}", proof, replace(proof, present={mode: ago(limit) - MS})
    if p.identity_check_at_start:
        yield "identity", human, replace(human, identity_checked=False)
    if p.synthetic_voice == "forbidden":
        yield "synthetic voice", human, replace(human, synthetic_voice_since=NOW)
    if p.synthetic_persona == "forbidden":
        yield "rendered person", human, replace(human, synthetic_person_since=NOW)


TABLE = [(rule, edge) for rule in RULES if rule.status != "repealed" for edge in edges(rule)]


@pytest.mark.parametrize(
    ("rule", "edge"), TABLE, ids=[f"{rule.id} {edge[0]}".replace(" ", "-") for rule, edge in TABLE]
)
def test_a_rule_turns_at_its_edge_and_not_before(rule: Rule, edge: Edge) -> None:
    _, allowed, beyond = edge
    rule = rule.model_copy(update={"effective_to": None})
    assert [f.rule for f in judge([rule], allowed, NOW)] == []
    assert {f.rule for f in judge([rule], beyond, NOW)} == {rule.id}


def test_the_table_holds_every_rule_that_has_a_figure_to_be_judged() -> None:
    tried = {rule.id for rule, _ in TABLE}
    judged = {r.id for r in RULES if type(r.params) in CHECKS}
    figures = {
        r.id
        for r in RULES
        if any(
            name.startswith(("max_", "min_")) and value not in (None, 0, 0.0, "", ())
            for name, value in r.params.model_dump().items()
        )
        and r.id in judged
    }
    # these are looked at before a show, or planned for: no moment on the air can be judged by them
    before = {r.id for r in RULES if isinstance(r.params, ContentMix | Duration | Label)}
    assert len(TABLE) >= 40 and len(tried) >= 25
    assert figures - tried - before == set()


DATED = [r for r in RULES if r.effective_from is not None and r.status != "repealed"]


@pytest.mark.parametrize("rule", DATED, ids=[r.id for r in DATED])
def test_a_day_before_its_date_a_rule_does_not_apply_and_on_it_it_does(rule: Rule) -> None:
    assert rule.effective_from is not None
    assert not rule.effective(rule.effective_from - timedelta(days=1))
    assert rule.effective(rule.effective_from)
    if rule.effective_to is not None:
        assert rule.effective(rule.effective_to)
        assert not rule.effective(rule.effective_to + timedelta(days=1))
