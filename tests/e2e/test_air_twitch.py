"""A show on a Twitch account, by the command line alone: log in, check, go on the air with picture to a real
RTMP server, viewers who ask, answers that stand in the chat, a line that breaks, an end in order.
"""

import pytest
from fakes.serving import served_beside
from fakes.twitch import FakeTwitch
from office import log_in, sign_papers
from seeing import probe
from servers import nginx_rtmp, nginx_rtmp_missing, wait_for
from shows import SHOW, Castmate, entries, of_kind

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.live,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(bool(nginx_rtmp_missing()), reason=nginx_rtmp_missing() or "-"),
]
LONG = 300.0  # seconds; on a quiet machine nothing here takes a tenth of it


def test_a_show_on_a_twitch_account(home: Castmate, tmp_path) -> None:
    castmate, fake = Castmate(tmp_path / "data", home.cache), FakeTwitch()
    fake.interval, fake.agree_at_once, fake.viewers = 1, True, 3
    with served_beside(fake.app) as (base, there), nginx_rtmp(tmp_path) as server:
        fake.base = base
        said = log_in(castmate, "twitch", fake.fields(server.url))
        assert "Twitch knows you as Castmate_Shop" in said
        sign_papers(castmate, rules=("twitch",))
        checked = castmate("connectors", "check")
        assert checked.returncode == 0, checked.stdout
        air = ("air", SHOW, "--minutes", "20", "--seed", "7", "--market", "US", "--to", "twitch:shop")
        with castmate.running(*air) as process:

            def running() -> bool:
                assert process.child.poll() is None, process.output
                return True

            wait_for(lambda: running() and fake.heard(), LONG)
            wait_for(lambda: running() and server.recordings(), LONG)
            there(fake.write("How much are the sneakers?", id_="q-1"))
            wait_for(lambda: running() and bool(fake.posted), LONG)
            there(fake.close_all())
            wait_for(lambda: running() and fake.opened >= 2 and fake.heard(), LONG)
            there(fake.write("How long does shipping take?", user="6", id_="q-2"))
            wait_for(lambda: running() and "q-2" in {reply for _, _, reply in fake.posted}, LONG)
            process.child.terminate()
            process.child.wait(LONG)
        assert process.child.returncode == 0, process.output
        (flv,) = wait_for(server.recordings)
    (folder,) = castmate.shows()
    ledger = entries(folder)
    answers = {reply: text for _, text, reply in fake.posted}
    assert "$" in answers["q-1"]
    assert all(len(text) <= 500 for text in answers.values())
    assert {s["codec_name"] for s in probe(flv)["streams"]} == {"h264", "aac"}
    assert fake.title
    assert [n["ok"] for n in of_kind(ledger, "chat.out")][:2] == [True, True]
    assert of_kind(ledger, "channel.chat_gap")
    states = [n["state"] for n in of_kind(ledger, "channel.chat")]
    assert states[0] in ("opening", "open")
    assert "open" in states
    assert of_kind(ledger, "show.ended")[0]["air"] == "ended"
    kept = b"".join(p.read_bytes() for p in castmate.data.rglob("*") if p.is_file())
    for secret in (*fake.tokens, *fake.refreshes, "SECRETkey"):
        assert secret.encode() not in kept
        assert secret not in process.output + said
