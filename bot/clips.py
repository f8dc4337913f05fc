"""The filmed clips of a show file, opened: is each file what was approved, is everybody in it licensed, may
it be shown where the show goes. What a machine made is never taken: the use of a product is not fabricated.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.compliance.credentials import read_credentials
from bot.compliance.decision import Decision, Mode
from bot.compliance.merge import Merged
from bot.licensed import Taken, open_licences, opened_under, scope_against
from bot.settings import Settings
from bot.show.clips import ClipDesk, ClipRules, ShownClip
from bot.show.human import inset_place
from bot.stage.aigc import read_aigc
from bot.stage.clip_film import FORM, ClipFilm, looked_at, prepare, prepared
from bot.stage.clip_screen import AirClip, ClipScreen
from bot.stage.layout import Layout
from bot.stage.recorded_mark import recorded_words, render_recorded
from bot.watermarked import find
from persona.clone.base import Rect
from persona.licence import Licence
from products.catalogue import Catalogue, Product
from products.documents import DocumentError
from products.errors import CastmateError, ContentError, Problem, Refused
from products.verdict import Finding, Severity
from schedules.clips import ClipEntry
from schedules.showfile import ShowFile

if TYPE_CHECKING:
    from bot.app import ShowBuilder
    from bot.show.parts import Parts

MACHINE_MADE = ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "algorithmicMedia")
Stamp = tuple[int, int]


@dataclass(frozen=True, slots=True)
class OpenClip:
    """A clip whose file is what was approved. `stamp`: its time and size, by which a change is noticed."""

    entry: ClipEntry
    path: Path
    sha256: str
    stamp: Stamp


def open_clips(show: ShowFile, file: Path, catalogue: Catalogue, settings: Settings) -> "ShowClips":
    """Every clip of the show file `file`. Raises DocumentError, a Problem for each that cannot be used."""
    opened, problems = dict[str, OpenClip](), list[Problem]()
    for number, entry in enumerate(show.clips):
        field = f"clips.{number}"
        if entry.product is not None and catalogue.product(entry.product) is None:
            what = "the catalogue holds no such product"
            problems.append(
                Problem(
                    str(file), None, f"{field}.product", entry.product, what, "Use a handle of the catalogue."
                )
            )
        try:
            opened[entry.id] = _open(entry, show.folder)
        except CastmateError as error:
            remedy = error.remedy or "Name another file, or leave it out."
            problems.append(Problem(str(file), None, f"{field} ({entry.id})", None, error.message, remedy))
    if problems:
        raise DocumentError(file, tuple(problems))
    used = {cue.clip for cue in show.rundown if cue.clip is not None}
    return ShowClips(opened, used, tuple(int(v) for v in show.size.split("x")), settings)  # type: ignore[arg-type]


def _open(entry: ClipEntry, folder: Path) -> OpenClip:
    path = folder / entry.file
    found = sha256_of(path)
    if entry.approved is None:
        raise ContentError(
            f"nobody has approved {path}",
            remedy=f"Look at it, then run: castmate clips SHOW --approve {entry.id} --by YOUR_NAME",
        )
    if found != entry.approved.sha256:
        raise ContentError(
            f"{path} is not the file that {entry.approved.by} approved on {entry.approved.at:%Y-%m-%d}: it "
            "was changed",
            remedy="Restore it, or look at it and approve it anew.",
        )
    refuse_machine_made(path)
    looked_at(path)
    return OpenClip(entry, path, found, _stamp(path))


def sha256_of(path: Path) -> str:
    """Of a whole file. Raises ContentError where there is none, or it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ContentError(f"{path} cannot be read: {error.strerror}", remedy="Check the path.") from error


def _stamp(path: Path) -> Stamp:
    """(0, 0) where it is gone."""
    try:
        seen = path.stat()
    except OSError:
        return (0, 0)
    return (seen.st_mtime_ns, seen.st_size)


def refuse_machine_made(path: Path) -> None:
    """By what the file says of itself: an AIGC record (GB 45438-2025), or Content Credentials of generated
    media. Raises ContentError.
    """
    try:
        generated = read_aigc(path) is not None
    except (OSError, ValueError):
        generated = False  # no film: `looked_at` says so
    if not generated:
        try:
            marks = read_credentials(path)
        except (ContentError, KeyError):
            marks = None  # a form that carries none
        generated = marks is not None and marks.source in MACHINE_MADE
    if generated:
        raise _made(path, "its own marks say that a machine made it")


