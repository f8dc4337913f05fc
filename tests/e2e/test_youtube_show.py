"""A whole show on YouTube: the login by a code on another device, the check, then on the air. The YouTube of
the tests stands for Google; nginx-rtmp takes the picture at the address that it named.
"""

import os
import signal
from collections.abc import Iterator

import pytest
from office import sign_papers
from servers import nginx_rtmp, nginx_rtmp_missing, wait_for
from shows import SHOW, Castmate, entries, of_kind, so_far
from youtube_beside import Google
from youtube_fake.world import CLIENT_SECRET

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.live,
    pytest.mark.timeout(600),
    pytest.mark.skipif(bool(nginx_rtmp_missing()), reason=nginx_rtmp_missing() or "-"),
]
ASKED = "How much are the sneakers?"


class Aired:
    """What is left of the show, here and there."""

    def __init__(self, castmate: Castmate, google: Google, printed: dict[str, str], code: int) -> None:
        (self.folder,) = castmate.shows()
        self.castmate, self.google, self.printed, self.code = castmate, google, printed, code
        self.ledger = entries(self.folder)


@pytest.fixture(scope="module")
def aired(home: Castmate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aired]:
    folder = tmp_path_factory.mktemp("youtube")
    castmate = Castmate(folder / "data", home.cache)
    sign_papers(castmate, proofs=("YT-AGE",))  # the host's age, which no program sees
    with nginx_rtmp(folder) as server, Google(server).up() as google:
        printed = {"login": google.log_in(castmate)}
        printed["check"] = castmate("connectors", "check", "youtube").stdout
        where = ("--to", "youtube:shop", "--market", "US", "--audience", "US")
        with castmate.running("air", SHOW, "--seed", 7, *where) as process:

            def until(holds) -> None:
                """As long as it takes on a busy machine; a show that ended will not bring it any more."""
                wait_for(lambda: holds() or process.child.poll() is not None, 300)

            until(lambda: "live" in google.lives)
            google.ask(ASKED)
            until(lambda: bool(google.said))
            until(lambda: seen_live(castmate))
            process.child.send_signal(signal.SIGTERM)
            process.child.wait(180)
        printed["air"] = process.output
        yield Aired(castmate, google, printed, process.child.returncode)


def seen_live(castmate: Castmate) -> list[dict]:
    """What the ledger has of YouTube's own word that the broadcast is live."""
    return [note for note in so_far(castmate.shows()[-1], "channel.platform") if note["live"]]


def test_the_operator_logs_in_by_a_code_and_the_check_says_that_all_is_there(aired: Aired) -> None:
    assert "https://www.google.com/device and type GQVQ-JKEC" in aired.printed["login"]
    assert "Logged in: youtube:shop" in aired.printed["login"]
    assert "Logged in to the channel UCshop" in aired.printed["check"]
    for text in aired.printed.values():
        assert CLIENT_SECRET not in text
        assert "ya29" not in text


def test_the_show_goes_out_under_youtubes_rules_and_ends_in_order(aired: Aired) -> None:
    assert aired.code == 0, aired.printed["air"]
    assert of_kind(aired.ledger, "show.ended")[0]["air"] == "ended"
    decided = of_kind(aired.ledger, "show.decided")[0]
    assert decided["destinations"] == ["youtube (US)"]
    assert not decided["local_try"]
    assert aired.google.lives == ["complete"]


def test_the_ai_flag_was_set_read_back_and_recorded_before_it_went_live(aired: Aired) -> None:
    (video,) = aired.google.world.videos.values()
    assert video["containsSyntheticMedia"] is True
    assert video["privacyStatus"] == "unlisted"  # as the account asks; the flag changed nothing else
    (told,) = of_kind(aired.ledger, "channel.disclosed")
    assert (told["ok"], told["read_back"]) == (True, "status.containsSyntheticMedia=true")
    log = aired.google.world.log
    assert log.index("videos.update") < log.index("liveBroadcasts.transition")


def test_a_question_from_the_chat_is_answered_there(aired: Aired) -> None:
    heard = of_kind(aired.ledger, "chat.in")
    assert {n["channel"] for n in heard} == {"youtube"}
    assert (
        len([n for n in heard if n["is"] != "shown"]) == 1
    )  # our own answer came back with the chat and was not taken for a question
    (answer,) = of_kind(aired.ledger, "chat.out")
    assert answer["ok"], answer
    assert answer["to"].startswith("youtube:LCC.")
    said = aired.google.said
    assert "$" in " ".join(said)
    assert all(0 < len(text) <= 200 for text in said)


def test_what_youtube_says_of_the_broadcast_is_recorded(aired: Aired) -> None:
    assert seen_live(aired.castmate), of_kind(aired.ledger, "channel.platform")
    assert "open" in [n["state"] for n in of_kind(aired.ledger, "channel.chat")]
    assert aired.google.world.spent < 2000


def test_no_secret_stands_in_the_shows_folder(aired: Aired) -> None:
    secrets = (CLIENT_SECRET.encode(), b"ya29.", b"1//refresh", b"k3y-")
    looked = 0
    for path in aired.castmate.data.rglob("*"):
        if path.is_file() and path.stat().st_size < 50_000_000:
            looked += 1
            data = path.read_bytes()
            assert not [s for s in secrets if s in data], path
    assert looked > 5
    assert os.environ.get("CASTMATE_DATA") != str(aired.castmate.data)
