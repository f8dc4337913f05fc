"""A clip: a few approved or cleared lines, said by the show's host into a file. It is a show of one cue, run
off air by the code that runs every show: the same stage, clearance, label, watch, ledger and signature.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from bot.app import FPS, ShowBuilder, make_clearance, make_script_desk
from bot.clip_script import ClipScript, read_script, refuse_uncleared
from bot.clock import Clock, RehearsalClock
from bot.compliance.clearance import CatalogueClearance
from bot.compliance.decision import Mode
from bot.settings import Settings
from bot.shop import ShowOrder
from bot.show.director import Sent
from bot.show.parts import Parts
from bot.show.programme import Programme
from bot.show.record import Recording
from bot.show.run import ShowRun
from bot.stage.webvtt import Cue as Caption
from bot.stage.webvtt import SpokenClause, cues, webvtt
from persona.licence import Use
from persona.script import Line
from persona.writer import Writer
from products.catalogue import Product
from products.errors import ContentError, Refused, SetupError
from products.verdict import Finding
from schedules.rundown import Cue, CueKind, Rundown

PLATFORM = "file"  # whose rules apply where no platform is named
LEAD_IN_S = 0.4  # the host is seen before the first word
LONGEST_S = 180.0
VTT_NOTE = "Captions of an AI-generated video: the host and the voice are synthetic. {title}"


class ClipProgramme(Programme):
    """A programme of one cue: these lines, cleared as every line is."""

    lines: Sequence[Line] = ()

    async def _write(self, cue: Cue) -> Sequence[Line]:
        return self.lines


class ClipBuilder(ShowBuilder):
    """Builds the show of one cue. `order.platform`: whose rules apply.

    Raises ContentError for a script that cannot be read, Refused for one that may not be said, for rules that
    do not let a synthetic host into a recorded clip, and for a licence that does not cover it.
    """

    def __init__(
        self,
        order: ShowOrder,
        settings: Settings,
        clock: Clock,
        folder: Path,
        script: str,
        product: str | None = None,
    ) -> None:
        super().__init__(order, settings, clock, folder)
        try:
            clearance = make_clearance(self.shop, self.decision)
            self.script: ClipScript = read_script(
                script, self.shop, make_script_desk(self.shop, clearance), product
            )
            if self.script.seconds > LONGEST_S:
                raise ContentError(
                    f"{self.script.source} takes about {self.script.seconds:.0f} s to say; a clip has "
                    f"{LONGEST_S:.0f} s at most.",
                    remedy="Name a single line of it (#1), or cut the text.",
                )
            self._refuse_licence(clock.now())
            self._refuse_rules()
            refuse_uncleared(self.script, clearance, clock.now())
        except BaseException:
            self.close()
            raise

    @property
    def goods(self) -> tuple[Product, ...]:
        """What it is about. A clip that names no product may be about any of the shop's, as a show is."""
        named = tuple(p for h in self.script.products if (p := self.shop.catalogue.product(h)) is not None)
        return named or tuple(self.shop.catalogue.products())

    def against_licence(self, now: datetime, *, rehearsed: bool = False) -> tuple[Finding, ...]:
        """As of a show, for the use "clip": what is written into a file leaves the shop, rehearsed or not."""
        return self.licence.against(self.decision, self.goods, now, use=Use.CLIP)

    def build(self, reel_path: Path, *, rehearsal: bool = False, out: Path | None = None) -> ShowRun:
        run = super().build(reel_path, rehearsal=rehearsal, out=out)
        parts = self.parts
        assert parts is not None
        parts.settled = lambda: parts.air.seconds >= LEAD_IN_S
        return run

    def _parts(self, board: object, stage: object, record: Recording, seed: int, *, rehearsal: bool) -> Parts:
        parts = super()._parts(board, stage, record, seed, rehearsal=rehearsal)  # type: ignore[arg-type]
        parts.plan = Rundown((Cue("1-clip", CueKind.NOTICE, max(1.0, self.script.seconds)),))
        parts.minutes, parts.until = 2 * LONGEST_S / 60, None
        parts.once = True
        return parts

    def _programme(
        self, writer: Writer, clearance: CatalogueClearance, words: Mapping[str, str], seed: int
    ) -> Programme:
        desk = make_script_desk(self.shop, clearance)
        programme = ClipProgramme(
            writer, clearance, self.shop.catalogue, self.shop.language, self.clock.now, seed, desk
        )
        programme.lines = self.script.lines
        return programme

    def _refuse_rules(self) -> None:
        decision = self.decision
        if decision.mode is Mode.CLONE and decision.may_air:
            return
        why = [f.message for f in decision.against] or [f.message for f in decision.reasons]
        if decision.may_air:
            why = [
                "a person must be there, or must speak, while the host is shown; nobody is, in a file",
                *why,
            ]
        raise Refused(
            f"The rules of {', '.join(str(d) for d in decision.destinations)} allow no clip by a synthetic "
            f"host: {' '.join(why)}",
            remedy="Choose another --platform; without one it is made under Castmate's own rules of a file.",
        )

    def _refuse_licence(self, now: datetime) -> None:
        against = () if self.decision.facts.uses_nobody else self.against_licence(now)
        if against:
            remedies = list(dict.fromkeys(f.remedy for f in against if f.remedy))
            if any(f.rule == "LICENCE-PLATFORM" for f in against):
                remedies.append("--platform names where the clip will be shown.")
            raise Refused(" ".join(f.message for f in against), remedy=" ".join(remedies))