def carries_watermark(path: Path) -> bool:
    """Whether it was cut from a stream of Castmate. A few seconds are too little to tell: then it is not."""
    try:
        return bool(find(str(path), None, lambda done: None).found)
    except ContentError:
        return False


def _made(path: Path, why: str) -> ContentError:
    return ContentError(
        f"{path} cannot be cut into a show: {why}, and the use of a product is never fabricated",
        remedy="Film the product.",
    )


class ShowClips:
    """One show's clips. `used`: those that its rundown plays; `size`: of the show's picture."""

    def __init__(
        self, clips: Mapping[str, OpenClip], used: Iterable[str], size: tuple[int, int], settings: Settings
    ) -> None:
        self.clips = clips
        self.used = tuple(name for name in clips if name in set(used))
        self._size, self._settings = size, settings

    # ---- the files

    def prepare(self, progress: Callable[[float], None] = lambda done: None) -> None:
        """Makes what is not prepared yet. Raises ContentError, SetupError."""
        for number, name in enumerate(self.used):
            self._film(name, lambda done, n=number: progress((n + done) / len(self.used)))  # type: ignore[misc]

    def _film(self, name: str, progress: Callable[[float], None] = lambda done: None) -> ClipFilm:
        clip, folder = self.clips[name], self.folder(name)
        found = prepared(folder)
        if found is None:
            if carries_watermark(clip.path):
                raise _made(clip.path, "it carries the watermark of Castmate's own streams")
            own = clip.entry.sound == "own"
            found = prepare(clip.path, folder, *self._size, own_sound=own, progress=progress)
        return found

    def folder(self, name: str) -> Path:
        """Where its prepared copy lies: with a person in it under their licence, whose withdrawal removes
        it.
        """
        entry = self.clips[name].entry
        people = [p.licence for p in entry.people]
        base = opened_under(self._settings, people[0]) if people else self._settings.cache
        width, height = self._size
        return base / "clips" / f"{self.clips[name].sha256[:24]}-{width}x{height}-{entry.sound}-{FORM}"

    # ---- may they be shown

    def against(
        self, decision: Decision, catalogue: Catalogue, now: datetime, names: Sequence[str] | None = None
    ) -> Mapping[str, tuple[Finding, ...]]:
        """By clip, what stands against showing it at `now`. Licences are read anew, each once."""
        wanted = self.used if names is None else names
        licences: dict[str, Licence | Finding] = {}
        for person in {p.licence for name in wanted for p in self.clips[name].entry.people}:
            licences[person] = self._licence(person)
        return {
            name: (
                *self._by_file(name),
                *_by_rules(self.clips[name].entry, decision.merged),
                *(f for p in self._people(name, licences, decision, catalogue, now) for f in p),
            )
            for name in wanted
        }

    def _licence(self, name: str) -> Licence | Finding:
        store = open_licences(self._settings)
        if name not in store.ids():
            known = ", ".join(store.ids()) or "none"
            text = f"There is no licence {name!r} in this shop's store; it has: {known}."
            return _against("LICENCE", text, f"Take it in: castmate licence new {name}")
        try:
            return store.read(store.path(name))
        except CastmateError as error:
            return _against("LICENCE", error.message, error.remedy)

    def _people(
        self,
        name: str,
        licences: Mapping[str, Licence | Finding],
        decision: Decision,
        catalogue: Catalogue,
        now: datetime,
    ) -> Iterable[tuple[Finding, ...]]:
        entry = self.clips[name].entry
        product = None if entry.product is None else catalogue.product(entry.product)
        goods: tuple[Product, ...] = tuple(catalogue.products()) if product is None else (product,)
        for person in entry.people:
            licence = licences[person.licence]
            if isinstance(licence, Finding):
                yield (licence,)
                continue
            at = now if licence.withdrawn_at is None else max(now, licence.withdrawn_at)
            taken = Taken(face=person.seen, voice=person.heard and entry.sound == "own")
            found = scope_against(licence, decision, goods, at, taken)
            if any(f.rule == "LICENCE-WITHDRAWN" for f in found):
                shutil.rmtree(self.folder(name), ignore_errors=True)
            yield found

    def _by_file(self, name: str) -> tuple[Finding, ...]:
        clip = self.clips[name]
        if _stamp(clip.path) == clip.stamp:
            return ()
        text = f"{clip.path} was changed or removed after the show was opened."
        return (_against("CLIP-FILE", text, "Restore it, or look at it and approve it anew."),)

    def refuse(self, decision: Decision, catalogue: Catalogue, now: datetime) -> None:
        """Raises Refused when something stands against one of them."""
        found = [(name, f) for name, all_of in self.against(decision, catalogue, now).items() for f in all_of]
        if found:
            text = " ".join(f"The clip {name}: {f.message}" for name, f in found)
            raise Refused(text, remedy=" ".join(dict.fromkeys(f.remedy for _, f in found if f.remedy)))

    # ---- on the air

    def attach(self, builder: "ShowBuilder", parts: "Parts", plan: Layout, *, rehearsal: bool) -> None:
        """Clips for a show that is being built, if its plan has any. Where a human alone is the show there
        are none: noted. Raises Refused, ContentError, SetupError.
        """
        if not any(cue.clip for cue in parts.plan.cues):
            return
        if builder.decision.mode is Mode.PROMPTER:
            parts.record.note(
                "clips.left_out", {"clips": list(self.used), "why": "a human alone is the show"}
            )
            return
        catalogue, decision = builder.shop.catalogue, builder.decision
        self.refuse(decision, catalogue, parts.clock.now())
        words = self._words(decision.merged, builder.shop.language)
        shown = {name: self._shown(name, plan, decision.merged, words) for name in self.used}
        parts.record.note("clips", {"clips": [clip.record() for clip in shown.values()]})
        parts.air.clips = screen = ClipScreen(wait=rehearsal)
        parts.clips = ClipDesk(
            shown,
            screen,
            ClipRules.of(decision.merged),
            parts.rules,
            parts.eye,
            partial(self._look, decision, catalogue),
            parts.record.note,
            partial(_on_sale, catalogue),
            parts.clock.now(),
            parts.info.fps,
        )

    def _look(
        self, decision: Decision, catalogue: Catalogue, names: Sequence[str], now: datetime
    ) -> Mapping[str, tuple[str, ...]]:
        found = self.against(decision, catalogue, now, names)
        return {name: tuple(f.message for f in against) for name, against in found.items()}

    @staticmethod
    def _words(merged: Merged, language: str) -> str:
        plan = merged.label("recorded", "picture")
        return recorded_words(language, () if plan is None else (*plan.patterns, *plan.advised_patterns))

    def _shown(self, name: str, plan: Layout, merged: Merged, words: str) -> ShownClip:
        clip = self.clips[name]
        entry, place = clip.entry, place_for(clip.entry, plan, merged)
        assert entry.approved is not None  # `_open` saw to it
        return ShownClip(
            AirClip(name, self._film(name), place, render_recorded(words, plan, place)),
            clip.sha256,
            entry.product,
            tuple(p.licence for p in entry.people),
            entry.rights,
            entry.approved.by,
        )


