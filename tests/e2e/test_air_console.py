"""A show on Taobao Live's seller console, by the command line alone, against the replica in a real Chromium:
a person's login kept sealed, the chat read from the page's own traffic, the product of each cue shown and
read back, a reply through the box, the switches for digital humans set with a picture as evidence, a log-out
noticed and told, the show going on once a person logged in again. Part of `make prove`.
"""

import hashlib
from pathlib import Path

import cv2
import pytest
from fakes.console_answers import Written
from fakes.console_replica import replicas
from fakes.serving import beside
from fakes.taobao_replica import TaobaoReplica
from office import log_in, sign_papers
from seeing import probe
from servers import nginx_rtmp, wait_for
from shows import SHOW, Castmate, entries, of_kind, shop, so_far

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(2400)]
LONG = 480.0
KEY = "taobao-s3cr3t-stream-key"
PROOFS = ("isv_service_market_id", "ai_content_declaration", "agreement_on_label_duty",
          "digital_human_live", "private_domain_only")  # fmt: skip


def browser(folder: Path, port: int) -> Path:
    """Chromium for a machine without a screen, in which every address leads to the replica."""
    program = folder / "chromium.sh"
    program.write_text(
        f"#!/bin/sh\nexec {CHROMIUM} --headless=new --ignore-certificate-errors "
        f"'--host-resolver-rules=MAP * 127.0.0.1:{port}' \"$@\"\n"
    )
    program.chmod(0o700)
    return program


def test_a_show_on_a_seller_console(home: Castmate, tmp_path) -> None:
    castmate = Castmate(tmp_path / "data", home.cache).with_(DISPLAY=":0")
    replica = TaobaoReplica(asks=True)
    replica.sessions.clear()
    handles = list(shop("en"))
    with beside(replicas(tmp_path)) as (serving, _), nginx_rtmp(tmp_path) as rtmp:
        serving.replica = replica
        replica.titles = {n: shop("en")[handle]["Title"] for n, handle in enumerate(handles, 1)}
        items = {f"item.{handle}": f"{n} {replica.titles[n]}" for n, handle in enumerate(handles, 1)}
        fields = {"server": rtmp.url, "stream_key": KEY, "browser": str(browser(tmp_path, serving.port))}
        replica.phone = True
        said = log_in(castmate, "taobao_live", fields | items)
        assert "The login is kept, sealed." in said
        replica.phone = False
        (session,) = replica.sessions
        sign_papers(castmate, proofs=PROOFS)
        air = ("air", SHOW, "--minutes", "30", "--seed", "7", "--to", "taobao_live:shop")
        with castmate.running(*air) as process:

            def until(holds) -> None:
                def holds_on():
                    assert process.child.poll() is None, process.output
                    return holds()

                wait_for(holds_on, LONG)

            def noted(kind: str) -> list[dict]:
                return so_far(castmate.shows()[-1], kind)

            def chat(state: str) -> list[dict]:
                return [n for n in noted("channel.chat")[-1:] if n["state"] == state]

            until(lambda: castmate.shows() and chat("open"))
            until(lambda: replica.ticked == {"human": "true", "private": "true"})
            until(lambda: len(replica.shows) >= 2)
            replica.comments.append(Written("t-1", "小林", "How much are the sneakers?", "7"))
            until(lambda: replica.posted and noted("chat.out"))

            # the platform logs the account out; a person has the code scanned again while the show goes on
            replica.log_out()
            until(lambda: chat("lost"))
            (told,) = chat("lost")
            assert "castmate connectors login taobao_live:shop" in told["why"]
            shown = len(replica.shows)
            replica.phone = True
            log_in(castmate, "taobao_live", {}, typed="")
            replica.phone = False
            until(lambda: chat("open") and len(replica.shows) > shown)
            replica.comments.append(Written("t-2", "阿明", "How long does shipping take?", "8"))
            until(lambda: len(replica.posted) >= 2 and len(noted("chat.out")) >= 2)
            process.child.terminate()
            process.child.wait(LONG)
        assert process.child.returncode == 0, process.output
        (film,) = rtmp.recordings()
    (folder,) = castmate.shows()
    ledger = entries(folder)
    assert replica.posted[0].startswith("@小林 ") and "$" in replica.posted[0]
    assert [n["ok"] for n in of_kind(ledger, "chat.out")] == [True, True]

    # the pin follows the cue, and what a log-out cut short is shown once the console is back
    assert [handles[n - 1] for n in replica.shows[:2]] == ["harbor-sneakers", "fjord-bottle"]
    pictures = of_kind(ledger, "channel.picture")
    shown = [n["says"] for n in pictures if n["what"] == "pin" and n["says"].startswith("Shown: ")]
    assert len(shown) >= len(of_kind(ledger, "pin.failed")) + 2

    # evidence: pictures of the switches, of each product, and of the log-out
    (flag,) = of_kind(ledger, "channel.disclosed")
    assert (flag["ok"], flag["read_back"]) == (True, "数字人直播: on; 仅投放至私域: on")
    assert {"flag", "pin", "stopped"} <= {n["what"] for n in pictures}
    for note in pictures:
        if note.get("file"):
            file = folder / "pictures" / note["file"]
            assert hashlib.sha256(file.read_bytes()).hexdigest() == note["sha256"]
            assert cv2.imread(str(file)) is not None
    assert any("logged this account out" in n["says"] for n in pictures if n["what"] == "stopped")

    assert of_kind(ledger, "channel.chat_gap")
    assert of_kind(ledger, "show.ended")[0]["air"] == "ended"
    assert {s["codec_name"] for s in probe(film)["streams"]} == {"h264", "aac"}
    kept = b"".join(p.read_bytes() for p in castmate.data.rglob("*") if p.is_file())
    for secret in (KEY, session, *replica.sessions):
        assert secret.encode() not in kept
        assert secret not in process.output + said
