"""The only place that picks backends: puts a show together from its file, the settings and the machine."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from bot.addresses import platforms_in, sent_to
from bot.by_meaning import Reading, read_products
from bot.clips import open_clips
from bot.clock import AcceleratedClock, Clock, RehearsalClock, SystemClock
from bot.clone_packs import open_host
from bot.compliance.audible_label import audible_plan
from bot.compliance.clearance import CatalogueClearance
from bot.compliance.decision import Decision, Mode, decide
from bot.compliance.evidence import ShowFacts
from bot.compliance.keys import signing_key
from bot.compliance.label import Drawn, LabelSpec, draw_label, drawn, label_lines, label_text
from bot.compliance.ledger import Ledger
from bot.compliance.merge import PresenceNeed
from bot.compliance.office import Office, open_office
from bot.compliance.packs import PackSet
from bot.compliance.personal import seal
from bot.compliance.persons import PersonKeys
from bot.compliance.preflight import Checklist
from bot.compliance.presence import PresenceDesk
from bot.compliance.selection import Destination
from bot.compliance.snapshots import Snapshots
from bot.compliance.speech_rules import rules_in
from bot.fleet.fence import held_epoch
from bot.insight.stretches import StretchBook
from bot.licensed import LicenceWatch, ShowLicence, weights_of
from bot.outputs import Outputs
from bot.settings import Settings
from bot.shop import Shop, ShowOrder, open_shop
from bot.show.audible_notice import AudibleNotice
from bot.show.camera_process import CameraProcess
from bot.show.chat_setup import ChatSetup, chats_apart
from bot.show.chronicle import draft_record
from bot.show.disk_room import DiskRoom
from bot.show.human import Human
from bot.show.human_writer import HumanWriter
from bot.show.link import Link
from bot.show.messages import Health, Hello
from bot.show.parts import Parts, ledger_path, rundown_views
from bot.show.programme import Programme
from bot.show.prompter import Prompter
from bot.show.record import Recording
from bot.show.room_rules import RoomRules
from bot.show.run import ShowRun
from bot.show.scenery import Scenery
from bot.show.script_desk import ScriptDesk
from bot.show.show_sounds import open_sounds
from bot.show.spare_studio import SpareStudio
from bot.show.spoken import Spoken
from bot.show.studio import Follower
from bot.show.studio_parts import StudioParts
from bot.show.studio_process import StudioProcess
from bot.show.trail import NO_TRAIL, Trail
from bot.show.words import show_words
from bot.stage.air import AirLoop
from bot.stage.border import Border
from bot.stage.camera import Camera, CameraRing
from bot.stage.captions import CaptionTrack
from bot.stage.compositor import Compositor, Slate
from bot.stage.encoder import Encoder, EncoderSettings
from bot.stage.eye import Eye
from bot.stage.inspection import Inspection
from bot.stage.layout import Layout, layout
from bot.stage.microphone import Microphone
from bot.stage.mixer import Mixer
from bot.stage.picture import Overlay
from bot.stage.proportions import host_of, shares
from bot.stage.slates import render_ending, render_hold, render_starting
from bot.stage.watch import LabelWatch
from bot.stage.watermark import VERSION, Watermark, code_of
from bot.stage.witness import Witness
from connectors.base import Secret, ShowInfo
from persona.clone.base import Reel
from persona.clone.opening import open_reel
from persona.clone.reel import build_reel
from persona.template_writer import TemplateWriter
from persona.voice.speech_server import SpeechServer
from persona.writer import Writer
from products.errors import Refused
from products.sales import SaleBook
from products.verdict import Finding
from schedules.calendar import zone_named
from schedules.rundown import place_of

FPS = 25
BEFORE_THE_CAMERA = PresenceNeed(  # own rule: who hosts alone must be there
    rule="HOST-PRESENT",
    modes=("human_on_camera", "human_live_voice"),
    heartbeat_s=60,
    summary="A person hosts the show before a camera.",
    source="Castmate's own",
)


def make_decision(
    order: ShowOrder, shop: Shop, office: Office, now: datetime, licence: ShowLicence | None = None
) -> Decision:
    """What the packs allow for this show. Raises Refused for a platform that no pack knows."""
    show, packs = shop.show, office.packs
    platform = order.platform or show.platform
    if platform not in packs.platforms():
        raise Refused(
            f"No policy pack knows the platform {platform!r}, so nothing may air there.",
            remedy=f"Choose one of: {', '.join(sorted(packs.platforms()))}.",
        )
    market = order.market or show.market or _only_market(packs, platform)
    to = sent_to(order, show.channels)
    platforms = tuple(dict.fromkeys((platform, *platforms_in(to))))
    outside = bool(to) and any(p not in ("room", "file", "rtmp") for p in platforms)
    audience = order.audience or ((market,) if market else show.audience)
    consents = licence.consents() if licence is not None else {}
    clone = ShowFacts(
        cloned_person=shop.persona.licence is not None or bool(shop.persona.performer),
        virtual_scene=True,
        prerecorded=bool(shop.show.clips),
        known={} if licence is None else licence.known(),
        evidence={**consents, **office.evidence()},
    )

    def under(facts: ShowFacts) -> Decision:
        return decide(
            packs,
            [Destination(p, market if p == platform else _only_market(packs, p)) for p in platforms],
            audience,
            now.date(),
            facts,
            office.confirmations,
            office.waivers,
            compliance_keys=office.keys,
            local_try=not outside,
        )

    planned = under(clone)
    if not order.human and planned.mode is not Mode.PROMPTER:
        return planned
    human = under(replace(clone, synthetic_person=False, synthetic_voice=False, human_host=True))
    return human if human.mode is Mode.REFUSE else replace(human, mode=Mode.PROMPTER)


def _only_market(packs: PackSet, platform: str) -> str | None:
    """The market of a platform that has just one, e.g. Douyin: CN."""
    found = {j for p in packs.packs if platform in p.scope.platforms for j in p.scope.jurisdictions}
    return next(iter(found)) if len(found) == 1 and "*" not in found else None


def make_label_spec(decision: Decision, language: str) -> LabelSpec:
    """The AI label that satisfies every pack, in the show's language and more where a pack asks."""
    plan = decision.merged.label("ai", "picture")
    if plan is None:
        return LabelSpec(label_text([language], ()))
    text = label_text([language], (*plan.patterns, *plan.advised_patterns))
    placement = tuple(places for _, places in plan.placements) or (("edge", "corner"),)
    return LabelSpec(text, max(0.05, plan.min_height_ratio), max(4.5, plan.min_contrast), placement)


