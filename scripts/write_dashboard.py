"""Writes deploy/grafana/castmate.json, the dashboard of a fleet: what is wrong first, then nodes, then shows.

python scripts/write_dashboard.py
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OUT = Path(__file__).resolve().parents[1] / "deploy" / "grafana" / "castmate.json"
SOURCE = {"type": "prometheus", "uid": "castmate-prometheus"}
SHOW = '{show=~"$show"}'


@dataclass(frozen=True)
class Panel:
    """`kind`: lines, stat, or alarm (a stat that is red from 1 on)."""

    title: str
    expression: str
    legend: str = ""
    unit: str = "short"
    kind: str = "lines"


NODE, ONE, CHANNEL = "{{node}}", "{{show}}", "{{show}} {{channel}}"
LATE = f"rate(castmate_air_ticks_lagged_total{SHOW}[5m]) / rate(castmate_air_ticks_total{SHOW}[5m])"
PANELS = (
    Panel("Shows on the air", 'castmate_fleet_shows{state="on_air"}', kind="stat"),
    Panel("Shows that run nowhere", 'castmate_fleet_shows{state="nowhere"}', kind="alarm"),
    Panel("Free places", "castmate_fleet_free_places", kind="stat"),
    Panel("Nodes alive", "sum(castmate_fleet_node_up)", kind="stat"),
    Panel("Channels with an alarm", "sum(castmate_channel_alarm) or vector(0)", kind="alarm"),
    Panel("Labels not seen", "count(castmate_label_unseen_seconds > 1) or vector(0)", kind="alarm"),
    Panel("Shows by state", "castmate_fleet_shows", "{{state}}"),
    Panel("Shows on each node", "castmate_fleet_node_shows", NODE),
    Panel("Age of the last heartbeat", "castmate_fleet_node_heartbeat_age_seconds < 3600", NODE, "s"),
    Panel("Slowest heartbeat", "castmate_node_slowest_beat_seconds", NODE, "s"),
    Panel("Claims in ten minutes", "increase(castmate_fleet_show_claims_total[10m]) > 0", ONE),
    Panel("Unanswered heartbeats", "rate(castmate_node_beats_unanswered_total[5m])", NODE, "ops"),
    Panel("Late pictures", LATE, ONE, "percentunit"),
    Panel("Label unseen for", f"castmate_label_unseen_seconds{SHOW}", ONE, "s"),
    Panel("Sound against picture", f"castmate_av_offset_seconds{SHOW}", ONE, "s"),
    Panel("Speech made ahead", f"castmate_studio_lead_seconds{SHOW}", ONE, "s"),
    Panel("Outbox of each channel", f"castmate_channel_queue_seconds{SHOW}", CHANNEL, "s"),
    Panel("Packets dropped", f"rate(castmate_channel_packets_dropped_total{SHOW}[5m])", CHANNEL, "pps"),
    Panel("Memory of processes", f"castmate_process_private_bytes{SHOW}", "{{show}} {{process}}", "bytes"),
    Panel("From question to sound", f"castmate_question_to_sound_seconds{SHOW}", ONE, "s"),
)


def dashboard() -> dict[str, Any]:
    """Grafana's JSON, schema version 39: 24 columns, two charts or six numbers to a row."""
    panels, x, y, row = [], 0, 0, 0
    for number, panel in enumerate(PANELS, 1):
        width, height = (12, 8) if panel.kind == "lines" else (4, 4)
        if x + width > 24:
            x, y = 0, y + row
        panels.append({**_drawn(number, panel), "gridPos": {"x": x, "y": y, "w": width, "h": height}})
        x, row = x + width, height
    show = {
        "name": "show",
        "label": "Show",
        "type": "query",
        "datasource": SOURCE,
        "multi": True,
        "includeAll": True,
        "query": {"query": "label_values(castmate_show_up, show)", "refId": "show"},
        "refresh": 2,
        "current": {"text": "All", "value": "$__all"},
    }
    return {
        "uid": "castmate-fleet",
        "title": "Castmate: the fleet",
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "tags": ["castmate"],
        "timezone": "browser",
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [show]},
        "annotations": {"list": []},
        "panels": panels,
    }


def _drawn(number: int, panel: Panel) -> dict[str, Any]:
    target = {
        "refId": "A",
        "datasource": SOURCE,
        "expr": panel.expression,
        "legendFormat": panel.legend or "__auto",
    }
    defaults: dict[str, Any] = {"unit": panel.unit}
    if panel.kind == "alarm":
        steps = [{"color": "green", "value": None}, {"color": "red", "value": 1}]
        defaults |= {"thresholds": {"mode": "absolute", "steps": steps}, "color": {"mode": "thresholds"}}
    colour = {"colorMode": "background" if panel.kind == "alarm" else "value"}
    return {
        "id": number,
        "title": panel.title,
        "type": "timeseries" if panel.kind == "lines" else "stat",
        "datasource": SOURCE,
        "targets": [target],
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {} if panel.kind == "lines" else colour,
    }


if __name__ == "__main__":
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(dashboard(), indent=1) + "\n", encoding="utf-8")
