"""What is known of a show before it starts, and which proof its rules still lack."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot.compliance.kinds import Consent, Document, Eligibility, PlatformFlag, Registration, Storage
from bot.compliance.packs import Rule
from products.verdict import Finding, Severity

STORE_PROOF = "Store the proof under compliance, with its date."
ARTEFACTS: Mapping[str, str] = {
    "pia_report": "the impact assessment on personal data",
    "separate_consent_face": "separate consent for the face",
    "separate_consent_voice": "separate consent for the voice",
    "separate_consent_modelling": "separate consent for modelling",
    "separate_consent_transfer": "separate consent to sending it out",
    "consent_likeness": "consent for the likeness",
    "consent_voice": "consent for the voice",
    "consent_name": "consent for the name",
    "estate_consent": "consent of the estate",
    "notice_to_edited_person": "the notice to the person",
    "notice_of_necessity_and_impact": "the notice of need and impact",
    "creator_centre_registration": "registration in the creator centre",
    "category_certificate": "the category certificate",
    "avatar_filing": "the filing of the avatar",
    "avatar_registration_id": "the avatar's registration number",
    "real_name_certificate": "the real-name certificate",
    "isv_service_market_id": "the vendor's number in the service market",
    "ai_content_declaration": "the AI declaration made on the platform",
    "ai_generated_content_toggle": "the platform's AI switch, set to on",
    "ai_info_disclosure": "the platform's AI disclosure",
    "synthetic_content_declaration": "the declaration of synthetic content",
    "agreement_on_label_duty": "the agreement on the duty to label",
    "provincial_cac_filing": "the filing with the provincial authority",
    "law": "a law that allows it",
}
VENDOR_PROOF = "isv_service_market_id"
NO_PERSON = {
    "persona_is_identifiable_real_person": False,
    "persona_not_identifiable_real_person": True,
    "person_is_deceased": False,
    "face_data_leaves_device": False,
    "contract_under_california_law": False,
    "sag_aftra_member": False,
}


@dataclass(frozen=True)
class ShowFacts:
    """The show as planned. What is left open counts as true: an unknown condition switches its rule on.

    `cloned_person`: a real person's face or voice went into the clone; False for a drawn host with a stock
    voice, who is nobody, so that nobody's consent can be asked; None = not known. `human_host`: a human host
    is proved present all along. `known`: conditions of kinds.OfShow with their values. `evidence`: what
    compliance staff have stored (artefact, document, flag or rule id) -> its last valid day, None = without
    end.
    """

    synthetic_person: bool = True
    synthetic_voice: bool = True
    cloned_person: bool | None = None
    human_host: bool = False
    vendor_renderer: bool = False
    virtual_scene: bool | None = None
    prerecorded: bool | None = None
    commerce: bool = True
    known: Mapping[str, bool] = field(default_factory=dict)
    evidence: Mapping[str, date | None] = field(default_factory=dict)

    @property
    def synthetic(self) -> bool:
        return self.synthetic_person or self.synthetic_voice

    @property
    def uses_nobody(self) -> bool:
        """Whether no real person's face or voice is copied: a drawn host, or a human who speaks for
        themselves.
        """
        return self.cloned_person is False or not self.synthetic

    def concerns(self, rule: Rule, destinations: int) -> bool:
        """Whether both conditions of the rule can hold in this show."""
        return self._if(rule.params.applies_if, destinations) and self._while(rule.params.applies_while)

    def _if(self, condition: str | None, destinations: int) -> bool:
        if condition is None:
            return True
        if condition == "more_than_one_destination":
            return destinations > 1
        if condition in self.known:
            return self.known[condition]
        if self.uses_nobody and condition in NO_PERSON:
            return NO_PERSON[condition]
        return True

    def _while(self, state: str | None) -> bool:
        may: Mapping[str, bool | None] = {
            "synthetic_person_visible": self.synthetic_person,
            "synthetic_voice_audible": self.synthetic_voice,
            "synthetic_content_on_air": self.synthetic_person or self.synthetic_voice,
            "virtual_scene_visible": self.virtual_scene,
            "prerecorded_on_air": self.prerecorded,
        }
        return state is None or may.get(state) is not False

    def holds(self, artefact: str, at: date) -> bool:
        """Whether the proof is stored and still valid on that day."""
        if artefact not in self.evidence:
            return False
        until = self.evidence[artefact]
        return until is None or at <= until

    def record(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "synthetic_person": self.synthetic_person,
            "synthetic_voice": self.synthetic_voice,
            "cloned_person": self.cloned_person,
            "human_host": self.human_host,
            "vendor_renderer": self.vendor_renderer,
            "virtual_scene": self.virtual_scene,
            "prerecorded": self.prerecorded,
            "commerce": self.commerce,
            "known": dict(self.known),
            "evidence": {k: None if v is None else v.isoformat() for k, v in self.evidence.items()},
        }


def missing_evidence(
    rule: Rule, facts: ShowFacts, at: date, *, local_try: bool = False
) -> tuple[Finding, ...]:
    """Proof that this rule asks for before going live and that is not stored or has run out.

    In a local try only a person's consent still blocks: it is owed to a person, not to a platform. All other
    proof is listed, because nothing leaves the shop.
    """
    wanted, about_person = _wanted(rule)
    if about_person and facts.uses_nobody:
        return ()
    if isinstance(rule.params, PlatformFlag) and not facts.synthetic:
        return ()  # declaring a human's show as AI would be wrong as well
    lacking = [name for name in wanted if not facts.holds(name, at)]
    if not lacking or facts.holds(rule.id, at):
        return ()
    if isinstance(rule.params, Storage) and any(facts.holds(u, at) for u in rule.params.unless):
        return ()
    severity = rule.weight
    if local_try and not isinstance(rule.params, Consent):
        severity = min(severity, Severity.WARN, key=WEIGHTS.index)
    lacks = [
        "proof that it is so" if n == rule.id else ARTEFACTS.get(n, n.replace("_", " ")) for n in lacking
    ]
    names = (" or " if isinstance(rule.params, Storage) else ", ").join(lacks)
    remedy = STORE_PROOF
    if local_try and severity is Severity.WARN and rule.binding:
        remedy = "Needed before it goes live there; a try in the shop does without."
    expired = [n for n in lacking if n in facts.evidence]
    ran_out = f" Ran out: {', '.join(expired)}." if expired else ""
    draft = "A draft, not in force: " if rule.status == "draft" else ""
    text = f"{draft}{rule.summary} Missing: {names}.{ran_out}"
    return (Finding(rule.id, severity, text, str(rule.source), remedy),)


WEIGHTS = (Severity.INFO, Severity.WARN, Severity.PAUSE, Severity.BLOCK)


def _wanted(rule: Rule) -> tuple[tuple[str, ...], bool]:
    """Names of the proof that a person must supply, and whether it is about the cloned person."""
    params = rule.params
    if isinstance(params, Consent):
        return params.artefacts, True
    if isinstance(params, Document):
        return params.documents, params.before == "processing"
    if isinstance(params, Registration):
        return (*params.artefacts, *params.go_live_flags), False
    if isinstance(params, PlatformFlag) and params.before != "serving" and params.via != "api":
        return (params.field,), False
    if isinstance(params, Eligibility):
        return (rule.id,), False
    if isinstance(params, Storage):
        return params.unless, True
    return (), False
