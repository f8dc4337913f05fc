"""Go-live decisions (the vectors of 2026-11-22) and the judgement of running shows."""

from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.compliance.confirmation import Confirmation
from bot.compliance.judge import Decision, Destination, Observed, ShowFacts, decide, judge, policy_state
from bot.compliance.packs import Rule, load_packs
from products.verdict import Severity

PACKS = load_packs()
DAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 19, tzinfo=UTC)
CLONE = ShowFacts()
HUMAN_VOICE = ShowFacts(synthetic_voice=False)
HUMAN_HOST = ShowFacts(human_host=True)
DRAWN = ShowFacts(cloned_person=False)
PROMPTED = ShowFacts(synthetic_person=False, synthetic_voice=False, human_host=True)


def at(*destinations: str) -> list[Destination]:
    """ "kuaishou CN" -> a destination and its market."""
    return [Destination(*d.split()) for d in destinations]


def decided(to: list[Destination], audience: list[str], facts: ShowFacts = CLONE, **more) -> Decision:
    return decide(PACKS, to, audience, DAY, facts, **more)


VECTORS = [
    # destinations, audience, facts, outcome, mode, rules or packs that are named, packs that apply
    (
        at("youtube"),
        ["EU"],
        CLONE,
        "conditions",
        "clone",
        ["dk-unknown"],
        {"eu-base", "youtube", "dk-unknown"},
    ),
    (at("youtube"), ["EU", "DK"], CLONE, "confirm", "clone", ["dk-unknown"], None),
    (
        at("youtube"),
        ["US"],
        CLONE,
        "conditions",
        "clone",
        [],
        {"us-base", "us-ny", "us-ca", "us-tn", "youtube"},
    ),
    (at("youtube"), ["US-NY"], CLONE, "conditions", "clone", [], {"us-base", "us-ny", "youtube"}),
    (at("youtube"), ["IN"], CLONE, "conditions", "clone", [], {"in-base", "youtube"}),
    (at("youtube"), ["JP"], CLONE, "refuse", "refuse", ["jp-unknown"], None),
    (at("youtube", "facebook_live"), ["EU"], CLONE, "conditions", "clone", ["FB-SIM"], None),
    (at("kuaishou CN"), ["CN"], CLONE, "conditions", "clone", [], {"cn-base", "cn-zhejiang", "kuaishou"}),
    (at("kuaishou CN", "youtube"), ["CN", "EU"], CLONE, "conditions", "clone", [], None),
    (at("douyin CN"), ["CN"], CLONE, "confirm", "duet", ["douyin", "DY-2023-VLIVE"], None),
    (at("wechat_channels CN"), ["CN"], CLONE, "refuse", "prompter", ["WX-2024-06"], None),
    (at("taobao_live CN"), ["CN"], CLONE, "refuse", "refuse", ["TB-2025-08"], None),
    (at("bilibili CN"), ["CN"], CLONE, "confirm", "clone", ["bilibili"], None),
    (at("tiktok_shop US"), ["US"], CLONE, "refuse", "prompter", ["TT-US-2026", "TT-US-BEST"], None),
    (at("tiktok_shop US"), ["US"], HUMAN_VOICE, "conditions", "duet", ["TT-US-2026"], None),
    (at("tiktok_shop DE"), ["DE"], CLONE, "refuse", "refuse", ["tiktok_shop (DE)"], None),
    (
        at("tiktok_shop TH", "youtube"),
        ["TH"],
        CLONE,
        "refuse",
        "refuse",
        ["TT-SEA-SIM", "tiktok-shop-th"],
        None,
    ),
    (at("amazon_live US"), ["US"], CLONE, "conditions", "clone", [], None),
    (at("shopee_live PH"), ["PH"], HUMAN_HOST, "refuse", "refuse", ["law-not-examined"], None),
    (at("twitch"), ["US"], CLONE, "confirm", "clone", ["twitch"], None),
]


@pytest.mark.parametrize(("to", "audience", "facts", "outcome", "mode", "named", "packs"), VECTORS)
def test_the_vectors(to, audience, facts, outcome, mode, named, packs) -> None:
    """The table of expected decisions. "refuse, stance unknown" reads: not live before a confirmation, and
    the mode as the known floor gives it.
    """
    found = decided(to, audience, facts)
    assert (found.outcome, found.mode) == (outcome, mode)
    assert set(named) <= {f.rule for f in found.reasons}
    if packs is not None:
        assert set(found.selection.names) == packs
    if outcome != "conditions":
        assert not found.may_air and found.against