def place_for(entry: ClipEntry, plan: Layout, merged: Merged) -> Rect:
    """The whole picture; where a pack bounds embedded video or wants the host to stay large (Kuaishou), the
    small place beside the host, no taller than that bound.
    """
    person = any(p.seen for p in entry.people)
    field = "inset_video_max_height_ratio" if person else "inset_video_no_person_max_height_ratio"
    most = merged.value("geometry", field)
    if most is None and merged.value("geometry", "avatar_min_height_ratio") is None:
        return Rect(0, 0, plan.width, plan.height)
    return inset_place(plan, most)


def _by_rules(entry: ClipEntry, merged: Merged) -> tuple[Finding, ...]:
    """What the merged packs say against the clip whatever its licence."""
    field = "forbid_same_audio_source_as_inset"
    if entry.sound == "own" and merged.value("geometry", field):
        rules = ", ".join(merged.because("geometry", field))
        text = f"The sound of embedded video may not be heard here ({rules})."
        return (_against(rules or "CLIP-SOUND", text, f"Write `sound: muted` for the clip {entry.id}."),)
    return ()


def _on_sale(catalogue: Catalogue, handle: str) -> bool:
    product = catalogue.product(handle)
    return product is not None and product.active and not product.sold_out


def _against(rule: str, text: str, remedy: str) -> Finding:
    return Finding(rule, Severity.BLOCK, text, "the show's clips", remedy)
