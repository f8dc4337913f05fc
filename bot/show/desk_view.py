"""What the desk is told each second: the state of the show and its figures, taken from its parts."""

import os
from collections.abc import Iterator, Mapping

from bot.show.messages import Health, State
from bot.show.parts import Parts
from bot.show.processes import memory
from bot.show.session import Session
from bot.stage.encoder import AAC_FRAME, AUDIO_RATE
from bot.stage.outlet import OutletState, OutletStats
from schedules.rundown import Cue

OUTBOX_S = 4  # seconds that a channel's outbox holds (bot/stage/egress.py)


def state_view(
    parts: Parts,
    session: Session,
    cue: tuple[Cue | None, float],
    live_at: float | None,
    *,
    paused: bool,
    more: tuple[str, ...] = (),
) -> State:
    """`cue`: what is on and since when; `live_at`: when the show went live; both in seconds of air. `more`:
    reasons to be told beside the session's.

    Where no rule wants a co-host, none is shown.
    """
    on, since = cue
    return State(
        air=session.air,
        cohost=session.cohost if parts.rules.needs_cohost else "absent",
        policy=session.policy,
        reasons=(*session.reasons, *parts.wanted(), *more),
        cue=None if on is None else on.id,
        cue_left=0.0 if on is None else max(0.0, on.seconds - (parts.air.seconds - since)),
        elapsed=0.0 if live_at is None else parts.air.seconds - live_at,
        card=parts.scenery.card,
        label=parts.air.scene.label is not None,
        paused=paused,
    )


def health_view(parts: Parts, at: float, more: Mapping[str, float], question_s: float | None) -> Health:
    """Figures of the last second; `more`: those that came from elsewhere (viewers). bot/metrics.py names them
    for Prometheus; a figure "what.of" is one channel's or one process's.
    """
    figures, studio = parts.air.figures, parts.studio
    known: dict[str, float] = {
        "late_ratio": figures.late / max(1, figures.ticks),
        "label_unseen_s": parts.eye.unseen(at),
        "av_step_ms": parts.step.offset_ms,
        "studio_lead_s": studio.border.waiting / parts.info.fps,
        "studio_restarts": float(studio.restarts),
        "mouths_missed": float(studio.border.missed),
        "ticks": float(figures.ticks),
        "lagged": float(figures.late),
        "repeated": float(figures.repeated),
        "advanced": float(figures.advanced),
        "skipped": float(figures.skipped),
        "worst_late_s": figures.worst_late_s,
        "busy_ms": 1000 * figures.busy_s / max(1, figures.ticks),
        "overlays_failed": float(parts.scenery.failures),
        "chat_dropped": float(parts.chat_dropped),
        "eye_dropped": float(parts.eye.dropped),
        "ledger_entries": float(parts.record.recorded),
        **{name: value for name, value in parts.seen().items() if value is not None},
        **parts.writing(),
        **more,
    }
    if question_s is not None:
        known["question_s"] = question_s
    if parts.link is not None:
        known["link_dropped"] = float(parts.link.dropped)
    for name, stats in parts.outlets().items():
        known |= {f"{figure}.{name}": value for figure, value in channel_figures(stats, parts.info.fps)}
    if parts.link is not None or parts.health is not None:  # nobody reads them in a rehearsal
        known |= memory(os.getpid())
        if (room := parts.room()) is not None:
            known["disk_free_mb"] = room
    return Health(at=at, figures=known)


def channel_figures(stats: OutletStats, fps: int) -> Iterator[tuple[str, float]]:
    """What the desk is told of one channel. The outbox counts packets of both kinds: `fps` pictures and 46.9
    frames of sound a second.
    """
    queue_s = stats.waiting / (fps + AUDIO_RATE / AAC_FRAME)
    yield "live", float(stats.state is OutletState.LIVE)
    yield "alarm", float(stats.alarm)
    yield "sent", float(stats.sent)
    yield "dropped", float(stats.dropped)
    yield "reconnects", float(stats.reconnects)
    yield "rollovers", float(stats.rollovers)
    yield "queue_ms", 1000 * queue_s
    yield "congestion", min(1.0, queue_s / OUTBOX_S)
    yield "out_kbps", float(stats.kbps)
    if stats.gap_s is not None:
        yield "gap_ms", 1000 * stats.gap_s
