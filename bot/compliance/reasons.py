"""What packs call the types of claims, and in plain words why none of them is said."""

from products.claim_words import ClaimType

ALIASES = {  # further names of packs for what is found here
    ClaimType.TESTIMONIAL: ("testimonial_by_nonexistent_person",),
    ClaimType.REVIEW: ("fake_review",),
    ClaimType.EFFECT: ("misleading_commercial_info",),
}
WHY = {
    ClaimType.DISEASE: "it says that goods treat an illness",
    ClaimType.MEDICAL: "it uses medical wording for goods",
    ClaimType.HEALTH: "it claims an effect on health",
    ClaimType.AUTHORITY: "it borrows the authority of doctors or experts",
    ClaimType.SUPERLATIVE: "it is a superlative that nobody can check",
    ClaimType.EXPERIENCE: "an AI host has not used the goods",
    ClaimType.TESTIMONIAL: "it speaks for customers, of whom the catalogue says nothing",
    ClaimType.REVIEW: "it speaks of reviews or sales, of which the catalogue says nothing",
    ClaimType.EFFECT: "it promises an effect that nobody can check",
    ClaimType.COMPARISON: "it compares with other sellers",
    ClaimType.CITATION: "it cites a source that is not there",
    ClaimType.GUARANTEE: "it promises a guarantee",
}