async def make_clip(
    builder: ClipBuilder, reel: Path, out: Path, clock: RehearsalClock, progress: Callable[[float], None]
) -> ShowRun:
    """The clip at `out` (.mp4) and its captions beside it (.vtt); both or none. A copy stays with its ledger.

    Raises Refused when a line was not said as it stands, SetupError when the files cannot be written.
    """
    made = builder.folder / out.name
    run = builder.build(reel, rehearsal=True, out=made)
    share = 2 * LONGEST_S / max(builder.script.seconds, 1.0)
    await run.rehearse(clock, lambda done: progress(min(1.0, done * share)))
    _refuse_unsaid(builder.script, run)
    captions = made.with_suffix(".vtt")
    try:
        captions.write_text(_captions(builder, run), encoding="utf-8")
        out.parent.mkdir(parents=True, exist_ok=True)
        for file in (captions, made):
            spare = out.with_name(f".{file.name}.part")
            shutil.copyfile(file, spare)
            spare.replace(out.with_suffix(file.suffix))
    except OSError as error:
        raise SetupError(
            f"{out} cannot be written: {error.strerror}.", remedy="Choose another --out."
        ) from error
    return run


def _refuse_unsaid(script: ClipScript, run: ShowRun) -> None:
    """A clip says all of its lines under a label that was seen all the time, or there is none."""
    chronicle, (coverage, _) = run.chronicle, run.label_coverage()
    why = [f'"{r.line.text}": {" ".join(f.message for f in r.verdict.findings)}' for r in chronicle.refusals]
    why += [f'"{text}": {reason}' for text, reason in chronicle.failures]
    said = [sent.line.text for sent in chronicle.aired]
    if not why and said != [line.text for line in script.lines]:
        why = [
            f"it ended after {len(said)} of {len(script.lines)} lines: {run.reason or 'no reason is known'}"
        ]
    if coverage < 1.0:
        why.append(f"the AI label was seen in {coverage:.1%} of the looks at the picture, not in all")
    if why:
        raise Refused(f"No clip was made of {script.source}: {'; '.join(why)}.")


def _captions(builder: ClipBuilder, run: ShowRun) -> str:
    found: list[Caption] = []
    for sent in run.chronicle.aired:
        found += cues(sent.line.text, sent.line.language, _names(builder, sent.line), spoken_clauses(sent))
    title = builder.shop.show.title_in(builder.shop.language)
    return webvtt(found, builder.shop.language, VTT_NOTE.format(title=title))


def _names(builder: ClipBuilder, line: Line) -> list[str]:
    products = (builder.shop.catalogue.product(handle) for handle in line.products)
    return [p.text(line.language).title for p in products if p is not None]


def spoken_clauses(sent: Sent) -> list[SpokenClause]:
    """The clauses of a line that aired, with their times in the film."""
    return [
        SpokenClause(sent.starts[k], sent.starts[k] + clause.ticks / FPS, clause.words)
        for k, clause in sorted(sent.clauses.items())
        if k in sent.starts
    ]