def make_clearance(shop: Shop, decision: Decision) -> CatalogueClearance:
    """What may be said: the catalogue's facts, less what the packs of this show forbid."""
    return CatalogueClearance(shop.catalogue, **rules_in(decision.merged).as_arguments())


def make_script_desk(shop: Shop, clearance: CatalogueClearance, *, airs: bool = True) -> ScriptDesk:
    """The approved scripts of the shop, under the show's own rules. `airs`: False in a rehearsal."""
    return ScriptDesk(shop.scripts, clearance, shop.show.verbatim, shop.show.show, airs)


def make_writer(
    settings: Settings,
    shop: Shop,
    clearance: CatalogueClearance,
    record: Callable[[str, dict[str, Any]], None],
) -> Writer:
    """The LLM writer when a server is set, else the template writer. `record`: into the ledger."""
    from products.claims import sayable

    template = TemplateWriter(shop.persona, sayable)
    if settings.llm_url is None:
        return template
    from persona.llm_writer import open_llm_writer  # the openai client is imported where it is used

    return open_llm_writer(
        template,
        shop.persona,
        clearance,
        url=settings.llm_url,
        model=settings.llm_model,
        key=settings.llm_key.get_secret_value(),
        timeout_s=settings.llm_timeout_s,
        answer_s=settings.llm_answer_s,
        tokens_per_hour=settings.llm_tokens_per_hour,
        money_per_hour=settings.llm_money_per_hour,
        price_in=settings.llm_price_in,
        price_out=settings.llm_price_out,
        on_refused=lambda line, verdict: record(
            "draft.refused", draft_record(line, verdict, settings.llm_model)
        ),
    )


