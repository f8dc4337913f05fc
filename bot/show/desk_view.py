"""What the desk is told each second: the state of the show and its figures, taken from its parts."""

from collections.abc import Mapping

from bot.show.messages import Health, State
from bot.show.parts import Parts
from bot.show.session import Session
from schedules.rundown import Cue


def state_view(
    parts: Parts, session: Session, cue: tuple[Cue | None, float], live_at: float | None, *, paused: bool
) -> State:
    """`cue`: what is on and since when; `live_at`: when the show went live; both in seconds of air.

    Where no rule wants a co-host, none is shown.
    """
    on, since = cue
    return State(
        air=session.air,
        cohost=session.cohost if parts.rules.needs_cohost else "absent",
        policy=session.policy,
        reasons=session.reasons,
        cue=None if on is None else on.id,
        cue_left=0.0 if on is None else max(0.0, on.seconds - (parts.air.seconds - since)),
        elapsed=0.0 if live_at is None else parts.air.seconds - live_at,
        card=parts.scenery.card,
        label=parts.air.scene.label is not None,
        paused=paused,
    )


def health_view(parts: Parts, at: float, more: Mapping[str, float], question_s: float | None) -> Health:
    """Figures of the last second; `more`: those that came from elsewhere (viewers)."""
    figures, studio = parts.air.figures, parts.studio
    known: dict[str, float] = {
        "late_ratio": figures.late / max(1, figures.ticks),
        "skipped": float(figures.skipped),
        "busy_ms": 1000 * figures.busy_s / max(1, figures.ticks),
        "studio_lead_s": studio.border.waiting / parts.info.fps,
        "studio_restarts": float(studio.restarts),
        "overlays_failed": float(parts.scenery.failures),
        "label_unseen_s": parts.eye.unseen(at),
        **more,
    }
    if question_s is not None:
        known["question_s"] = question_s
    for name, stats in parts.outlets().items():
        known[f"sent.{name}"] = float(stats.sent)
        known[f"dropped.{name}"] = float(stats.dropped)
    return Health(at=at, figures=known)
