"""One show on YouTube, Twitch, Bilibili and a plain RTMP server at once, by the command line alone: logins,
papers, the label in every picture, questions from three chats, each answered where it was asked, chats kept
apart; then Twitch fails whole, chat and ingest, nobody else notices, and it comes back. Part of `make prove`.
"""

import time

import fake_bilibili as bilibili
import pytest
from fakes.serving import Comes, beside
from fakes.twitch import FakeTwitch
from office import log_in, sign_papers
from seeing import label_of, look, picture, probe, read, same
from servers import nginx_rtmp, wait_for
from shows import SHOW, Castmate, entries, of_kind, so_far
from youtube_beside import Google
from youtube_fake.world import CLIENT_SECRET

from bot.stage.blend import box

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(2400)]
LONG = 480.0  # seconds; on a quiet machine nothing here takes a tenth of it
KEY = "live_S3CRET-plain-key"
TO = ("youtube:shop", "twitch:shop", "bilibili:shop")
YOUTUBE, TWITCH, BILIBILI, PLAIN = (
    "youtube-1",
    "twitch-2",
    "bilibili-3",
    "youtube-4",
)  # as the show calls them


def log_everywhere_in(castmate: Castmate, google: Google, twitch: FakeTwitch, ingest: dict, base: str) -> str:
    """Three accounts; what the terminal showed. `ingest`: where their streams go."""
    said = google.log_in(castmate)
    said += log_in(castmate, "twitch", twitch.fields(ingest["twitch"]))
    key = "?streamname=s3cr3t-stream-key"
    fields = bilibili.account(server=ingest["bilibili"], stream_key=key, api_base=base)
    return said + log_in(castmate, "bilibili", fields)


