"""Packs load whole or not at all, and say where they are wrong."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.compliance.packs import PackSet, Stance, load_packs
from bot.compliance.selection import Destination, Gap, lineage, select
from products.errors import SetupError

SEED = Path(__file__).parents[4] / "shared" / "reference" / "rules-seed.yaml"
OWN = {"room", "file", "rtmp"}

RULE = """
  - id: {id}
    subject: s
    summary: Something holds.
    severity: {severity}
    status: {status}
    verify: auto
    confidence: {confidence}
    binds: [operator]
    source: {{doc: D}}
    params: {params}
"""
HEAD = """
- pack: {name}
  version: 2026.11.22
  scope: {{jurisdictions: [{where}], platforms: ["*"], live: true, commerce: true}}
  stance: {stance}
"""


def pack(
    name: str = "a", rules: str = "", *, stance: str = "allow_with_conditions", where: str = "US"
) -> str:
    return HEAD.format(name=name, stance=stance, where=where) + (f"  rules:{rules}" if rules else "")


def rule(
    params: str = "{kind: duration, max_stream_s: 60}",
    *,
    id: str = "R-1",
    severity: str = "block",
    status: str = "in_force",
    confidence: str = "A",
) -> str:
    return RULE.format(id=id, params=params, severity=severity, status=status, confidence=confidence)


@pytest.fixture(scope="module")
def shipped() -> PackSet:
    return load_packs()


def refused(folder: Path, text: str) -> str:
    (folder / "x.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SetupError) as caught:
        load_packs([folder])
    return str(caught.value)


def test_the_shipped_packs_load_and_every_platform_has_a_folder_of_its_own(shipped: PackSet) -> None:
    assert len(shipped.packs) == 39
    assert sum(len(p.rules) for p in shipped) == 160
    for found in shipped:
        if not found.is_law:
            assert found.scope.platforms == (shipped.files[found.name].parent.name,)
    assert shipped["douyin"].stance is Stance.UNKNOWN
    assert {p.name for p in shipped if p.scope.platforms[0] in OWN} == OWN


def test_the_shipped_packs_are_the_seed_exactly(shipped: PackSet) -> None:
    if not SEED.exists():
        pytest.skip("../shared is absent")
    seed = {p["pack"]: p for p in yaml.safe_load(SEED.read_text(encoding="utf-8"))}
    ours = {}
    for file in {shipped.files[p.name] for p in shipped if p.name not in OWN}:
        ours |= {p["pack"]: p for p in yaml.safe_load(file.read_text(encoding="utf-8"))}
    assert ours == seed


def test_a_quote_that_is_not_known_is_none_and_sources_are_kept(shipped: PackSet) -> None:
    found = {r.id: r for p in shipped for r in p.rules}
    assert found["CN-GB-5.5"].source.quote is None
    assert found["CN-117-37"].source.quote is not None and "持续" in found["CN-117-37"].source.quote
    assert str(found["CN-117-37"].source) == "直播电商监督管理办法, SAMR and CAC Order 117, 37"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (pack(), ("pack a", "without rules")),
        (pack(rules=rule("{kind: labl}")), ("pack a", "rule R-1", "labl")),
        (pack(rules=rule("{kind: duration, max_stream: 60}")), ("rule R-1", "max_stream", "not known")),
        (
            pack(rules=rule("{kind: duration, applies_while: full_moon}")),
            ("R-1", "applies_while", "full_moon"),
        ),
        (pack(rules=rule("{kind: duration, applies_if: raining}")), ("R-1", "applies_if", "raining")),
        (pack(rules=rule("{kind: label, must_match_all: ['(']}")), ("R-1", "no regular expression")),
        (pack(rules=rule("{kind: label, placement: [left]}")), ("R-1", "placement", "left")),
        (pack(rules=rule("{kind: presence, modes: []}")), ("R-1", "modes")),
        (pack(rules=rule("{kind: presence, modes: [none], on_absence: [cry]}")), ("R-1", "cry")),
        (pack(rules=rule("{kind: audio_label, any_of: [speech]}")), ("R-1", "must_match_all")),
        (pack(rules=rule() + rule()), ("R-1", "is taken by pack a")),
        (pack(rules=rule()) + pack("b", rule()), ("pack b", "R-1", "is taken by pack a")),
        (pack(rules=rule()) + pack(rules=rule(id="R-2")), ("pack name a is taken",)),
        (pack(rules=rule(confidence="D")), ("R-1", "may not be in_force")),
        (pack(rules=rule(confidence="D", status="unverified")), ("R-1", "may not block")),
        (pack(rules=rule(), where="NO"), ("jurisdictions", "False", "Quote it")),
        (pack(rules=rule(), where="usa"), ("usa", "no jurisdiction")),
        (pack(rules=rule()) + "  extends: [nobody]\n", ("extends nobody",)),
        (pack(rules=rule()) + "  colour: red\n", ("pack a", "colour", "not known")),
        (pack(rules=rule()) + "  stance: unknown\n", ("'stance' is given twice",)),
        (pack(rules=rule()).replace("2026.11.22", "yesterday"), ("pack a", "version", "yesterday")),
        ("- pack: a\n  scope: {\n", ("cannot be read as YAML", "row")),
        ("pack: a\n", ("a list of packs",)),
        ("", ("a list of packs",)),
        ("- 7\n", ("an entry",)),
    ],
)
def test_whatever_is_wrong_is_an_error_that_names_the_place(
    tmp_path: Path, text: str, words: tuple[str]
) -> None:
    said = refused(tmp_path, text)
    assert "x.yaml" in said
    for word in words:
        assert word in said


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    said = refused(tmp_path, pack() + pack("b", rule("{kind: labl}")) + pack("c", rule(), where="usa"))
    assert said.count("x.yaml") == 3


def test_a_folder_without_packs_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no policy pack lies here"):
        load_packs([tmp_path])


def test_only_stance_unknown_may_be_empty(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(pack(stance="unknown"), encoding="utf-8")
    assert load_packs([tmp_path])["a"].rules == ()


def test_extends_adds_rules_once_even_in_a_ring(tmp_path: Path) -> None:
    text = pack("a", rule(id="A")) + "  extends: [b]\n" + pack("b", rule(id="B")) + "  extends: [a]\n"
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    packs = load_packs([tmp_path])
    assert sorted(r.id for r in packs.rules_of(packs["a"])) == ["A", "B"]


def test_a_hash_follows_the_content(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(pack(rules=rule()), encoding="utf-8")
    before = load_packs([tmp_path])["a"].hash
    assert load_packs([tmp_path])["a"].hash == before
    (tmp_path / "x.yaml").write_text(pack(rules=rule("{kind: duration, max_stream_s: 61}")), encoding="utf-8")
    assert load_packs([tmp_path])["a"].hash != before


def test_dates_and_drafts(shipped: PackSet) -> None:
    found = {r.id: r for p in shipped for r in p.rules}
    order = found["CN-117-37"]
    assert not order.effective(date(2026, 1, 31)) and order.effective(date(2026, 2, 1))
    draft = found["CN-DVH-13"]
    assert draft.status == "draft" and not draft.binding and draft.weight in ("warn", "info")
    assert shipped["douyin"].stale(date(2026, 12, 23)) and not shipped["douyin"].stale(date(2026, 12, 22))


@pytest.mark.parametrize(
    ("status", "severity", "weight"),
    [
        ("draft", "block", "warn"),
        ("draft", "pause", "warn"),
        ("draft", "info", "info"),
        ("unverified", "block", "block"),
    ],
)
def test_a_draft_only_warns_and_an_unverified_rule_keeps_its_severity(
    tmp_path: Path, status: str, severity: str, weight: str
) -> None:
    (tmp_path / "x.yaml").write_text(pack(rules=rule(status=status, severity=severity)), encoding="utf-8")
    found = load_packs([tmp_path])["a"].rules[0]
    assert (found.weight, found.binding) == (weight, weight == "block")


def test_a_repealed_rule_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(pack(rules=rule(status="repealed")), encoding="utf-8")
    assert not load_packs([tmp_path])["a"].rules[0].effective(date(2026, 11, 22))


def test_lineage_goes_from_near_to_far() -> None:
    assert lineage("US-NY") == ("US-NY", "US")
    assert lineage("DE-BY") == ("DE-BY", "DE", "EU")
    assert lineage("DK") == ("DK", "EU")
    assert lineage("GB") == ("GB",)


def test_a_child_brings_its_parent_and_a_parent_its_children(shipped: PackSet) -> None:
    def names(code: str) -> set[str]:
        return set(select(shipped, [Destination("youtube")], [code]).names) - {"youtube"}

    assert names("US-NY") == {"us-base", "us-ny"}
    assert names("US") == {"us-base", "us-ny", "us-ca", "us-tn"}
    assert names("CN") == {"cn-base", "cn-zhejiang"}
    assert names("DK") == {"eu-base", "dk-unknown"}
    assert names("DE") == {"eu-base"}


def test_gaps_are_named(shipped: PackSet) -> None:
    def gaps(platform: str, market: str | None, *audience: str) -> list[tuple[Gap, str]]:
        found = select(shipped, [Destination(platform, market)], audience)
        return [(m.gap, m.name) for m in found.missing]

    assert gaps("youtube", None, "BR") == [(Gap.NO_LAW_PACK, "BR")]
    assert gaps("youtube", None, "US-TX") == [(Gap.PARENT_ONLY, "US-TX")]
    assert gaps("myspace", None, "US") == [(Gap.NO_PLATFORM_PACK, "myspace")]
    assert gaps("tiktok_shop", None, "US") == [(Gap.NO_PLATFORM_PACK, "tiktok_shop")]
    assert gaps("youtube", None) == [(Gap.NO_AUDIENCE, "")]
    assert [m.gap for m in select(shipped, [], ["US"]).missing] == [Gap.NO_DESTINATION]


def test_packs_for_files_count_only_for_files(shipped: PackSet) -> None:
    live = select(shipped, [Destination("youtube")], ["US"])
    files = select(shipped, [Destination("youtube")], ["US"], files=True)
    assert "global-technical" not in live.names and "global-technical" in files.names
    assert select(shipped, [Destination("youtube")], ["US"], commerce=False, files=True).names == (
        "global-technical",
    )