def speech_server(settings: Settings) -> SpeechServer | None:
    """The speech server of the settings; None where none is set."""
    if settings.speech_url is None:
        return None
    return SpeechServer(
        settings.speech_url,
        settings.speech_model,
        settings.speech_key.get_secret_value(),
        settings.speech_timeout_s,
        settings.speech_format,
        settings.speech_times,
    )


def prepare_reel(shop: Shop, settings: Settings, progress: Callable[[float], None]) -> Path:
    """The persona's base reel: a performer's clone, opened; else the drawn host, built unless cached."""
    width, height = (int(v) for v in shop.show.size.split("x"))
    if shop.persona.clone is not None:
        return open_host(shop.persona, settings, width, height, SystemClock().now(), progress)
    return build_reel(shop.persona.look, width, height, FPS, settings.cache / "reels", progress)


@dataclass(frozen=True, slots=True)
class _Board:
    """What a show is drawn on."""

    reel_path: Path
    reel: Reel
    plan: Layout
    label: Overlay
    drawn: Drawn


@dataclass(frozen=True, slots=True)
class _Stage:
    """What makes the stream. `ring`: of a live camera, where a console can bring one."""

    air: AirLoop
    mixer: Mixer
    encoder: Encoder
    eye: Eye
    microphone: Microphone
    ring: CameraRing | None


