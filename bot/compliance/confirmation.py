"""How compliance staff open a platform or jurisdiction whose current rules are only partly known.

A confirmation names one version of one pack, says where the rule text of today was read and what it adds, is
signed with a compliance key, and runs out. An operator's switch cannot replace it: without the key there is
no valid signature.
"""

from datetime import date, timedelta
from typing import Annotated, ClassVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field

from bot.compliance.packs import Pack
from bot.compliance.signed import SignedPaper

DEFAULT_DAYS = 30


class Confirmation(SignedPaper):
    """`address`, `text_date`: where and of what day the rule text was read; `text_sha256`: of its capture.
    `adds`: what the text adds or changes, in words.
    """

    CONTEXT: ClassVar[bytes] = b"castmate confirmation 1\n"
    pack: Annotated[str, Field(min_length=1)]
    version: Annotated[str, Field(min_length=1)]
    by: Annotated[str, Field(min_length=1)]
    at: date
    address: Annotated[str, Field(pattern=r"^https?://\S+$")]
    text_date: date
    text_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    adds: Annotated[str, Field(min_length=1)]

    def refusal(self, pack: Pack, at: date, keys: "tuple[Ed25519PublicKey, ...]") -> str | None:
        """Why this confirmation does not open the pack on that day; None = it does."""
        if self.version != pack.version:
            return f"it was given for version {self.version}, the pack is {pack.version}"
        if not self.signed_by(keys):
            return "it is not signed with a compliance key"
        if at < self.at:
            return f"it is dated {self.at}, after the day of the show"
        last = self.at + timedelta(days=pack.review_after_days or DEFAULT_DAYS)
        if at > last:
            return f"it ran out on {last}"
        return None
