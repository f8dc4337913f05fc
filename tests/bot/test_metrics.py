"""What Prometheus reads: names, labels, units; nothing that is not known, no secret."""

import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.metrics import KNOWN, Exporter, Shown, exposition
from bot.show.desk_view import channel_figures
from bot.show.messages import Health
from bot.stage.outlet import OutletState, OutletStats
from products.errors import SetupError


def read(*shows: Shown) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """(sample name, labels) -> value, parsed by Prometheus' own parser."""
    text = exposition(lambda: shows).decode()
    families = text_string_to_metric_families(text)
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for f in families for s in f.samples}


def test_figures_become_metrics_in_base_units_with_their_show_and_channel() -> None:
    figures = {"lagged": 3.0, "queue_ms.rtmp-1": 250.0, "rss_mb.air": 2.0, "dropped.rtmp-1": 7.0}
    assert read(Shown("evening", figures)) == {
        ("castmate_show_up", (("show", "evening"),)): 1,
        ("castmate_air_ticks_lagged_total", (("show", "evening"),)): 3,
        ("castmate_channel_queue_seconds", (("channel", "rtmp-1"), ("show", "evening"))): 0.25,
        ("castmate_channel_packets_dropped_total", (("channel", "rtmp-1"), ("show", "evening"))): 7,
        ("castmate_process_resident_bytes", (("process", "air"), ("show", "evening"))): 2 * 1024**2,
    }


def test_a_figure_that_nobody_has_is_left_out_and_one_that_nobody_knows_too() -> None:
    assert set(read(Shown("s", {"secret": 1.0, "lagged.rtmp-1": 1.0, "dropped": 2.0}))) == {
        ("castmate_show_up", (("show", "s"),))
    }


def test_a_show_that_is_not_heard_of_is_down_and_has_no_figures() -> None:
    told = read(Shown("a", {"ticks": 5.0}, up=False), Shown("b", {"ticks": 6.0}))
    assert told[("castmate_show_up", (("show", "a"),))] == 0
    assert [k for k in told if k[0] == "castmate_air_ticks_total"] == [
        ("castmate_air_ticks_total", (("show", "b"),))
    ]


def test_metric_names_are_unique_and_carry_no_unit_twice() -> None:
    names = [k.metric for k in KNOWN]
    assert len(set(names)) == len(names)
    assert all(k.metric.startswith("castmate_") and not k.metric.endswith("_total") for k in KNOWN)


def test_each_figure_of_a_channel_has_a_metric() -> None:
    stats = OutletStats(
        OutletState.LIVE, 100, 2, 1, "the server closed rtmp://host/***", 144, True, 1, 1800, gap_s=1.2
    )
    told = dict(channel_figures(stats, 25))
    assert {k.figure for k in KNOWN if k.of == "channel"} == set(told)
    assert told["queue_ms"] == pytest.approx(1000 * 144 / 71.875) and told["congestion"] == pytest.approx(
        0.501, abs=0.001
    )
    assert told["live"] == 1 and told["alarm"] == 1 and told["out_kbps"] == 1800


def test_a_lone_air_is_read_on_loopback() -> None:
    exporter = Exporter("evening", 0)
    try:
        exporter.take(Health(at=1.0, figures={"ticks": 25.0}))
        with urllib.request.urlopen(f"http://127.0.0.1:{exporter.port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        assert 'castmate_air_ticks_total{show="evening"} 25.0' in text
        with pytest.raises(SetupError, match=str(exporter.port)):
            Exporter("other", exporter.port)
    finally:
        exporter.close()