@pytest.mark.parametrize(
    ("until", "outcome"), [(None, "conditions"), (DAY, "conditions"), (date(2026, 11, 1), "refuse")]
)
def test_a_listed_vendor_s_renderer_may_go_where_only_those_may(until, outcome) -> None:
    found = decided(at("taobao_live CN"), ["CN"], ShowFacts(evidence={"isv_service_market_id": until}))
    assert found.outcome == outcome
    assert found.facts.vendor_renderer is (outcome == "conditions")
    missing = {f.rule for f in found.missing}
    assert ("TB-2025-08" in missing) or outcome == "refuse", "the two boxes are asked for"


def test_the_avatar_may_cover_half_the_picture_at_tiktok_shop_us() -> None:
    found = decided(at("tiktok_shop US"), ["US"], HUMAN_VOICE)
    assert found.merged.value("presence", "max_animated_area_ratio") == 0.5


@pytest.mark.parametrize(
    ("platform", "words"),
    [
        ("myspace", "No rules of the platform myspace"),
        ("lazada_live", "No rule text found"),
        ("tiktok_live", "not fully"),
    ],
)
def test_nothing_known_refuses_in_the_shop_too(platform: str, words: str) -> None:
    found = decided(at(platform), ["US"], DRAWN, local_try=True)
    assert (found.mode, found.outcome, found.may_air) == ("refuse", "refuse", False)
    assert any(words in f.message for f in found.against)


@pytest.mark.parametrize("code", ["BR", "GB", "JP"])
def test_a_jurisdiction_that_nobody_examined_refuses(code: str) -> None:
    assert decided(at("youtube"), [code], DRAWN).mode == "refuse"
    assert decided(at("youtube"), ["US", code], DRAWN).mode == "refuse"


def test_a_state_without_a_pack_goes_by_its_parent_with_a_warning() -> None:
    found = decided(at("youtube"), ["US-TX"])
    assert found.outcome == "conditions"
    assert [f.severity for f in found.reasons if f.rule == "US-TX"] == ["warn"]


def test_nobody_said_where_the_viewers_are() -> None:
    assert decided(at("youtube"), []).mode == "refuse"


def test_two_rules_that_cannot_both_hold_refuse_and_both_are_named() -> None:
    portrait = next(r for r in PACKS["shopee-ph"].rules if r.id == "SHP-PH.orient")
    wide = portrait.model_copy(
        update={"id": "YT-WIDE", "params": portrait.params.model_copy(update={"orientation": "landscape"})}
    )
    youtube = PACKS["youtube"].model_copy(update={"rules": (*PACKS["youtube"].rules, portrait, wide)})
    both = type(PACKS)(
        tuple(youtube if p.name == "youtube" else p for p in PACKS if p.name != "shopee-ph"), PACKS.files
    )
    found = decide(both, at("youtube"), ["US"], DAY, DRAWN)
    assert found.mode == "refuse"
    assert "SHP-PH.orient, YT-WIDE" in [f.rule for f in found.against]


# ---- evidence

CONSENT = ["separate_consent_face", "separate_consent_voice"]


def test_a_clone_of_a_person_needs_consent_and_a_drawn_host_does_not() -> None:
    cloned = {f.rule for f in decided(at("kuaishou CN"), ["CN"], CLONE).missing}
    drawn = {f.rule for f in decided(at("kuaishou CN"), ["CN"], DRAWN).missing}
    consents = {"CN-DS-14", "CN-PIPL-29", "CN-CC-1019", "CN-CC-1023"}
    assert consents <= cloned
    assert not consents & drawn


def test_proof_that_is_stored_and_valid_counts_and_what_ran_out_does_not() -> None:
    wanted = {"YT-AGE": None}
    assert decided(at("youtube"), ["EU"], ShowFacts(cloned_person=False, evidence=wanted)).may_air
    ran_out = ShowFacts(cloned_person=False, evidence={"YT-AGE": DAY - timedelta(days=1)})
    found = decided(at("youtube"), ["EU"], ran_out)
    assert not found.may_air
    assert "Ran out" in found.against[0].message
    last_day = ShowFacts(cloned_person=False, evidence={"YT-AGE": DAY})
    assert decided(at("youtube"), ["EU"], last_day).may_air


def test_a_condition_that_is_not_known_counts_as_true() -> None:
    unknown = ShowFacts(cloned_person=False)
    known = ShowFacts(cloned_person=False, known={"unlabelled_copy_supplied": False})
    assert "CN-LABEL-09.doc" in {f.rule for f in decided(at("kuaishou CN"), ["CN"], unknown).missing}
    assert "CN-LABEL-09.doc" not in {f.rule for f in decided(at("kuaishou CN"), ["CN"], known).missing}


