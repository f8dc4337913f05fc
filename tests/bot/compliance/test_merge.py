"""What all rules ask together is never looser than what one of them asks."""

from datetime import date
from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bot.compliance.kinds import STRICTEST_FIRST, Combine, Params
from bot.compliance.merge import IMPOSSIBLE, combine, merge, strategies
from bot.compliance.packs import PackSet, Rule, load_packs
from bot.compliance.selection import Destination, select

PACKS = load_packs()
RULES = [rule for pack in PACKS for rule in pack.rules if rule.effective(date(2026, 11, 22))]
KINDS = sorted({rule.kind for rule in RULES})


def made(params: dict[str, Any], id: str = "R", **rule: Any) -> Rule:
    base = {
        "subject": "s",
        "summary": "Something.",
        "severity": "block",
        "status": "in_force",
        "verify": "auto",
    }
    more = {"confidence": "A", "binds": ["operator"], "source": {"doc": "D"}}
    return Rule.model_validate({"id": id, **base, **more, "params": params, **rule})


def looser(how: Combine, name: str, merged: Any, part: Any) -> bool:
    """Whether the merged value would let something pass that the part forbids."""
    if part is None or merged is IMPOSSIBLE:
        return False
    if merged is None:
        return True
    if how is Combine.MAX:
        return merged < part
    if how is Combine.MIN:
        return merged > part
    if how is Combine.OR:
        return part and not merged
    if how is Combine.FORBID:
        return (
            merged is True and part is False
            if isinstance(part, bool)
            else part != "allowed" and merged == "allowed"
        )
    if how is Combine.UNION:
        return not set(part) <= set(merged)
    if how is Combine.STRICTEST:
        order = STRICTEST_FIRST[name]
        return order.index(merged) > order.index(part)
    if how is Combine.RANGE:
        return merged[0] < part[0] or merged[1] > part[1]
    return how is Combine.EQUAL and merged != part


def drawn(name: str, info: FieldInfo, model: type[Params]) -> st.SearchStrategy[Any]:
    """Values for a field: numbers and switches anew, texts as the shipped rules of that kind have them."""
    options = [o for o in get_args(info.annotation) if isinstance(o, str)]
    if get_origin(info.annotation) is Literal:
        return st.sampled_from(options)
    seen = [getattr(r.params, name) for r in RULES if type(r.params) is model] + [info.default]
    seen = [v for v in seen if v is not None and v is not PydanticUndefined]
    if any(isinstance(v, bool) for v in seen) and name != "value":
        return st.booleans()
    if "ratio" in name:
        return st.floats(0, 1)
    if name == "chars_per_min":
        return st.none() | st.tuples(st.integers(0, 200), st.integers(200, 400))
    if any(isinstance(v, int | float) and not isinstance(v, bool) for v in seen):
        return st.integers(0, 10_000)
    entries = list(dict.fromkeys(e for v in seen if isinstance(v, tuple) for e in v))
    if entries:
        return st.lists(st.sampled_from(entries), min_size=1, max_size=4).map(tuple)
    return st.sampled_from(seen) if seen else st.just(info.default)


@given(st.data())
def test_never_looser_than_any_part(data: st.DataObject) -> None:
    """Over all kinds, with numbers, switches and choices drawn anew."""
    kind = data.draw(st.sampled_from(KINDS))
    model = next(type(r.params) for r in RULES if r.kind == kind)
    one_part = st.fixed_dictionaries(
        {n: drawn(n, i, model) for n, i in model.model_fields.items() if n != "kind"}
        | {"kind": st.just(kind)}
    )
    parts = [model.model_validate(p) for p in data.draw(st.lists(one_part, min_size=1, max_size=5))]
    rules = [made(p.model_dump(), id=f"R-{n}") for n, p in enumerate(parts)]
    whole = combine(rules)
    for name, how in strategies(model).items():
        for one in rules:
            part = getattr(one.params, name)
            if name in whole.values:
                assert not looser(how, name, whole.values[name], part), (name, part, whole.values[name])
            elif name in whole.each:
                assert (one.id, part) in whole.each[name]


@given(st.lists(st.sampled_from(RULES), min_size=1, max_size=40, unique_by=lambda r: r.id))
def test_order_does_not_matter_for_numbers_and_duties(rules: list[Rule]) -> None:
    one, other = merge(rules), merge(reversed(rules))
    assert one.retention_days == other.retention_days
    assert one.max_stream_s == other.max_stream_s
    assert one.notices == other.notices
    assert set(one.banned_terms) == set(other.banned_terms)
    for label in one.labels:
        twin = other.label(label.about, label.surface)
        assert twin is not None
        assert (label.coverage, label.max_gap_s, label.min_height_ratio) == (
            twin.coverage,
            twin.max_gap_s,
            twin.min_height_ratio,
        )
        assert set(label.patterns) == set(twin.patterns) and label.places() == twin.places()


@given(st.lists(st.sampled_from(RULES), min_size=2, max_size=30, unique_by=lambda r: r.id), st.data())
def test_one_more_rule_never_loosens_the_plan(rules: list[Rule], data: st.DataObject) -> None:
    fewer = merge(data.draw(st.lists(st.sampled_from(rules), unique_by=lambda r: r.id)))
    more = merge(rules)
    for label in fewer.labels:
        stricter = more.label(label.about, label.surface)
        assert stricter is not None
        assert set(label.patterns) <= set(stricter.patterns)
        assert stricter.min_height_ratio >= label.min_height_ratio
        assert stricter.min_contrast >= label.min_contrast
        assert stricter.places() <= label.places()
        assert label.max_gap_s is None or (stricter.max_gap_s or 0) <= label.max_gap_s
    assert {n.rule for n in fewer.presence} <= {n.rule for n in more.presence}
    for item, days in fewer.retention_days.items():
        assert more.retention_days[item] >= days
    assert set(fewer.forbidden_claim_types) <= set(more.forbidden_claim_types)


