"""The kinds of rule: what each one's parameters are, and how several rules of one kind combine.

Every field carries its Combine as annotation, so that bot/compliance/merge.py has no table of its own that
could fall behind. Units are in the names: `_s` seconds, `_ratio` a share 0..1, `_days` days.
"""

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr, field_validator


class Combine(StrEnum):
    """How the values of several rules that hold at once become one.

    MAX, MIN: the highest floor, the lowest ceiling. OR: required as soon as one asks. FORBID: forbidden wins.
    UNION: all entries. STRICTEST: the order of `STRICTEST_FIRST`. RANGE: intersection; empty = cannot both
    hold. EQUAL: must agree. EACH: alternatives inside one rule; never intersected, every rule keeps its own.
    WAIVER: lifts only the rule that grants it. GROUP: rules combine only with the same value.
    """

    MAX = "max"
    MIN = "min"
    OR = "or"
    FORBID = "forbid"
    UNION = "union"
    STRICTEST = "strictest"
    RANGE = "range"
    EQUAL = "equal"
    EACH = "each"
    WAIVER = "waiver"
    GROUP = "group"


STRICTEST_FIRST: dict[str, tuple[str, ...]] = {
    "coverage": ("continuous", "start", "any"),
    "height_basis": ("ink", "cap", "em"),
    "charset_severity": ("block", "warn"),
}

OnAir = Literal[
    "synthetic_person_visible",
    "synthetic_voice_audible",
    "synthetic_content_on_air",
    "virtual_scene_visible",
    "prerecorded_on_air",
    "price_compared_on_air",
    "file_written",
]
OfShow = Literal[
    "persona_is_identifiable_real_person",
    "persona_not_identifiable_real_person",
    "person_is_deceased",
    "unlabelled_copy_supplied",
    "more_than_one_destination",
    "recording_published",
    "published_on_large_platform",
    "paid_ad_served",
    "face_data_leaves_device",
    "faces_stored_100000_or_more",
    "public_opinion_or_mobilisation_service",
    "contract_under_california_law",
    "sag_aftra_member",
]
ClaimType = Literal[
    "fact_not_in_catalogue",
    "misleading_commercial_info",
    "citation_without_source",
    "disease_treatment",
    "medical_wording",
    "health_claim",
    "fabricated_usage_effect",
    "first_person_use_without_experience",
    "fake_testimonial",
    "testimonial_by_nonexistent_person",
    "fake_review",
    "customer_review_claim",
    "product_look_altered_by_ai",
    "ai_medical_authority",
    "impersonation_of_public_figure",
    "false_scarcity",
    "price_or_promotion_claim",
    "competitor_comparison",
    "guarantee_or_warranty",
]
Allow = Literal["allowed", "forbidden"]
PresenceMode = Literal["human_on_camera", "human_live_voice", "human_driver", "human_operator", "none"]
Place = Literal["edge", "corner", "top_right", "top", "bottom", "background", "near_content", "anywhere"]
Text = Annotated[StrictStr, Field(min_length=1)]
Texts = tuple[Text, ...]
Ratio = Annotated[float, Field(ge=0, le=1)]
Number = Annotated[float, Field(ge=0)]
Whole = Annotated[int, Field(ge=0)]

# fields by the way they combine
Floor = Annotated[Number, Combine.MAX]
FloorRatio = Annotated[Ratio, Combine.MAX]
FloorWhole = Annotated[Whole, Combine.MAX]
MaybeFloorWhole = Annotated[Whole | None, Combine.MAX]
MaybeFloorRatio = Annotated[Ratio | None, Combine.MAX]
Ceiling = Annotated[Number | None, Combine.MIN]
CeilingRatio = Annotated[Ratio | None, Combine.MIN]
CeilingWhole = Annotated[Whole | None, Combine.MIN]
Asked = Annotated[StrictBool, Combine.OR]
Forbid = Annotated[Allow, Combine.FORBID]
All = Annotated[Texts, Combine.UNION]
Same = Annotated[Text | None, Combine.EQUAL]
Own = Annotated[Text | None, Combine.EACH]