def test_a_draft_never_blocks() -> None:
    found = decided(at("kuaishou CN"), ["CN"])
    drafts = [f for f in found.missing if f.rule.startswith("CN-DVH")]
    assert drafts and not [f for f in drafts if f.severity in ("block", "pause")]


def test_rules_of_tomorrow_are_announced_and_not_applied() -> None:
    found = decide(PACKS, at("kuaishou CN"), ["CN"], date(2026, 1, 31), CLONE)
    assert "CN-117-37" in {r.id for r in found.coming}
    assert "CN-117-37" not in {r.id for r in found.merged.rules}


def test_an_old_pack_warns_or_refuses_as_the_shop_chose() -> None:
    later = date(2027, 3, 1)
    warned = decide(PACKS, at("youtube"), ["US"], later, DRAWN)
    assert (
        "youtube" in {f.rule for f in warned.reasons if f.severity == "warn"}
        and warned.outcome == "conditions"
    )
    assert decide(PACKS, at("youtube"), ["US"], later, DRAWN, stale_refuses=True).outcome == "refuse"


# ---- trying rules in the shop, and confirming them


def test_douyin_can_be_tried_in_the_shop_and_says_what_would_be_missing() -> None:
    found = decided(at("douyin CN"), ["CN"], DRAWN, local_try=True)
    assert (found.mode, found.outcome, found.may_air) == ("duet", "confirm", True)
    assert {"DY-2023-VLIVE.reg", "DY-2023-AIGC"} <= {f.rule for f in found.missing}
    assert not found.against
    assert [n.rule for n in found.merged.presence] == ["DY-2023-VLIVE"]


def test_a_persons_consent_is_owed_in_the_shop_too() -> None:
    found = decided(at("douyin CN"), ["CN"], CLONE, local_try=True)
    assert not found.may_air
    assert {f.rule for f in found.against} >= {"CN-DS-14", "CN-PIPL-29"}


def test_a_ban_on_synthetic_voices_holds_in_the_shop_too() -> None:
    found = decided(at("tiktok_shop US"), ["US"], DRAWN, local_try=True)
    assert (found.mode, found.may_air) == ("prompter", False)
    prompted = decided(at("tiktok_shop US"), ["US"], PROMPTED, local_try=True)
    assert (prompted.mode, prompted.may_air) == ("prompter", True)


def test_a_human_who_speaks_alone_needs_no_consent_and_declares_no_ai() -> None:
    missing = {f.rule for f in decided(at("tiktok_shop US"), ["US"], PROMPTED).missing}
    assert not {"TT-SHOP-AIGC", "TT-SHOP-AIGC.person", "TN-ELVIS"} & missing


@pytest.mark.parametrize("platform", ["room", "file", "rtmp"])
def test_our_own_places_need_no_audience_and_allow_the_clone(platform: str) -> None:
    found = decided(at(platform), [], DRAWN, local_try=True)
    assert (found.mode, found.outcome, found.may_air) == ("clone", "conditions", True)
    label = found.merged.label()
    assert label is not None and (label.min_height_ratio, label.min_contrast, label.max_gap_s) == (
        0.05,
        4.5,
        1,
    )


KEY = Ed25519PrivateKey.generate()


def confirmation(**change) -> Confirmation:
    base = {
        "pack": "douyin",
        "version": "2026.11.22",
        "by": "Wei Lin",
        "at": DAY,
        "address": "https://example.com/rules",
        "text_date": DAY,
        "text_sha256": "0" * 64,
        "adds": "A real person must be able to take over.",
    }
    return Confirmation(**{**base, **change})


@pytest.mark.parametrize(
    ("given", "day", "opens", "words"),
    [
        (confirmation().signed(KEY), DAY, True, "Wei Lin confirmed"),
        (confirmation().signed(KEY), DAY + timedelta(days=30), True, ""),
        (confirmation().signed(KEY), DAY + timedelta(days=31), False, "ran out"),
        (confirmation(), DAY, False, "not signed"),
        (confirmation().signed(Ed25519PrivateKey.generate()), DAY, False, "not signed"),
        (confirmation().signed(KEY).model_copy(update={"adds": "Nothing."}), DAY, False, "not signed"),
        (confirmation(version="2026.10.01").signed(KEY), DAY, False, "for version 2026.10.01"),
        (confirmation(at=DAY + timedelta(days=1)).signed(KEY), DAY, False, "after the day"),
        (confirmation(pack="bilibili").signed(KEY), DAY, False, ""),
    ],
)
def test_only_a_signed_confirmation_in_time_opens_a_platform(given, day, opens, words) -> None:
    found = decide(PACKS, at("douyin CN"), ["CN"], day, DRAWN, [given], compliance_keys=(KEY.public_key(),))
    assert (found.outcome == "conditions") is opens
    assert any(words in f.message for f in found.reasons)
    assert found.mode == "duet"


