"""A show's ledger, told entry by entry, for tests."""

from datetime import UTC, datetime, timedelta

from bot.compliance.ledger_file import Entry, Recorded

T0 = datetime(2026, 11, 22, 20, tzinfo=UTC)
KINDS = {"L-1": "label", "P-1": "presence", "R-1": "retention", "C-1": "claims"}


def ledger(*told):
    given = [
        (-2, "ledger", {"show": "evening", "key": "ab"}),
        (
            -1,
            "show.decided",
            {"mode": "duet", "destinations": ["youtube"], "audience": ["US"], "rules": [*KINDS]},
        ),
        (0, "session", {"air": "checking", "reasons": []}),
        *told,
    ]
    return [
        Recorded(n, "", Entry(kind=kind, at=T0 + timedelta(seconds=s), data=data))
        for n, (s, kind, data) in enumerate(given)
    ]


def live(s, air="live", reasons=()):
    return (s, "session", {"air": air, "reasons": list(reasons)})


SHOW = ledger(
    (1, "cohost.absent", {"evidence": [], "name": ""}),
    (4, "cohost.present", {"evidence": ["check-in", "face"], "name": "Lin"}),
    live(5),
    (5, "channel.open", {"channel": "rtmp-1", "to": "rtmp://a"}),
    (6, "channel.live", {"channel": "rtmp-1"}),
    (15, "human.place", {"place": "inset", "by": "Lin"}),
    (20, "human.place", {"place": "alone", "by": "Lin"}),
    (20, "label.off", {"why": "a human alone is on the air", "by": "Lin"}),
    (35, "human.place", {"place": "off", "by": "Lin"}),
    live(45, "hold", ["the label is gone"]),
    live(55),
    (60, "watch.alarm", {"check": "label", "at_ms": 45000, "cause": "=HYPERLINK(0)"}),
    (60, "label", {"from_ms": 0, "to_ms": 20000, "label": True}),
    (60, "label", {"from_ms": 20000, "to_ms": 21500, "label": False}),
    (60, "recording.segment", {"file": "segment-00000.mp4", "sha256": "cd", "from_ms": 0, "to_ms": 60000}),
    live(65, "ending"),
    (70, "channel.closed", {"channel": "rtmp-1", "error": ""}),
    live(75, "ended"),
    (80, "show.ended", {"reason": "the planned time is over"}),
)