class Params(BaseModel):
    """Common to all kinds: when the rule applies. Both must hold; what is not known counts as true."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    applies_while: Annotated[OnAir | None, Combine.GROUP] = None
    applies_if: Annotated[OfShow | None, Combine.GROUP] = None


def compiles(patterns: Texts) -> Texts:
    """The same patterns, each one proved to be a regular expression."""
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
    return patterns


class Label(Params):
    kind: Literal["label"]
    about: Annotated[Literal["ai", "recorded", "advertisement"], Combine.GROUP] = "ai"
    surface: Annotated[Literal["picture", "interface"], Combine.GROUP] = "picture"
    must_match_all: All = ()
    coverage: Annotated[Literal["continuous", "start", "any"], Combine.STRICTEST] = "any"
    max_gap_s: Ceiling = None
    placement: Annotated[tuple[Place, ...], Combine.EACH] = ("anywhere",)
    min_height_ratio_of_shortest_side: FloorRatio = 0.0
    height_basis: Annotated[Literal["ink", "cap", "em"], Combine.STRICTEST] = "ink"
    at_start: Asked = False
    at_first_exposure: Asked = False
    min_duration_s: Floor = 0.0
    min_contrast: Floor = 0.0
    conspicuous: Asked = False
    in_every_copy: Asked = False
    accessible: Asked = False
    distinguish_from_natural_person: Asked = False

    _patterns = field_validator("must_match_all")(compiles)


class AudioLabel(Params):
    kind: Literal["audio_label"]
    any_of: Annotated[tuple[Literal["speech", "morse"], ...], Combine.EACH]
    must_match_all: All
    positions: Annotated[tuple[Literal["start", "middle", "end", "per_turn"], ...], Combine.EACH]
    chars_per_min: Annotated[tuple[Whole, Whole] | None, Combine.RANGE] = None
    morse: Own = None
    waived_by: Annotated[
        Literal["persistent_onscreen_text", "persistent_interface_text"] | None, Combine.WAIVER
    ] = None
    languages: Annotated[Texts, Combine.EACH] = ()

    _patterns = field_validator("must_match_all")(compiles)

    @field_validator("chars_per_min")
    @classmethod
    def _ordered(cls, pair: tuple[int, int] | None) -> tuple[int, int] | None:
        if pair is not None and pair[0] > pair[1]:
            raise ValueError(f"the low end {pair[0]} is above the high end {pair[1]}")
        return pair


class Metadata(Params):
    kind: Literal["metadata"]
    key: Own = None
    required: All = ()
    label_values: Annotated[Texts, Combine.EACH] = ()
    charset_regex: Own = None
    charset_severity: Annotated[Literal["block", "warn"], Combine.STRICTEST] = "block"
    copies: Annotated[Whole | None, Combine.EACH] = None
    containers: All = ()
    all_strings: Asked = False
    permanent: Asked = False
    unique_id: Asked = False


class Provenance(Params):
    kind: Literal["provenance"]
    layers_min: FloorWhole = 0
    signed_metadata: Own = None
    imperceptible_watermark: Asked = False
    detector_available: Asked = False
    digital_source_type: Same = None


class Integrity(Params):
    kind: Literal["integrity"]
    overlay_not_removable: Asked
    recheck_after: Annotated[tuple[Literal["remux", "transcode", "clip", "upload"], ...], Combine.UNION]
    offer_no_removal_tool: Asked = False


class Presence(Params):
    kind: Literal["presence"]
    modes: Annotated[tuple[PresenceMode, ...], Combine.EACH, Field(min_length=1)]
    synthetic_persona: Forbid = "allowed"
    synthetic_voice: Forbid = "allowed"
    min_human_presence_ratio: FloorRatio = 0.0
    heartbeat_max_gap_s: CeilingWhole = None
    identity_check_at_start: Asked = False
    max_animated_area_ratio: CeilingRatio = None
    on_absence: All = ()

    @field_validator("on_absence")
    @classmethod
    def _actions(cls, actions: Texts) -> Texts:
        for action in actions:
            if not re.fullmatch(r"switch_to_pause_scene|stop_after_s_\d+", action):
                raise ValueError(f"{action!r} is no action on absence")
        return actions


class Interaction(Params):
    kind: Literal["interaction"]
    max_silence_start_s: CeilingWhole = None
    max_silence_mid_s: CeilingWhole = None
    required_channels_any_of: Annotated[
        tuple[Literal["speech", "sign_language", "chat"], ...], Combine.EACH
    ] = ()
    on_screen_activity: Asked = False


class Geometry(Params):
    kind: Literal["geometry"]
    avatar_min_height_ratio: MaybeFloorRatio = None
    avatar_anchor: Same = None
    inset_video_max_height_ratio: CeilingRatio = None
    inset_video_no_person_max_height_ratio: CeilingRatio = None
    forbid_same_audio_source_as_inset: Asked = False
    max_static_area_ratio: CeilingRatio = None
    forbid_product_page_overlay: Asked = False
    orientation: Annotated[Literal["portrait", "landscape"] | None, Combine.EQUAL] = None


class ContentMix(Params):
    """`min_realtime_ratio`: the share captured in real time must be greater than this."""

    kind: Literal["content_mix"]
    min_realtime_ratio: FloorRatio = 0.0
    max_prerecorded_clip_s: CeilingWhole = None
    loops: Forbid = "allowed"
    still_image: Forbid = "allowed"
    slideshow: Forbid = "allowed"
    ai_voiceover: Forbid = "allowed"
    prerecorded_label_required: Asked = False
    min_products: FloorWhole = 0
    max_products: CeilingWhole = None
    min_moving_footage_s: Floor = 0.0


class PlatformFlag(Params):
    """`via` console or unknown: nobody can read it back, so evidence is needed."""

    kind: Literal["platform_flag"]
    field: Annotated[Text, Combine.EACH]
    value: Annotated[StrictBool | StrictStr, Combine.EACH]
    before: Annotated[Literal["going_live", "publishing", "serving"], Combine.EACH]
    read_back: Asked
    via: Annotated[Literal["api", "console", "unknown"], Combine.EACH] = "api"


class Simulcast(Params):
    """`allowed` false: this destination alone. `merged_chat` unknown counts as forbidden."""

    kind: Literal["simulcast"]
    allowed: Annotated[StrictBool, Combine.FORBID]
    no_links_out: Asked = False
    quality_parity: Asked = False
    exclusivity_contract_check: Asked = False
    merged_chat: Annotated[Literal["allowed", "forbidden", "unknown"], Combine.FORBID] = "allowed"


class Duration(Params):
    kind: Literal["duration"]
    min_stream_s: MaybeFloorWhole = None
    max_stream_s: CeilingWhole = None
    max_pauses: CeilingWhole = None
    max_pause_s: CeilingWhole = None
    archive_max_stream_s: CeilingWhole = None
    max_start_delay_s: CeilingWhole = None


class ChatDisclosure(Params):
    kind: Literal["chat_disclosure"]
    first_reply_per_user: Asked
    pinned_notice: Asked
    names_principal: Asked
    waived_if_human_reviewed_and_sent: Annotated[StrictBool, Combine.WAIVER] = False
    popup_at_first_use: Asked = False
    reminder_every_s: CeilingWhole = None


class ChatModeration(Params):
    kind: Literal["chat_moderation"]
    realtime: Asked
    correct_on_spot: Asked
    record_corrections: Asked


class Consent(Params):
    """`guardian_below_age`: a guardian signs for anyone younger."""

    kind: Literal["consent"]
    artefacts: All
    specific_uses: Asked
    revocable: Asked
    on_revoke: All
    max_term_days: CeilingWhole = None
    minor_max_term_days: CeilingWhole = None
    guardian_below_age: MaybeFloorWhole = None
    written_and_signed: Asked = False
    counsel_or_union: Asked = False
    subject: Annotated[Literal["living", "deceased"], Combine.GROUP] = "living"

    @field_validator("on_revoke")
    @classmethod
    def _actions(cls, actions: Texts) -> Texts:
        known = "stop_use|delete_model|delete_footage|delete_personal_data|deregister_digital_human"
        for action in actions:
            if not re.fullmatch(rf"{known}|stop_within_s_\d+", action):
                raise ValueError(f"{action!r} is no action on revocation")
        return actions


class Document(Params):
    kind: Literal["document"]
    documents: All
    must_state: All = ()
    before: Annotated[
        Literal["processing", "going_live", "offering_service", "supplying_copy"] | None, Combine.EACH
    ] = None


class Registration(Params):
    """`public_traffic` platform_grant_only: being shown to the public needs a grant of the platform."""

    kind: Literal["registration"]
    artefacts: All
    go_live_flags: All = ()
    public_traffic: Own = None
    self_hosted_renderer: Forbid = "allowed"


class Claims(Params):
    """`list_is_open`: similar terms count too, so look-alikes are worth a warning."""

    kind: Literal["claims"]
    banned_terms: All = ()
    list_is_open: Asked
    check_stages: Annotated[
        tuple[Literal["script", "llm_reply", "overlay", "tts_text", "title"], ...], Combine.UNION
    ]
    forbidden_claim_types: Annotated[tuple[ClaimType, ...], Combine.UNION] = ()
    substantiation_required: Asked = False
    disclose_connection: Asked = False


class PriceDisplay(Params):
    """`rounding` up_only: 19.99 may be said as 20, never as 19."""

    kind: Literal["price_display"]
    show_compared_price_or_basis: Asked = False
    must_match_checkout: Asked = False
    rounding: Annotated[Literal["up_only"] | None, Combine.EQUAL] = None
    forbid_expired_offer: Asked = False
    forbid_false_scarcity: Asked = False


class Retention(Params):
    """`min_days` 0: the record must exist, for no stated time. Combines per item."""

    kind: Literal["retention"]
    items: All
    min_days: FloorWhole


class Storage(Params):
    kind: Literal["storage"]
    items: All
    on_device_only: Asked
    unless: Annotated[Texts, Combine.EACH] = ()


class Eligibility(Params):
    kind: Literal["eligibility"]
    min_host_age: MaybeFloorWhole = None
    min_account_age_days: MaybeFloorWhole = None
    min_followers: MaybeFloorWhole = None


class Fine(BaseModel):
    """The highest amount of a range."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    amount: Number
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    when: Text


class Suspension(BaseModel):
    """`days` null: permanent."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    days: Whole | None
    when: Text


class Penalty(Params):
    kind: Literal["penalty"]
    fines: Annotated[tuple[Fine, ...], Combine.UNION] = ()
    turnover_ratio: MaybeFloorRatio = None
    sme_lower_of_two: Asked = False
    suspensions: Annotated[tuple[Suspension, ...], Combine.UNION] = ()
    other: All = ()


class Takedown(Params):
    kind: Literal["takedown"]
    max_response_s: Annotated[Whole, Combine.MIN]


class Reminder(Params):
    kind: Literal["reminder"]
    text: Annotated[Text, Combine.EACH]
    check_every_days: CeilingWhole = None


AnyParams = Annotated[
    Label
    | AudioLabel
    | Metadata
    | Provenance
    | Integrity
    | Presence
    | Interaction
    | Geometry
    | ContentMix
    | PlatformFlag
    | Simulcast
    | Duration
    | ChatDisclosure
    | ChatModeration
    | Consent
    | Document
    | Registration
    | Claims
    | PriceDisplay
    | Retention
    | Storage
    | Eligibility
    | Penalty
    | Takedown
    | Reminder,
    Field(discriminator="kind"),
]
