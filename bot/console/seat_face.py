"""One co-host's face for the console: enrolled, compared, pictured. What comes of it, the show judges."""

import base64
from datetime import datetime
from random import Random

from bot.compliance.enrolled import FaceStore, consent_hash
from bot.console.alike import LIMIT, Describer
from bot.console.face_watch import FaceWatch, Look
from bot.console.likeness import Likeness
from bot.console.senses import Senses, Witness
from bot.show.messages import Evidence, FaceAct
from products.errors import SetupError

PICTURE_S = (20.0, 100.0)  # own numbers: a picture is kept after a time drawn from this span
PICTURE_BYTES = 80_000  # of a JPEG of the page's 320x240 pixels: they take about 12,000


class SeatFace:
    """`store`, `describer`: None where faces cannot be enrolled. `rng`: draws the moments."""

    def __init__(
        self,
        senses: Senses,
        witness: Witness,
        store: FaceStore | None,
        describer: Describer | None,
        rng: Random,
    ) -> None:
        self._senses, self._witness, self._store = senses, witness, store
        self._describer, self._rng = describer, rng
        self._watch = FaceWatch(describer)
        self._likeness = Likeness(rng, LIMIT if describer is None else describer.limit)
        self._picture_at = -1e9
        self._language = "en"
        self.turned = ""  # "left" or "right" while the head is turned
        self.trouble = ""

    @property
    def can(self) -> bool:
        """Whether a face can be enrolled here."""
        return self._store is not None and self._describer is not None

    @property
    def enrolled(self) -> bool | None:
        """None: nobody can be."""
        return self._likeness.enrolled is not None if self.can else None

    @property
    def alike(self) -> bool | None:
        return self._likeness.alike

    @property
    def taking(self) -> bool:
        return self._likeness.taking

    async def sits(self, name: str, at: datetime) -> None:
        """Somebody checked in under that name, or ("") left."""
        found, store, describer = None, self._store, self._describer
        self.trouble, self._picture_at = "", -1e9
        if name and store is not None and describer is not None:
            try:
                found = await self._senses.call(lambda: store.read(name, at))
            except SetupError as error:
                self.trouble = str(error)
        same = found is not None and describer is not None and found.by == describer.name
        self._likeness.sits(found.faces if found is not None and same else None)

    def enrol(self, language: str) -> None:
        """The person agreed to the words of that language: the next faces are taken."""
        if self.can:
            self._language = language
            self._likeness.take()

    async def forget(self, name: str) -> FaceAct | None:
        """The person took it back. None: there was nothing."""
        store = self._store
        if store is None or not await self._senses.call(lambda: store.forget(name)):
            return None
        self._likeness.sits(None)
        return FaceAct(name=name, enrolled=False)

    async def look(self, jpeg: bytes, name: str, now: float, at: datetime) -> list[Evidence | FaceAct]:
        """What one picture shows, for the show; nothing before somebody checked in. `now`: monotonic, s."""
        describe = bool(name) and self._likeness.wants(now)
        look = await self._senses.look(self._watch, jpeg, now, describe=describe)
        if look is None:
            return []
        self.turned = look.turned if look.lives else ""
        told: list[Evidence | FaceAct] = []
        doubt = self._witness.doubted(look, now, at)
        if doubt is not None:
            told.append(self._with_picture(doubt, jpeg))
        if name and look.lives and look.described is not None:
            told += await self._described(look, jpeg, name, now, at)
        unlike = self._likeness.alike is False
        face = self._witness.saw(look, now, at, unlike=unlike)
        if face is not None:
            if name and now >= self._picture_at:
                self._picture_at = now + self._rng.uniform(*PICTURE_S)
                face = self._with_picture(face, jpeg)
            told.append(face)
        return told if name else []

    async def _described(
        self, look: Look, jpeg: bytes, name: str, now: float, at: datetime
    ) -> list[Evidence | FaceAct]:
        assert look.described is not None
        if self._likeness.taking:
            return await self._enrolling(look, name, at)
        compared = self._likeness.compare(look.described, now)
        if compared is None:
            return []
        score = 1.0 if compared.alike else 0.0
        evidence = Evidence(kind="likeness", score=score, at=at, detail=compared.words())
        return [self._with_picture(evidence, jpeg)]

    async def _enrolling(self, look: Look, name: str, at: datetime) -> list[Evidence | FaceAct]:
        store, describer = self._store, self._describer
        if look.faces > 1 or look.described is None or store is None or describer is None:
            return []
        faces = self._likeness.taken(look.described)
        if faces is None:
            return []
        if not faces:
            self.trouble = "faces differ"
            return []
        try:
            await self._senses.call(lambda: store.enrol(name, faces, describer.name, at))
        except SetupError as error:
            self.trouble = str(error)
            return []
        await self.sits(name, at)
        words = consent_hash(self._language)
        return [FaceAct(name=name, enrolled=True, words=words, by=describer.name)]

    def _with_picture(self, evidence: Evidence, jpeg: bytes) -> Evidence:
        if len(jpeg) > PICTURE_BYTES:
            return evidence
        return evidence.model_copy(update={"picture": base64.b64encode(jpeg).decode()})
