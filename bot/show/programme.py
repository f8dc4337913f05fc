"""What a cue is made of: asks the writer for its lines and clears them. Written one cue ahead, cleared
again on air."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from persona.script import Brief, Line, LineKind
from persona.writer import Writer
from products.catalogue import Catalogue, Product
from products.verdict import Clearance, Verdict
from schedules.rundown import Cue, CueKind

RECENT = 60  # texts remembered against repetition


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that may not be said, and why."""

    line: Line
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class CueLines:
    """The cleared lines of a cue, and those that were refused on the way."""

    cue: Cue
    lap: int
    lines: tuple[Line, ...]
    refused: tuple[Refusal, ...]


class Programme:
    """Turns cues into cleared lines. `seed` varies the words from show to show; equal seeds give equal
    words."""

    def __init__(
        self,
        writer: Writer,
        clearance: Clearance,
        catalogue: Catalogue,
        language: str,
        now: Callable[[], datetime],
        seed: int = 0,
    ) -> None:
        self._writer, self._clearance, self._catalogue = writer, clearance, catalogue
        self._language, self._now, self._seed = language, now, seed
        self._recent: deque[str] = deque(maxlen=RECENT)
        self._pitched: set[str] = set()
        self._count = 0

    def brief(self, kind: LineKind, seconds: float = 30.0, *, returning: bool = False) -> Brief:
        self._count += 1
        return Brief(
            kind,
            self._language,
            self._now(),
            seconds,
            tuple(self._recent),
            returning=returning,
            seed=self._seed * 100_003 + self._count,
        )

    def remember(self, line: Line) -> None:
        """Call when a line has been said, so that it is not said like that again soon."""
        self._recent.append(line.text)

    async def cue_lines(self, cue: Cue, lap: int) -> CueLines:
        """Every line of `cue`, cleared at this moment; unsayable ones are left out and reported."""
        written = await self._write(cue)
        good: list[Line] = []
        refused: list[Refusal] = []
        for k, line in enumerate(written):
            line = replace(line, id=f"{lap}.{cue.id}.{self._count}.{k}")
            verdict = self.clear(line)
            if verdict.cleared:
                good.append(line)
            else:
                refused.append(Refusal(line, verdict))
        return CueLines(cue, lap, tuple(good), tuple(refused))

    def clear(self, line: Line) -> Verdict:
        return self._clearance.clear(line.utterance(), self._now())

    async def one(self, kind: LineKind, products: Sequence[Product] = ()) -> Line:
        """A single line outside the rundown (filler, notice, goodbye)."""
        line = await self._writer.line(self.brief(kind), products)
        return replace(line, id=f"{kind}.{self._count}")

    async def _write(self, cue: Cue) -> Sequence[Line]:
        match cue.kind:
            case CueKind.PITCH:
                return await self._pitch(cue)
            case CueKind.OFFER:
                brief = self.brief(LineKind.OFFER, cue.seconds)
                return (await self._writer.offers(self._on_sale(), brief)).lines
            case CueKind.WELCOME:
                welcome = await self._writer.line(self.brief(LineKind.WELCOME), self._on_sale())
                return (welcome, await self._writer.line(self.brief(LineKind.NOTICE)))
            case CueKind.QUESTIONS:
                return (await self._writer.line(self.brief(LineKind.INVITE)),)
            case CueKind.NOTICE:
                return (await self._writer.line(self.brief(LineKind.NOTICE)),)
            case CueKind.GOODBYE:
                return (await self._writer.line(self.brief(LineKind.GOODBYE)),)
            case CueKind.BREAK:
                return ()

    async def _pitch(self, cue: Cue) -> Sequence[Line]:
        product = self._catalogue.product(cue.product or "")
        if product is None or not product.active:
            return ()
        brief = self.brief(LineKind.PITCH, cue.seconds, returning=product.handle in self._pitched)
        self._pitched.add(product.handle)
        return (await self._writer.pitch(product, brief)).lines

    def _on_sale(self) -> list[Product]:
        return [p for p in self._catalogue.products() if p.active and not p.sold_out]
