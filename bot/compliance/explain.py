"""A decision in plain words, for the command line and the console: the answer first, then what to do, then
why.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.compliance.decision import Decision, Mode, Outcome
from bot.compliance.evidence import STORE_PROOF
from bot.compliance.kinds import Consent, PlatformFlag, Retention
from bot.compliance.merge import LabelPlan, Merged, PresenceNeed
from bot.compliance.packs import Rule
from products.verdict import Finding, Severity

MODES: dict[Mode, str] = {
    Mode.CLONE: "The clone may host.",
    Mode.DUET: "The clone may host while a verified person is present.",
    Mode.PROMPTER: "No synthetic voice or face may air: a person hosts, Castmate prompts and checks.",
    Mode.REFUSE: "The show does not go live.",
}
WAYS: dict[str, str] = {
    "human_on_camera": "on camera",
    "human_live_voice": "with a live voice that viewers hear",
    "human_driver": "driving the clone",
    "human_operator": "watching, ready to take over",
}
CLAIMS: dict[str, str] = {
    "fact_not_in_catalogue": "facts that the catalogue does not hold",
    "misleading_commercial_info": "misleading commercial information",
    "citation_without_source": "figures or studies without their source",
    "disease_treatment": "treatment of diseases",
    "medical_wording": "medical wording",
    "health_claim": "effects on health",
    "fabricated_usage_effect": "invented effects of use",
    "first_person_use_without_experience": "“I use this” without the person's own, recorded use",
    "fake_testimonial": "made-up testimonials",
    "testimonial_by_nonexistent_person": "testimonials of people who do not exist",
    "fake_review": "made-up reviews",
    "customer_review_claim": "claims about customer reviews",
    "product_look_altered_by_ai": "a product's look or effect changed by AI",
    "ai_medical_authority": "AI doctors or experts",
    "impersonation_of_public_figure": "imitation of public figures",
    "false_scarcity": "scarcity or urgency that is not so",
    "price_or_promotion_claim": "prices and promotions beyond the platform's terms",
    "competitor_comparison": "comparison with competitors",
    "guarantee_or_warranty": "guarantees and warranties",
}
Items = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """`headline`: the answer. `meaning`: one or two sentences. `sections`: title and items (words, where
    from).
    """

    headline: str
    meaning: str
    sections: tuple[tuple[str, Items], ...]


def explain_decision(decision: Decision) -> Explanation:
    """The decision for somebody who sells, not for a lawyer. Every statement ends with its rules."""
    merged = decision.merged
    sections = [
        ("In the way now", _findings(decision.against)),
        ("Human in the room", tuple(_presence(n) for n in merged.presence)),
        ("Label", _label(merged)),
        ("In the sound", _sound(merged)),
        ("In chat", _chat(merged)),
        ("Not to be said or shown", _claims(merged)),
        ("To declare on the platform", _declare(decision)),
        ("Limits", _limits(merged)),
        ("Consent of the cloned person", _consent(decision)),
        ("Records and files", _records(merged)),
        (
            "Worth knowing",
            _findings(f for f in (*decision.reasons, *decision.missing) if f.severity is Severity.WARN),
        ),
        ("Coming", tuple((f"From {r.effective_from}: {r.summary}", r.id) for r in decision.coming)),
        ("If it goes wrong", _penalties(decision)),
        ("Rules used", _packs(decision)),
    ]
    return Explanation(_headline(decision), _meaning(decision), tuple((t, i) for t, i in sections if i))


def _headline(decision: Decision) -> str:
    where = " and ".join(str(d) for d in decision.destinations)
    seen = f" for viewers in {', '.join(decision.audience)}" if decision.audience else ""
    place = f"{where}{seen}, on {decision.at}"
    if decision.local_try:
        place += ", tried in the shop"
    answer = {
        Outcome.CONDITIONS: "yes, on conditions",
        Outcome.CONFIRM: "not yet",
        Outcome.REFUSE: "no",
    }[decision.outcome]
    if decision.local_try and decision.may_air:
        answer = "yes, as a try"
    return f"{place}: {answer}. Mode: {decision.mode.value}."


def _meaning(decision: Decision) -> str:
    words = [MODES[decision.mode]]
    if decision.outcome is Outcome.CONFIRM and not decision.local_try:
        names = ", ".join(decision.needs_confirmation)
        words.append(
            f"The rules of {names} are known in part only, so it goes live after compliance staff have read "
            "the current text and signed a confirmation; the rules below are what is known."
        )
    elif decision.outcome is Outcome.REFUSE and decision.mode is not Mode.REFUSE:
        words.append("The show as described does not fit that.")
    elif not decision.may_air and decision.outcome is Outcome.CONDITIONS:
        words.append("Some proof is missing; with it the show may begin.")
    return " ".join(words)


def _findings(findings: Iterable[Finding]) -> Items:
    items: dict[str, str] = {}
    for f in findings:
        text = f.message if f.remedy in ("", STORE_PROOF) else f"{f.message} {f.remedy}"
        items[text] = ", ".join(dict.fromkeys(x for x in (items.get(text, ""), f.rule) if x))
    return tuple(items.items())


def _presence(need: PresenceNeed) -> tuple[str, str]:
    ways = " or ".join(WAYS.get(m, m) for m in need.modes)
    words = [f"A person {ways}, all along."]
    if need.identity_check:
        words.append("Identity is checked at the start.")
    if need.heartbeat_s is not None:
        words.append(f"A fresh proof at least every {need.heartbeat_s} s; without it the show holds.")
    if need.stop_after_s is not None:
        words.append(f"Away for {need.stop_after_s} s more: it ends.")
    return " ".join(words), f"{need.rule}: {need.source}"


def _label(merged: Merged) -> Items:
    names = {
        ("ai", "picture"): "AI label on the picture",
        ("ai", "interface"): "AI notice on pages around it",
        ("recorded", "picture"): "“Recorded” mark while recorded footage runs",
        ("advertisement", "picture"): "Advertisement mark",
    }
    return tuple(
        (f"{names.get((p.about, p.surface), p.about)}: {_label_words(p)}", _ids(p.rules))
        for p in merged.labels
    )


def _label_words(plan: LabelPlan) -> str:
    words: list[str] = []
    if plan.patterns:
        words.append("says " + " and ".join(" or ".join(p.split("|")) for p in dict.fromkeys(plan.patterns)))
    if plan.coverage == "continuous":
        gap = f", never gone for more than {plan.max_gap_s:g} s" if plan.max_gap_s is not None else ""
        words.append(f"stands all the time while its subject is on air{gap}")
    elif plan.at_start:
        words.append("stands from the first frame")
    if where := _where(plan.places()):
        words.append(where)
    if plan.min_height_ratio:
        words.append(f"drawn letters at least {plan.min_height_ratio:.0%} of the shortest side high")
    if plan.min_contrast:
        words.append(f"contrast {plan.min_contrast:g} or more")
    if plan.accessible:
        words.append("readable for everyone (WCAG)")
    if plan.in_every_copy:
        words.append("in every file that leaves the system")
    if plan.conspicuous:
        words.append("easy to notice")
    if plan.advised_patterns:
        words.append("better also with " + ", ".join(plan.advised_patterns) + " (a draft asks for it)")
    return "; ".join(words) + "."


def _where(places: frozenset[str]) -> str:
    """The widest of the places in words; nothing where any place will do."""
    if "anywhere" in places:
        return ""
    if "edge" in places:
        return "at an edge or in a corner"
    if "corner" in places:
        return "in a corner"
    named = " or ".join(p.replace("_", " ") for p in sorted(places))
    return f"at the {named}" if places else "once for each rule, because no one place pleases all"


def _time(seconds: float) -> str:
    """Seconds as people say them."""
    for size, name in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size and seconds % size == 0:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:g} s"


def _sound(merged: Merged) -> Items:
    found = merged.combined.get("audio_label")
    if found is None:
        return ()
    waived = all(value is not None for _, value in found.each["waived_by"])
    said = " and ".join(" or ".join(p.split("|")) for p in found.values["must_match_all"])
    text = f"The voice says that it is AI ({said})." if said else "The voice says that it is AI."
    if waived:
        text = f"{text} Not needed while the label stands on the picture."
    return ((text, _ids(found.rules)),)


def _chat(merged: Merged) -> Items:
    found = merged.combined.get("chat_disclosure")
    items: list[tuple[str, str]] = []
    notices = merged.notices
    told = {
        "first_reply_per_user": "The first reply to each viewer says that an AI answers.",
        "pinned_notice": "An AI notice stays in chat or on screen.",
        "names_principal": "It says for whom the host speaks (the shop).",
        "popup_at_first_use": "A notice pops up when somebody first writes.",
    }
    for name, text in told.items():
        if notices[name]:
            items.append((text, _ids(merged.because("chat_disclosure", name))))
    if notices["reminder_every_s"] is not None:
        every = f"The notice is repeated every {_time(notices['reminder_every_s'])}."
        items.append((every, _ids(merged.because("chat_disclosure", "reminder_every_s"))))
    if merged.value("chat_moderation", "realtime"):
        text = "Chat is watched as it comes; what is wrong is corrected on the spot and the correction kept."
        items.append((text, _ids(merged.because("chat_moderation", "realtime"))))
    if found is None and not items:
        return ()
    return tuple(items)


def _claims(merged: Merged) -> Items:
    items: list[tuple[str, str]] = []
    by_type: dict[str, list[str]] = {}
    for rule in merged.rules:
        for kind in getattr(rule.params, "forbidden_claim_types", ()):
            by_type.setdefault(kind, []).append(rule.id)
    items += [(f"{CLAIMS[k][0].upper()}{CLAIMS[k][1:]}.", _ids(ids)) for k, ids in by_type.items()]
    terms: dict[str, list[str]] = {}
    for term, rule_id in merged.banned_terms:
        terms.setdefault(rule_id, []).append(term)
    items += [(f"The words {', '.join(words)}, and words like them.", rule) for rule, words in terms.items()]
    price = {
        "show_compared_price_or_basis": "Compared prices show their basis.",
        "must_match_checkout": "Prices said and shown are those at checkout.",
        "forbid_expired_offer": "No offer that has run out.",
        "forbid_false_scarcity": "Stock and time claims are true.",
    }
    for name, text in price.items():
        if merged.value("price_display", name):
            items.append((text, _ids(merged.because("price_display", name))))
    return tuple(items)


def _limits(merged: Merged) -> Items:
    told = [
        ("presence", "max_animated_area_ratio", "The figure covers at most {:.0%} of the picture."),
        ("geometry", "avatar_min_height_ratio", "The figure is at least {:.0%} of the frame high."),
        ("geometry", "inset_video_max_height_ratio", "Embedded video is at most {:.0%} of the frame high."),
        ("geometry", "max_static_area_ratio", "Stills cover at most {:.0%} of the picture."),
        ("interaction", "max_silence_start_s", "No silence of more than {} at the beginning."),
        ("interaction", "max_silence_mid_s", "No silence of more than {} later on."),
        ("duration", "min_stream_s", "At least {} on air."),
        ("duration", "max_stream_s", "At most {} on air."),
        ("duration", "max_pauses", "At most {} pauses."),
        ("duration", "max_pause_s", "At most {} a pause."),
        ("duration", "archive_max_stream_s", "The platform keeps the recording only of streams up to {}."),
        ("content_mix", "max_prerecorded_clip_s", "Recorded clips of at most {}."),
        ("content_mix", "min_products", "At least {} products."),
        ("content_mix", "max_products", "At most {} products."),
        ("takedown", "max_response_s", "Unlawful content is taken down within {}."),
    ]
    items = []
    for kind, name, text in told:
        value = merged.value(kind, name)
        if value:
            shown = _time(value) if name.endswith("_s") else value
            items.append((text.format(shown), _ids(merged.because(kind, name))))
    forbidden = {
        "loops": "No repeated footage.",
        "still_image": "No standing picture.",
        "slideshow": "No slideshow.",
        "ai_voiceover": "No AI narration.",
    }
    for name, text in forbidden.items():
        if merged.value("content_mix", name) == "forbidden":
            items.append((text, _ids(merged.because("content_mix", name))))
    ratio = merged.value("content_mix", "min_realtime_ratio")
    if ratio:
        text = f"More than {ratio:.0%} is captured live."
        items.append((text, _ids(merged.because("content_mix", "min_realtime_ratio"))))
    for rule in merged.rules:
        if rule.kind == "simulcast":
            items.append((rule.summary, rule.id))
    return tuple(items)


def _declare(decision: Decision) -> Items:
    if not decision.facts.synthetic:
        return ()
    return tuple((r.summary, r.id) for r in decision.merged.rules if isinstance(r.params, PlatformFlag))


def _consent(decision: Decision) -> Items:
    if decision.facts.uses_nobody:
        return ()
    return tuple((r.summary, r.id) for r in decision.merged.rules if isinstance(r.params, Consent))


def _records(merged: Merged) -> Items:
    items: list[tuple[str, str]] = []
    by_days: dict[int, list[str]] = {}
    because: dict[int, list[str]] = {}
    for item, days in merged.retention_days.items():
        by_days.setdefault(days, []).append(item.replace("_", " "))
        for rule in merged.rules:
            if (
                isinstance(rule.params, Retention)
                and item in rule.params.items
                and rule.params.min_days == days
            ):
                because.setdefault(days, []).append(rule.id)
    for days, names in sorted(by_days.items(), reverse=True):
        span = f"for {days} days" if days else "(no time stated)"
        items.append((f"Keep {', '.join(names)} {span}.", _ids(dict.fromkeys(because[days]))))
    for rule in merged.rules:
        if rule.kind in ("metadata", "provenance", "integrity"):
            items.append((rule.summary, rule.id))
    return tuple(items)


def _penalties(decision: Decision) -> Items:
    rules: Iterable[Rule] = (*decision.merged.rules, *decision.merged.advice)
    return tuple((r.summary, r.id) for r in rules if r.kind == "penalty" and r.status != "draft")


def _packs(decision: Decision) -> Items:
    return tuple((f"{c.pack.name} {c.pack.version}: {c.because}", "") for c in decision.selection.chosen)


def _ids(rules: Iterable[str]) -> str:
    return ", ".join(rules)