def test_a_show_everywhere_at_once_with_one_platform_killed_and_returned(home: Castmate, tmp_path) -> None:
    castmate, twitch = Castmate(tmp_path / "data", home.cache), FakeTwitch()
    live = bilibili.FakeBilibili(time.time)
    twitch.interval, twitch.agree_at_once, twitch.viewers = 1, True, 3
    with (
        nginx_rtmp(tmp_path / "all") as rtmp, nginx_rtmp(tmp_path / "twitch") as theirs,
        Google(rtmp).up() as google, Comes(twitch.app) as up, beside(bilibili.served(live)) as (base, there),
    ):  # fmt: skip
        twitch.base = up.base
        said = log_everywhere_in(castmate, google, twitch, {"twitch": theirs.url, "bilibili": rtmp.url}, base)
        sign_papers(
            castmate, rules=("twitch", "bilibili"),
            proofs=("YT-AGE", "ai_content_declaration", "agreement_on_label_duty"),
        )  # fmt: skip
        checked = castmate("connectors", "check")
        assert checked.returncode == 0, checked.stdout
        plain = tmp_path / "plain.txt"
        plain.write_text(f"{rtmp.url}/{KEY}")
        where = [word for to in (*TO, f"@{plain}") for word in ("--to", to)]
        with castmate.running(
            "air", SHOW, "--minutes", "30", "--seed", "7", "--market", "US", *where
        ) as process:

            def until(holds) -> None:
                def holds_on():
                    assert process.child.poll() is None, process.output
                    return holds()

                wait_for(holds_on, LONG)

            def noted(kind: str) -> list[dict]:
                return so_far(castmate.shows()[-1], kind)

            def answered(of: str) -> bool:
                return any(n["to"].startswith(of) for n in noted("chat.out"))

            def heard_from(channel: str, state: str, since: int = 0) -> int:
                """How many notes on the channel's chat there are once the newest says `state`."""
                notes = [n for n in noted("channel.chat") if n["channel"] == channel]
                return len(notes) if len(notes) > since and notes[-1]["state"] == state else 0

            until(lambda: len(rtmp.recordings()) == 3 and len(theirs.recordings()) == 1)
            until(lambda: "live" in google.lives and twitch.heard() and any(p.game for p in live.peers))

            # the same question at the same time in three chats: an answer of its own to each
            google.ask("How much are the sneakers?")
            up.there(twitch.write("How much are the sneakers?", id_="t-1"))
            there(live.push([bilibili.danmaku("How much are the sneakers?", "b-1", time.time())]))
            until(lambda: google.said and twitch.posted and answered("bilibili:b-1"))

            # Twitch fails whole
            up.go()
            theirs.stop()
            until(lambda: any(n["channel"] == TWITCH for n in noted("channel.trouble")))
            until(lambda: heard_from(TWITCH, "waiting to connect again"))
            before, notes = len(google.said), len(noted("channel.chat"))
            google.ask("How long does shipping take?")
            there(live.push([bilibili.danmaku("Which sizes are there?", "b-2", time.time())]))
            until(lambda: len(google.said) > before and answered("bilibili:b-2"))
            assert {n["channel"] for n in noted("channel.chat")[notes:] if n["state"] == "lost"} <= {TWITCH}

            # and comes back
            theirs.start()
            up.come()
            until(lambda: len(theirs.recordings()) == 2 and twitch.heard() and heard_from(TWITCH, "open"))
            up.there(twitch.write("Do you ship to Canada?", user="6", id_="t-2"))
            until(lambda: "t-2" in {reply for _, _, reply in twitch.posted})
            wait_for(lambda: all(p.stat().st_size > 500_000 for p in theirs.recordings()[-1:]), LONG)
            process.child.terminate()
            process.child.wait(LONG)
        assert process.child.returncode == 0, process.output
        films = [*rtmp.recordings(), *theirs.recordings()]
        assert not live.games and live.complaints == [] and google.lives == ["complete"]
    ledger = entries(castmate.shows()[-1])
    decided = of_kind(ledger, "show.decided")[0]
    assert decided["destinations"] == ["youtube (US)", "twitch", "bilibili (CN)"]
    assert {n["channel"] for n in of_kind(ledger, "channel.live")} == {YOUTUBE, TWITCH, BILIBILI, PLAIN}

    # answers: each where it was asked, none merged, Bilibili's spoken and said to be spoken only
    out = {n["to"]: n for n in of_kind(ledger, "chat.out")}
    assert {name.partition(":")[0] for name in out} == {YOUTUBE, "twitch", "bilibili"}
    assert "bilibili cannot do chat_out" in out["bilibili:b-1"]["why"]
    assert all(n["ok"] for name, n in out.items() if not name.startswith("bilibili"))
    assert "$59" in {reply: text for _, text, reply in twitch.posted}["t-1"] and "$59" in google.said[0]
    assert not any(n.get("also") for n in of_kind(ledger, "chat.in"))

    # trouble stayed where it was
    closed = {n["channel"]: n for n in of_kind(ledger, "channel.closed")}
    assert closed[TWITCH]["reconnects"] >= 1
    assert {n["reconnects"] for name, n in closed.items() if name != TWITCH} == {0}
    assert {n["channel"] for n in of_kind(ledger, "channel.trouble")} == {TWITCH}
    assert TWITCH in {n["channel"] for n in of_kind(ledger, "channel.chat_gap")}
    (flag,) = of_kind(ledger, "channel.disclosed")
    assert (flag["channel"], flag["ok"]) == (YOUTUBE, True)
    assert of_kind(ledger, "show.ended")[0]["air"] == "ended"

    # what each of them got: the label in every picture, the product on the table on the card
    words, overlay, _ = label_of("en")
    assert len(films) == 5
    for film in films:
        assert {s["codec_name"] for s in probe(film)["streams"]} == {"h264", "aac"}
        assert all(sight.label for sight in look(film, "en").label), film
    at = float(look(films[0], "en").times[-1]) / 2
    seen = read(picture(films[0], at), box(overlay), "en", tmp_path, dark=True)
    assert same(words) in same(seen) or same(seen) in same(words), seen

    kept = b"".join(p.read_bytes() for p in castmate.data.rglob("*") if p.is_file())
    secrets = (CLIENT_SECRET, KEY, bilibili.KEY_SECRET, bilibili.CODE, "s3cr3t", *twitch.tokens)
    for secret in secrets:
        assert secret.encode() not in kept
        assert secret not in process.output + said