def test_a_confirmation_cannot_open_what_nothing_is_known_of() -> None:
    given = confirmation(pack="lazada").signed(KEY)
    found = decide(PACKS, at("lazada_live"), ["US"], DAY, DRAWN, [given], compliance_keys=(KEY.public_key(),))
    assert found.outcome == "refuse"


def test_a_decision_can_be_recorded() -> None:
    import json

    record = json.loads(json.dumps(decided(at("douyin CN"), ["CN"]).record()))
    assert record["mode"] == "duet" and record["outcome"] == "confirm"
    assert {p["pack"] for p in record["packs"]} == {"douyin", "cn-base", "cn-zhejiang"}
    assert all(len(p["hash"]) == 64 and p["version"] == "2026.11.22" for p in record["packs"])
    assert "CN-117-37" in record["rules"] and "CN-117-37" in json.dumps(record)


# ---- a running show

RULES = {r.id: r for p in PACKS for r in p.rules}


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def found(rule_id: str, seen: Observed) -> list[tuple[str, str]]:
    return [(f.rule, f.severity.value) for f in judge([RULES[rule_id]], seen, NOW)]


def on_air(**seen) -> Observed:
    return Observed(**{"started": ago(60), "synthetic_person_since": ago(60), "label_seen": ago(0.4), **seen})


@pytest.mark.parametrize(
    ("rule", "seen", "severity"),
    [
        ("CN-117-37", on_air(), None),
        ("CN-117-37", on_air(label_seen=ago(1.0)), None),
        ("CN-117-37", on_air(label_seen=ago(1.1)), "pause"),
        ("CN-117-37", on_air(label_seen=None), "pause"),
        ("CN-117-37", on_air(label_seen=None, synthetic_person_since=ago(0.5)), None),
        ("CN-117-37", on_air(label_seen=None, synthetic_person_since=None), None),  # a human alone: no label
        ("CN-117-37", on_air(label_seen=ago(50), synthetic_person_since=ago(0.5)), None),  # just back on air
        ("EU-50-4", on_air(label_seen=ago(5)), "pause"),
        ("EU-50-4", on_air(label_text="生成"), "pause"),
        (
            "CN-GB-5.4",
            on_air(label_text="数字人主播 · AI生成", label_height_ratio=0.05, label_contrast=4.5),
            None,
        ),
        ("CN-GB-5.4", on_air(label_text="数字人"), "pause"),
        ("CN-GB-5.4", on_air(label_height_ratio=0.049), "pause"),
        ("CN-GB-5.4", on_air(label_contrast=4.4), "pause"),
        ("CN-GB-5.4", on_air(label_seen=None), "pause"),
        ("CN-GB-5.4", on_air(label_place="top"), None),
        ("EU-50-4", on_air(label_place="top_right"), None),
        ("EU-50-4", on_air(label_place="bottom"), "pause"),
        ("SHP-PH.cam", on_air(present={"human_on_camera": ago(1)}, human_ratio=0.97), "warn"),
        ("CN-DVH-13", on_air(label_seen=ago(9)), "warn"),  # a draft
        ("FB-LIVE.rec", on_air(recorded_since=ago(9)), "pause"),
        ("FB-LIVE.rec", on_air(recorded_since=ago(9), recorded_label_seen=ago(0.2)), None),
        ("FB-LIVE.rec", on_air(), None),
        ("SHP-PH", Observed(started=ago(599)), None),
        ("SHP-PH", Observed(started=ago(601)), "pause"),
        ("SHP-PH", Observed(started=ago(900), last_interaction=ago(300)), None),
        ("SHP-PH", Observed(started=ago(900), last_interaction=ago(301)), "pause"),
        ("TT-SHOP-STILL.pause", Observed(started=ago(900), pauses=3), None),
        ("TT-SHOP-STILL.pause", Observed(started=ago(900), pauses=4), "block"),
        ("TT-SHOP-STILL.pause", Observed(started=ago(900), pauses=1, paused_since=ago(299)), None),
        ("TT-SHOP-STILL.pause", Observed(started=ago(900), pauses=1, paused_since=ago(301)), "block"),
        ("TT-US-EVENT", Observed(started=ago(46800)), None),
        ("TT-US-EVENT", Observed(started=ago(46801)), "warn"),
        ("FB-8H", Observed(started=ago(28801)), "warn"),  # it only warns before the start, so here too
        ("TT-US-2026", on_air(synthetic_voice_since=ago(1), present={"human_live_voice": ago(1)}), "block"),
        ("TT-US-2026", on_air(present={"human_live_voice": ago(1)}, animated_area_ratio=0.5), None),
        ("TT-US-2026", on_air(present={"human_live_voice": ago(1)}, animated_area_ratio=0.51), "pause"),
        ("TT-US-BEST", on_air(synthetic_voice_since=ago(1)), "block"),
        ("WX-2024-06", on_air(present={"human_on_camera": ago(1)}), "block"),
        ("KS-2024-03", on_air(avatar_height_ratio=0.49), "pause"),
        ("KS-2024-03", on_air(avatar_height_ratio=0.5), None),
        ("TT-US-2026.static", on_air(static_area_ratio=0.6), "pause"),
        ("FB-LIVE", on_air(looped=True), "pause"),
        ("TT-SHOP-ID-LOWQ", on_air(still_image=True), "pause"),
        ("AMZ-LIVE", on_air(realtime_ratio=0.5), "pause"),
        ("AMZ-LIVE", on_air(realtime_ratio=0.51), None),
        ("AMZ-LIVE", on_air(recorded_since=ago(301)), "pause"),
        ("CN-ANTHRO", Observed(started=ago(7201)), "warn"),
        ("CN-ANTHRO", Observed(started=ago(7201), notice_shown=ago(60)), None),
    ],
)
def test_what_a_rule_says_of_a_moment(rule: str, seen: Observed, severity: str | None) -> None:
    assert found(rule, seen) == ([] if severity is None else [(rule, severity)])


