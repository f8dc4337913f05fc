"""What a cue is made of: asks the writer for its lines and clears them. Written one cue ahead, cleared
again on air."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from bot.show.script_desk import ScriptDesk, refusal
from bot.show.sold_out import SoldOut
from persona.daytime import untimely
from persona.script import Brief, Line, LineKind
from persona.script_choice import Approved, Resting, Withheld
from persona.scripts import Version
from persona.template_writer import spoken_seconds
from persona.variety import Heard, heard
from persona.writer import Writer
from products.catalogue import Catalogue, Product
from products.verdict import Clearance, Verdict
from schedules.rundown import Cue, CueKind

HORIZON = timedelta(hours=2)  # nothing is said again word for word before this has passed
RECENT = 4000  # texts remembered against repetition, at most
TO_COME = 24  # texts remembered from when they are written until they are said, at most
FULL_EVERY = 3  # of the pitches of one product, every third is a full one
OFFERS_REST = timedelta(minutes=8)  # between rounds of offers
SHARE_OFF = 0.05  # a product's time may be so far from its planned share before the next pitch mends it
FREE = frozenset({LineKind.PITCH, LineKind.INVITE, LineKind.OFFER, LineKind.FILLER})
"""Whose words the writer chooses: rather left out than said in words too like others. Notices, a welcome, a
goodbye and words that a person approved are said whatever was said before them."""
SILENT_CUES = 3  # so many pitches in a row that rest, and the next one speaks, even in words said lately


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
    words. `zone`: the shop's; without it the time of day is not spoken of. `hour` (0 to 23): what the shop's
    clock is taken to show all along, for a rehearsal of another time of day."""

    def __init__(
        self,
        writer: Writer,
        clearance: Clearance,
        catalogue: Catalogue,
        language: str,
        now: Callable[[], datetime],
        seed: int = 0,
        scripts: ScriptDesk | None = None,
        zone: tzinfo | None = None,
        hour: int | None = None,
    ) -> None:
        self._writer, self._clearance, self._catalogue = writer, clearance, catalogue
        self._language, self._now, self._seed = language, now, seed
        self._recent: deque[tuple[datetime, str]] = deque(maxlen=RECENT)
        self._to_come: deque[tuple[datetime, str]] = deque(maxlen=TO_COME)  # written, and not said yet
        self.left_out = 0  # lines that were too like what was said
        self.said_anyway = 0  # and those that were said all the same, for want of others
        self._pitched: Counter[str] = Counter()
        self._zone, self._hour = zone, hour
        self._offered: datetime | None = None
        self._count = 0
        self._scripts = scripts
        self._sold_out = SoldOut()
        self._withheld: list[Refusal] = []
        self._rested = 0
        self._wordless = 0  # cues in a row that had nothing new to say
        self._planned: Counter[str] = Counter()  # seconds of pitches by product, as planned
        self._spoken: Counter[str] = Counter()  # and about as long as they were

    @property
    def order_seed(self) -> int:
        """What the order of the pitches is varied by."""
        return self._seed

    def brief(self, kind: LineKind, seconds: float = 30.0, *, returning: bool = False) -> Brief:
        self._count += 1
        now = self._now()
        return Brief(
            kind,
            self._language,
            now,
            seconds,
            self._lately(now),
            returning=returning,
            seed=self._seed * 100_003 + self._count,
            hour=self._hour_of(now),
            weekday=self._weekday_of(now),
        )

    def _hour_of(self, now: datetime) -> int | None:
        if self._zone is None or self._hour is not None:
            return self._hour
        return now.astimezone(self._zone).hour

    def _weekday_of(self, now: datetime) -> int | None:
        return None if self._zone is None else now.astimezone(self._zone).weekday()

    def _lately(self, now: datetime) -> tuple[str, ...]:
        """What was said within HORIZON, oldest first, and what is about to be."""
        for texts in (self._recent, self._to_come):
            while texts and now - texts[0][0] > HORIZON:
                texts.popleft()
        return (*(text for _, text in self._recent), *(text for _, text in self._to_come))

    def remember(self, line: Line) -> None:
        """Call when a line has been said, so that it is not said like that again soon."""
        self._recent.append((self._now(), line.text))
        written = next((entry for entry in self._to_come if entry[1] == line.text), None)
        if written is not None:
            self._to_come.remove(written)
        if line.kind is LineKind.PITCH and line.products:
            self._spoken[line.products[0]] += round(spoken_seconds(line.text, line.language))
        if self._scripts is not None:
            self._scripts.aired(line, self._now())

    async def cue_lines(self, cue: Cue, lap: int) -> CueLines:
        """Every line of `cue`, cleared at this moment; unsayable ones are left out and reported."""
        written = self._unlike(await self._write(cue))
        good: list[Line] = []
        refused: list[Refusal] = self._withheld
        self._withheld = []
        for k, line in enumerate(written):
            line = replace(line, id=f"{lap}.{cue.id}.{self._count}.{k}")
            verdict = self.clear(line)
            if verdict.cleared:
                good.append(line)
            else:
                refused.append(Refusal(line, verdict))
        self._to_come.extend((self._now(), line.text) for line in good)
        return CueLines(cue, lap, tuple(good), tuple(refused))

    def _unlike(self, lines: Sequence[Line]) -> Sequence[Line]:
        """Without lines that are over the bound of likeness (persona/variety.py). A pitch whose first line is
        goes as a whole: what follows would speak of nobody knows what. Everything stays once too many cues in
        a row had nothing new.
        """
        if not lines:
            return lines
        said = heard(self._lately(self._now()))
        new: list[Line] = []
        for line in lines:
            also = Heard([x.text for x in new])
            free = line.kind in FREE and line.script is None
            if not free or not (said.too_like(line.text) or also.too_like(line.text)):
                new.append(line)
            elif line.kind is LineKind.PITCH and not new:
                break
        if not new and self._wordless >= SILENT_CUES:
            self._wordless = 0
            self.said_anyway += len(lines)
            return lines
        self._wordless = 0 if new else self._wordless + 1
        self.left_out += len(lines) - len(new)
        return new

    def clear(self, line: Line) -> Verdict:
        """Whether it may be said now. Where the shop's clock is known, "good evening" waits for the evening:
        a script that was approved by day is held back by it as well.
        """
        now = self._now()
        verdict = self._clearance.clear(line.utterance(), now)
        hour = self._hour_of(now)
        late = () if hour is None else untimely(line.text, hour, self._weekday_of(now), self._names_in(line))
        return replace(verdict, findings=(*late, *verdict.findings)) if late else verdict

    def _names_in(self, line: Line) -> list[str]:
        """Names that a line may hold, which tell no time whatever they are: of viewers, of products."""
        about = [self._catalogue.product(handle) for handle in line.products]
        return [*line.names, *(text.title for p in about if p is not None for text in p.texts.values())]

    async def one(self, kind: LineKind, products: Sequence[Product] = ()) -> Line:
        """A single line outside the rundown (filler, notice, goodbye)."""
        line = await self._writer.line(self.brief(kind), products)
        return replace(line, id=f"{kind}.{self._count}")

    async def _write(self, cue: Cue) -> Sequence[Line]:
        match cue.kind:
            case CueKind.PITCH:
                return await self._pitch(cue)
            case CueKind.OFFER:
                if not self._offers_are_due():
                    return ()
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
            case CueKind.BREAK | CueKind.CLIP:
                return ()

    def _offers_are_due(self) -> bool:
        """Whether the last round of offers is long enough ago: figures bear repeating less than goods do. A
        show that pitches nothing between them has its rounds as planned.
        """
        now = self._now()
        if self._pitched and self._offered is not None and now - self._offered < OFFERS_REST:
            return False
        self._offered = now
        return True

    async def _pitch(self, cue: Cue) -> Sequence[Line]:
        product = self._catalogue.product(cue.product or "")
        if product is None or not product.active or self._sold_out.pulls(product):
            return ()
        words = self._words(product, cue)
        if words is not None:
            return words
        before = self._pitched[product.handle]
        self._pitched[product.handle] += 1
        self._planned[product.handle] += round(cue.seconds)
        brief = self.brief(LineKind.PITCH, cue.seconds, returning=self._returns(product.handle, before))
        return (await self._writer.pitch(product, brief)).lines

    def _returns(self, handle: str, before: int) -> bool:
        """Whether it is pitched in short: two times of three, but a product that has had less than its
        planned share of the time is told of in full, and one that has had more in short.
        """
        if before == 0:
            return False
        planned, spoken = self._planned.total(), self._spoken.total()
        mine = self._spoken[handle] * planned
        share = mine / max(1, self._planned[handle] * spoken)
        if abs(share - 1) > SHARE_OFF and spoken > 0:
            return share > 1
        return before % FULL_EVERY != 0

    def _words(self, product: Product, cue: Cue) -> Sequence[Line] | None:
        """Approved lines, none while the product rests or is withheld, or None: the writer may write."""
        if self._scripts is None:
            return None
        found = self._scripts.words(
            product, self._language, self._now(), self._last_said, insist=self._rested >= SILENT_CUES
        )
        if isinstance(found, Resting):
            self._rested += 1
            return ()
        if isinstance(found, Withheld):
            name = f"withheld.{cue.id}.{self._count}"
            self._withheld.append(Refusal(*refusal(product, self._language, found, self._now(), name)))
            return ()
        self._rested = 0
        return found.version.lines() if isinstance(found, Approved) else None

    def _last_said(self, version: Version) -> int:
        """Place of its newest line among what was said lately; -1 for none."""
        said = self._lately(self._now())
        places = [k for k, text in enumerate(said) if text in version.words]
        return max(places, default=-1)

    def _on_sale(self) -> list[Product]:
        """Products that the writer may name: for sale, and not bound to approved words."""
        strict = self._scripts.strict if self._scripts is not None else lambda product: False
        return [p for p in self._catalogue.products() if p.active and not p.sold_out and not strict(p)]
