"""Where a plug-in may send a stream to, and what it says of that."""

from pathlib import Path

import pytest

from connectors.errors import Changed
from connectors.plugin.address import ingest_of
from products.confined.declaration import Declaration
from products.confined.found import Plugin
from products.errors import Refused

HOSTS = (
    "ingest.sample.example:1935",
    "srt.sample.example:9000",
    "whip.sample.example",
    "a.rtmp.youtube.com:1935",
)
CONNECTOR = {
    "caps": ["egress"],
    "fields": [{"name": "key", "question": "Key"}],
    "ingest": {"max_video_kbps": 4000},
}
IT = Plugin(
    "sample", "x:y", "x", "1", Path("/x"), Declaration(title="Sample", hosts=HOSTS, connector=CONNECTOR)
)


def asked(url, **more):
    return ingest_of({"kind": "rtmp", "url": url, **more}, IT, "sample")


@pytest.mark.parametrize(
    ("url", "kind", "shown"),
    [
        ("rtmp://ingest.sample.example/app/KEY", "rtmp", "rtmp://ingest.sample.example"),
        ("rtmp://INGEST.sample.example:1935/app/KEY", "rtmp", "rtmp://ingest.sample.example:1935"),
        ("srt://srt.sample.example:9000?streamid=KEY", "srt", "srt://srt.sample.example:9000"),
        ("whip+https://whip.sample.example/in#KEY", "whip", "whip+https://whip.sample.example"),
    ],
)
def test_a_declared_host_is_taken_and_its_key_not_shown(url, kind, shown):
    ingest = asked(url)
    assert (ingest.kind, ingest.shown, ingest.url.reveal()) == (kind, shown, url)
    assert ingest.limits.max_video_kbps == 4000


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("rtmp://elsewhere.example/app/k", Refused),
        ("rtmp://ingest.sample.example:6379/app/k", Refused),
        ("rtmp://ingest.sample.example@elsewhere.example/app/k", Refused),
        ("rtmp://127.0.0.1:1935/app/k", Refused),
        ("rtmp://a.rtmp.youtube.com/live2/k", Refused),
        ("whip+http://whip.sample.example/in", Changed),
        ("file:///tmp/x", Changed),
        ("/tmp/x.flv", Changed),
        ("rtmp://ingest.sample.example/a b", Changed),
        ("rtmp://ingest.sample.example/a\nb", Changed),
        ("rtmp://ingest.sample.example:99999/a", Changed),
        ("", Changed),
    ],
)
def test_any_other_is_refused(url, error):
    with pytest.raises(error):
        asked(url)


def test_what_it_says_beside_the_address_is_read_strictly():
    ingest = asked(
        "rtmp://ingest.sample.example/app/k", codec="av1", expires="soon", single_use="yes",
        playback="https://elsewhere.example/x.m3u8",
    )  # fmt: skip
    assert (ingest.codec, ingest.expires, ingest.single_use, ingest.playback) == ("h264", None, False, None)
    seen = asked("rtmp://ingest.sample.example/app/k", playback="https://whip.sample.example/x.m3u8")
    assert seen.playback is not None
    assert (
        asked("rtmp://ingest.sample.example/app/k", expires="2026-11-24T00:00:00+00:00").expires is not None
    )