VLIVE = "DY-2023-VLIVE"


def driven(last: float | None, **seen) -> Observed:
    present = {} if last is None else {"human_driver": ago(last)}
    return Observed(**{"started": ago(3600), "present": present, "identity_checked": True, **seen})


@pytest.mark.parametrize(
    ("seen", "severity"),
    [
        (driven(120), None),
        (driven(121), "pause"),
        (driven(120 + 300), "pause"),
        (driven(120 + 301), "block"),
        (driven(10, identity_checked=False), "pause"),
        (driven(None), "block"),  # an hour on air and nobody ever seen
        (driven(None, started=ago(299)), "pause"),
        (driven(None, started=None), "pause"),  # not on air yet: it waits
        (driven(10, absent_since=ago(5)), "pause"),  # a challenge was missed though a face is there
        (
            Observed(started=ago(9), present={"human_on_camera": ago(1)}),
            "pause",
        ),  # another mode is not this one
    ],
)
def test_douyins_driver(seen: Observed, severity: str | None) -> None:
    assert found(VLIVE, seen) == ([] if severity is None else [(VLIVE, severity)])


def test_labelling_a_human_as_ai_is_a_finding() -> None:
    told = judge([], Observed(started=ago(60), label_on_human_since=ago(2)), NOW)
    assert [f.severity for f in told] == [Severity.WARN]


def test_a_rule_that_is_not_in_force_is_silent() -> None:
    rule: Rule = RULES["CN-117-37"]
    early = datetime(2026, 1, 31, 12, tzinfo=UTC)
    seen = Observed(started=early, synthetic_person_since=early - timedelta(seconds=9))
    assert judge([rule], seen, early) == ()


def test_every_finding_has_a_source_and_plain_words() -> None:
    merged = decided(at("douyin CN"), ["CN"], DRAWN, local_try=True).merged
    told = judge(merged, Observed(started=ago(60), synthetic_person_since=ago(60)), NOW)
    assert {"CN-117-37", VLIVE} <= {f.rule for f in told}
    assert all(f.source and f.message.endswith(".") for f in told)
    assert policy_state(told) == "hold"


def test_the_worst_finding_decides() -> None:
    hold, stop, warn = (
        judge([RULES[r]], s, NOW)
        for r, s in ((VLIVE, driven(200)), (VLIVE, driven(900)), ("FB-8H", Observed(started=ago(30000))))
    )
    assert policy_state(()) == "clear"
    assert policy_state(warn) == "warn"
    assert policy_state((*warn, *hold)) == "hold"
    assert policy_state((*hold, *stop, *warn)) == "stop"