@pytest.fixture(scope="module")
def cn_eu() -> Any:
    chosen = select(PACKS, [Destination("kuaishou", "CN"), Destination("youtube")], ["CN", "EU"])
    return merge(r for r in chosen.rules if r.effective(date(2026, 11, 22)))


def test_the_label_for_china_and_europe(cn_eu: Any) -> None:
    """AI and generation element, continuous, corner, ink 5 %, contrast 4.5, first exposure, accessible."""
    label = cn_eu.label()
    assert label.unmatched("数字人主播 · AI生成") == ()
    assert label.unmatched("AI") == ("生成|合成",)
    assert label.unmatched("数字人") != ()
    assert label.advised_patterns == ("数字人",)
    assert (label.coverage, label.max_gap_s, label.height_basis) == ("continuous", 1, "ink")
    assert (label.min_height_ratio, label.min_contrast, label.min_duration_s) == (0.05, 4.5, 2)
    assert label.at_first_exposure and label.accessible and label.at_start
    assert label.places() == {"corner", "top_right"}


def test_retention_is_per_item(cn_eu: Any) -> None:
    days = cn_eu.retention_days
    assert days["replay_video"] == days["chat"] == 1096
    assert days["recipient"] == 184
    assert days["generation_log"] == 0


def test_the_other_merged_examples(cn_eu: Any) -> None:
    assert cn_eu.value("audio_label", "chars_per_min") == (120, 160)
    assert cn_eu.value("provenance", "layers_min") == 2
    assert cn_eu.value("provenance", "imperceptible_watermark") is True
    assert cn_eu.value("provenance", "digital_source_type") == "compositeWithTrainedAlgorithmicMedia"
    assert ("国家级", "CN-AD-9") in cn_eu.banned_terms
    assert cn_eu.notices["names_principal"] and cn_eu.notices["reminder_every_s"] == 7200
    assert "EU-50-1" in cn_eu.because("chat_disclosure", "names_principal")


def test_alternatives_stay_beside_each_other(shipped: PackSet = PACKS) -> None:
    """Douyin's driver and TikTok's live voice together mean both."""
    rules = [*shipped["douyin"].rules, *shipped["tiktok-shop-us"].rules]
    needs = {n.rule: n for n in merge(rules).presence}
    assert needs["DY-2023-VLIVE"].modes == ("human_driver",)
    assert (needs["DY-2023-VLIVE"].heartbeat_s, needs["DY-2023-VLIVE"].stop_after_s) == (120, 300)
    assert needs["DY-2023-VLIVE"].identity_check
    assert needs["TT-US-2026"].modes == ("human_live_voice",)


def test_the_recorded_mark_and_the_ai_label_are_two_labels() -> None:
    chosen = select(PACKS, [Destination("facebook_live")], ["EU"])
    merged = merge(chosen.rules)
    recorded = merged.label("recorded")
    assert recorded is not None and recorded.rules == ("FB-LIVE.rec",)
    assert "FB-LIVE.rec" not in merged.label().rules  # type: ignore[union-attr]


def test_drafts_and_information_do_not_bind() -> None:
    merged = merge(r for p in PACKS for r in p.rules)
    assert not [r.id for r in merged.rules if r.status == "draft" or r.severity == "info"]
    assert "CN-DVH-13" in [r.id for r in merged.advice]


def test_rules_that_cannot_both_hold_are_a_conflict() -> None:
    tall = made({"kind": "geometry", "orientation": "portrait"}, "A")
    wide = made({"kind": "geometry", "orientation": "landscape"}, "B")
    slow = made(
        {
            "kind": "audio_label",
            "any_of": ["speech"],
            "must_match_all": [],
            "positions": ["start"],
            "chars_per_min": [80, 100],
        },
        "C",
    )
    fast = made(
        {
            "kind": "audio_label",
            "any_of": ["speech"],
            "must_match_all": [],
            "positions": ["start"],
            "chars_per_min": [120, 160],
        },
        "D",
    )
    found = merge([tall, wide, slow, fast]).conflicts
    assert [(c.field, c.rules) for c in found] == [("orientation", ("A", "B")), ("chars_per_min", ("C", "D"))]
    assert "A asks for portrait and B asks for landscape" in str(found[0])
    assert merge([tall, slow]).conflicts == ()


def test_a_presence_rule_that_nobody_needs_asks_for_nobody() -> None:
    assert merge([made({"kind": "presence", "modes": ["none"]})]).presence == ()


def test_merged_chat_unknown_counts_as_forbidden_and_one_ban_on_simulcast_is_enough() -> None:
    allowed = made({"kind": "simulcast", "allowed": True, "merged_chat": "unknown"}, "A")
    alone = made({"kind": "simulcast", "allowed": False}, "B")
    merged = merge([allowed, alone])
    assert merged.value("simulcast", "merged_chat") == "forbidden"
    assert merged.value("simulcast", "allowed") is False
    assert merged.because("simulcast", "allowed") == ("B",)