class ShowBuilder:
    """Builds one ShowRun. Keeps what must be closed in `border` (closed by `close`)."""

    def __init__(self, order: ShowOrder, settings: Settings, clock: Clock, folder: Path) -> None:
        self.order, self.settings, self.clock, self.folder = order, settings, clock, folder
        self.shop = open_shop(order, settings, clock.now)
        self.sounds = open_sounds(self.shop.show.sound, self.shop.show.folder, order.file)
        self.clips = open_clips(self.shop.show, order.file, self.shop.catalogue, settings)
        self.licence = ShowLicence(self.shop.persona, self.shop.language, settings)
        office = open_office(settings.office)
        self.decision = make_decision(order, self.shop, office, clock.now(), self.licence)
        self.checklist: Checklist | None = None  # of the preflight, when there was one
        self.border = Border.create()
        self.outputs: Outputs | None = None
        self.parts: Parts | None = None
        self.health: Callable[[Health], None] | None = None  # is told the figures of each second
        self.spare: SpareStudio | None = None  # a studio's process that waits for this show
        self.airs = True  # False once it is built as a rehearsal
        self.code = code_of(folder.name)  # what the watermark of its stream carries
        self.reading: Reading | None = None  # of the products' meaning, where it is asked for
        self.trail: Trail = NO_TRAIL  # is told what becomes of questions
        self.follow: Callable[[], Follower] | None = None  # opens who is told the same in the studio

    def close(self) -> None:
        self.border.close()
        if self.reading is not None:
            self.reading.close()

    def build(self, reel_path: Path, *, rehearsal: bool = False, out: Path | None = None) -> ShowRun:
        """The whole show. Raises CastmateError when a part cannot be had."""
        self.airs = not rehearsal
        seed = self.order.seed if self.order.seed is not None else Random().randrange(10**6)
        board = self._board(reel_path)
        stage = self._stage(board, seed, rehearsal=rehearsal)
        record = self._record()
        record.note("watermark", {"code": f"{self.code:06x}", "version": VERSION})
        parts = self._parts(board, stage, record, seed, rehearsal=rehearsal)
        self.parts = parts
        if not self.decision.facts.uses_nobody:
            against = partial(self.against_licence, rehearsed=rehearsal)
            parts.licence = LicenceWatch(self.licence, against, record.note).look
        if weights := weights_of(self.shop.persona, self.shop.language):
            record.note("weights", weights)
        parts.health = self.health
        stage.air.sinks.append(parts.step)
        self.outputs = Outputs(self, parts, stage.encoder, rehearsal=rehearsal, out=out)
        self.outputs.attach()
        parts.closing = self.outputs.close
        self.clips.attach(self, parts, board.plan, rehearsal=rehearsal)
        run = ShowRun(parts)
        if self.order.link is not None:
            parts.link = Link(
                self.order.link,
                Secret(self.settings.link_token.get_secret_value()),
                run.welcome,
                run.receive,
                Random(seed),
                run.camera_piece,
            )
            self.outputs.attach_room(parts.link)
        return run

    def _board(self, reel_path: Path) -> _Board:
        reel = open_reel(reel_path)
        spec = make_label_spec(self.decision, self.shop.language)
        plan = layout(*reel.size, label_lines(spec.text))
        label = draw_label(spec, plan)
        return _Board(reel_path, reel, plan, label.overlay, drawn(label, reel.backdrop))

    def _stage(self, board: _Board, seed: int, *, rehearsal: bool) -> _Stage:
        width, height = board.reel.size
        encoder = self.encoder(width, height, board.label, rehearsal=rehearsal)
        microphone = Microphone()
        ring = None if self.order.link is None else CameraRing.create(width, height)
        mixer = Mixer(seed, bed=self.sounds.bed, microphone=microphone)
        time = SystemClock().time
        air = AirLoop(
            board.reel,
            self.border,
            Compositor(width, height, board.reel.backdrop),
            mixer,
            encoder,
            [],
            time,
            None if ring is None else Camera(ring, microphone.put, time),
        )
        air.witness = witness = Witness(FPS)
        air.watermark = Watermark(width, height, FPS, self.code)
        eye = Eye(
            self.watch(board.label),
            encoder.template(),
            FPS,
            lambda _: None,
            wait=rehearsal,
            inspection=Inspection(FPS, witness, self.code),
        )
        air.sinks.append(eye)
        return _Stage(air, mixer, encoder, eye, microphone, ring)

    def _record(self) -> Recording:
        settings, now = self.settings, self.clock.now
        key = signing_key(settings.data / "keys" / "ledger.pem")
        ledger = Ledger.open(ledger_path(self.folder), key, self.shop.show.show, now())
        persons, aired = PersonKeys(settings.person_keys), self.folder.name
        record = Recording(ledger, now, lambda kind, data: seal(persons, aired, kind, data))
        if (epoch := held_epoch()) is not None:
            record.note("lease.held", {"epoch": epoch})
        return record

    def _parts(self, board: _Board, stage: _Stage, record: Recording, seed: int, *, rehearsal: bool) -> Parts:
        shop, order, clock, show = self.shop, self.order, self.clock, self.shop.show
        language, words = shop.language, show_words(shop.language)
        clearance = make_clearance(shop, self.decision)
        writer = make_writer(self.settings, shop, clearance, record.note)
        wait = self.settings.answers_wait if show.answers_wait is None else show.answers_wait
        synthetic = self.decision.facts.synthetic
        title = show.title_in(language)
        info = ShowInfo(show.show, title, language, *board.reel.size, FPS, synthetic=synthetic)
        slates = self._slates(board.reel, board.plan)
        scenery = Scenery(
            stage.air, board.plan, language, shop.pictures.get, self._captions(board.plan), slates
        )
        prompter = Prompter(stage.air.marks.append, lambda: stage.air.n, FPS) if self._prompts else None
        needs = (*self.decision.merged.presence, *((BEFORE_THE_CAMERA,) if self._prompts else ()))
        desk = PresenceDesk(needs, language=language, speed=order.speed)
        return Parts(
            info=info,
            plan=show.plan(),
            minutes=order.minutes if order.minutes is not None else show.minutes,
            until=order.until,
            start_at=place_of(show.plan(), order.resume, seed),
            clock=clock,
            catalogue=shop.catalogue,
            programme=self._programme(writer, clearance, words, seed),
            conversation=self._chat(writer, record, wait=wait).open,
            trail=self.trail,
            shop=shop.persona.shop_in(language),
            decision=self.decision,
            rules=RoomRules(self.decision, desk, Random(seed), board.drawn),
            label=board.label,
            studio=prompter or self.studio(board.reel_path),
            air=stage.air,
            eye=stage.eye,
            scenery=scenery,
            human=self._human(board, stage, scenery, record, slates("hold", words["hold"])),
            prompter=prompter,
            snapshots=Snapshots(self.folder, PersonKeys(self.settings.person_keys)),
            spoken=Spoken(clearance.clear, record.note),
            record=record,
            channels=[],
            inbox=asyncio.Queue(maxsize=2000),
            room_inbox=asyncio.Queue(maxsize=500),
            hello=self._hello(info, stage.encoder.codecs, words, wait=wait),
            words=words,
            refresh=shop.refresh,
            keep_all=rehearsal,
            jingle=self._occasions(stage.mixer, record),
            sounding=lambda: stage.mixer.sounding,
            speed=order.speed,
            proportions=partial(shares, host_of(board.reel)),
            seen=lambda: asdict(stage.eye.figures()),
            room=DiskRoom(self.folder, self.clock.time),
            writing=getattr(writer, "figures", dict),
            microphone=stage.microphone,
            preflight=None if self.checklist is None else self.checklist.record(),
            sell=SaleBook(shop.catalogue.engine).enter,
            watched=None if rehearsal else StretchBook(shop.catalogue.engine).enter,
        )

    @property
    def _prompts(self) -> bool:
        """Whether a person says the lines."""
        return self.decision.mode is Mode.PROMPTER

    def _programme(
        self, writer: Writer, clearance: CatalogueClearance, words: Mapping[str, str], seed: int
    ) -> Programme:
        shop, show = self.shop, self.shop.show
        return Programme(
            HumanWriter(writer, words) if self._prompts else writer,
            clearance,
            shop.catalogue,
            shop.language,
            self.clock.now,
            seed,
            make_script_desk(shop, clearance, airs=self.airs),
            zone_named(show.time_zone) if "time_zone" in show.model_fields_set else None,
            self.order.hour,
        )

    def _chat(self, writer: Writer, record: Recording, *, wait: bool) -> ChatSetup:
        shop, show = self.shop, self.shop.show
        self.reading = read_products(self.settings, shop.catalogue)
        return ChatSetup(
            show.show,
            shop.persona,
            shop.catalogue,
            _sayable(),
            writer,
            self.decision,
            self.clock.now,
            record.note,
            show.service,
            wait,
            None if self.reading is None else self.reading.meaning,
            self.trail,
        )

    def _hello(self, info: ShowInfo, codecs: str, words: Mapping[str, str], *, wait: bool) -> Hello:
        show, shop, now = self.shop.show, self.shop, self.clock.now()
        return Hello(
            show=show.show,
            title=info.title,
            language=info.language,
            platform=str(self.decision.destinations[0].platform),
            mode=str(self.decision.mode),
            rules=tuple(c.pack.name for c in self.decision.selection.chosen),
            codecs=codecs,
            width=info.width,
            height=info.height,
            rundown=rundown_views(show.plan(), shop.catalogue, info.language, now, words, show.show),
            answers_wait=wait,
            chats_apart=chats_apart(self.decision),
        )

    def _human(
        self, board: _Board, stage: _Stage, scenery: Scenery, record: Recording, away: Slate
    ) -> Human | None:
        """Who may stand before a camera: only where a console can bring one."""
        if stage.ring is None:
            return None
        return Human(
            CameraProcess(stage.ring),
            stage.microphone,
            scenery,
            board.plan,
            board.label,
            record.note,
            away,
            only=self._prompts,
            most=self.decision.merged.value("geometry", "inset_video_max_height_ratio"),
        )

    def against_licence(self, now: datetime, *, rehearsed: bool = False) -> tuple[Finding, ...]:
        """What stands against the show by the performer's licence at `now`, read anew."""
        products = tuple(self.shop.catalogue.products())
        return self.licence.against(self.decision, products, now, rehearsed=rehearsed)

    # ---- parts that a soak in virtual time replaces (bench/soak/virtual.py)

    def encoder(self, width: int, height: int, label: Overlay, *, rehearsal: bool) -> Encoder:
        """What encodes the pictures; `label` is what they must show."""
        return Encoder(width, height, FPS, self._encoding(rehearsal))

    def _occasions(self, mixer: Mixer, record: Recording) -> Callable[[str], object]:
        """What sounds when a show opens, ends, brings a product: the shop's jingles, the audible AI label."""
        plan = audible_plan(self.decision.merged, onscreen=True)  # the label never leaves the picture
        notice = AudibleNotice(plan, mixer.play, record.note, always=self.settings.audible_label == "always")

        def occasion(name: str) -> None:
            if (sound := self.sounds.jingles.get(name)) is not None:
                mixer.play(sound)
            notice(name)

        return occasion

    def watch(self, label: Overlay) -> LabelWatch:
        """What looks for the label in the decoded picture."""
        return LabelWatch(label)

    def studio(self, reel_path: Path) -> StudioProcess:
        """What speaks."""
        return StudioProcess(
            self._studio(reel_path),
            self.border,
            spare=self.spare,
            follow=self.follow,
            carry=self.trail.carry,
        )

    def _encoding(self, rehearsal: bool) -> EncoderSettings:
        if rehearsal:
            return EncoderSettings.offline(self.settings.video_kbps)
        return EncoderSettings(video_kbps=self.settings.video_kbps, codec=self.settings.video_encoder)

    def _studio(self, reel_path: Path) -> StudioParts:
        persona = self.shop.persona
        voices: dict[str, dict[str, Any]] = {
            language: persona.voice_in(language).model_dump() for language in persona.languages
        }
        settings = self.settings
        return StudioParts(
            voices,
            reel_path,
            settings.cache / "speech",
            settings.voice_threads,
            self.shop.said,
            speech_server(settings),
        )

    def _captions(self, plan: Layout) -> Callable[..., CaptionTrack]:
        catalogue = self.shop.catalogue

        def make(sent: Any, clause: Any, card: Any) -> CaptionTrack:
            line = sent.line
            named = [p.text(line.language).title for h in line.products if (p := catalogue.product(h))]
            track = CaptionTrack(line.text, line.language, named, plan)
            track.speak(clause.words, 0.0)
            track.prepare(0.0, clause.ticks / FPS + 1)
            return track

        return make

    def _slates(self, reel: Any, plan: Layout) -> Callable[[str, str], Slate]:
        shop = self.shop.persona.shop_in(self.shop.language)
        language = self.shop.language

        def make(kind: str, words: str) -> Slate:
            draw = {"starting": render_starting, "ending": render_ending}.get(kind, render_hold)
            return draw(reel.backdrop, shop, language, plan, words)

        return make


def _sayable() -> Callable[..., Sequence[str]]:
    from products.claims import sayable

    return sayable


def live_clock(order: ShowOrder) -> Clock:
    """The system's clock, or one that runs faster for people."""
    system = SystemClock()
    return system if order.speed == 1.0 else AcceleratedClock(order.speed, system.now())


def rehearsal_clock() -> RehearsalClock:
    return RehearsalClock(datetime.now(UTC))  # noqa: TID251  the start of a rehearsal's own time
