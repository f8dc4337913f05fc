"""A show on a Facebook Page, by the command line alone: log in, check, go on the air with picture to a real
RTMP server, a viewer who asks, an answer below the comment, a stream of comments that breaks, an end in
order. Part of `make prove`.
"""

import time

import fake_facebook as fake
import pytest
from fakes.serving import served_beside
from office import log_in, sign_papers
from seeing import probe
from servers import nginx_rtmp, wait_for
from shows import SHOW, Castmate, entries, of_kind

pytestmark = [pytest.mark.e2e, pytest.mark.live, pytest.mark.timeout(1800)]
LONG = 300.0  # seconds; on a quiet machine nothing here takes a tenth of it


def test_a_show_on_a_facebook_page(home: Castmate, tmp_path) -> None:
    castmate, server = Castmate(tmp_path / "data", home.cache), fake.FakeFacebook(time.time)

    async def app(scope, receive, send):
        await server.app(scope, receive, send)

    async def act(what) -> None:
        what()

    with served_beside(app) as (base, there), nginx_rtmp(tmp_path) as rtmp:
        server.rtmp = rtmp.url
        fields = {
            "app_id": fake.APP, "app_secret": fake.SECRET, "user_token": "user-0",
            "url_graph": f"{base}/v26.0", "url_stream": f"{base}/v26.0",
        }  # fmt: skip
        said = log_in(castmate, "facebook_live", fields)
        assert "Castmate goes live as the Page Lumen Store." in said
        sign_papers(castmate, rules=("facebook-live",))
        checked = castmate("connectors", "check")
        assert checked.returncode == 0, checked.stdout
        air = ("air", SHOW, "--minutes", "20", "--seed", "7", "--market", "US", "--to", "facebook_live:shop")
        with castmate.running(*air) as process:

            def running() -> bool:
                assert process.child.poll() is None, process.output
                return True

            wait_for(lambda: running() and bool(server.pipes), LONG)
            wait_for(lambda: running() and rtmp.recordings(), LONG)
            there(act(lambda: server.write("How much are the sneakers?", "q-1")))
            wait_for(lambda: running() and "q-1" in dict(server.posted), LONG)
            there(act(server.cut))
            there(act(lambda: server.write("How long does shipping take?", "q-2", user="6", streamed=False)))
            wait_for(lambda: running() and "q-2" in dict(server.posted), LONG)
            process.child.terminate()
            process.child.wait(LONG)
        assert process.child.returncode == 0, process.output
        (flv,) = wait_for(rtmp.recordings)
    (folder,) = castmate.shows()
    ledger = entries(folder)
    assert "$" in dict(server.posted)["q-1"]
    assert {s["codec_name"] for s in probe(flv)["streams"]} == {"h264", "aac"}
    assert server.live.status == "VOD"
    assert [n["ok"] for n in of_kind(ledger, "chat.out")][:2] == [True, True]
    assert not of_kind(ledger, "channel.chat_gap"), "the list held what the cut lost"
    assert of_kind(ledger, "show.ended")[0]["air"] == "ended"
    kept = b"".join(p.read_bytes() for p in castmate.data.rglob("*") if p.is_file())
    for secret in (fake.SECRET, fake.KEY, "user-0", "user-1", server.page):
        assert secret.encode() not in kept
        assert secret not in process.output + said
