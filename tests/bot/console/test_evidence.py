"""The evidence pages: what they tell of a show, what they let through, what a verification says."""

import json
import threading
from datetime import timedelta
from types import SimpleNamespace

import av
import numpy as np
import pytest
from house import FORM
from records import AT, T0, Archive, live, told

from bot.compliance.account import account
from bot.console.evidence_picture import timeline
from bot.console.evidence_view import Filter, asked, moment_of, picked
from bot.console.evidence_words import EVIDENCE_WORDS
from bot.dossier import Dossiers

KINDS = {"L-1": "label", "P-1": "presence", "R-1": "retention", "C-1": "claims"}
SCRIPT = FORM | {"x-castmate": "desk"}
PATH = "/evidence/evening-1"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        yield Archive(tmp_path_factory.mktemp("records"), patch)


@pytest.fixture
def archive(built):
    return built.afresh()


def test_without_a_show_the_page_says_so(archive):
    page = archive.wei.get("/evidence?lang=en")
    assert page.status_code == 200 and "No show has aired" in page.text


async def test_shows_are_listed_with_what_they_are(archive):
    await archive.show("evening-1")
    await archive.show("evening-2", told()[:-3], closed=False, after=AT - T0 - timedelta(seconds=100))
    await archive.show("evening-3", told()[:-3], closed=False, after=timedelta(hours=1))
    await archive.show("rehearsal-evening-4")
    page = archive.wei.get("/evidence?lang=en").text
    rows = [row for row in page.split("<li>") if "/evidence/evening-" in row]
    names = [row.partition("/evidence/")[2][:9] for row in rows]
    assert names == ["evening-2", "evening-3", "evening-1"], "the newest first, no rehearsal"
    for row, state in zip(rows, ("running", "broken off", "closed"), strict=True):
        assert f">{state}<" in row and "youtube" in row and "duet" in row
    found = archive.wei.get("/evidence?lang=en&find=evening-3").text
    assert "evening-3" in found and "evening-1" not in found
    assert "No show matches" in archive.wei.get("/evidence?lang=en&find=zzz").text


async def test_a_show_is_told_with_its_intervals_findings_and_a_picture(archive):
    await archive.show()
    page = archive.wei.get(f"{PATH}?lang=en").text
    for words in ("AI alone", "person alone", "Lin", "check-in, face", "label alarm", "no cures", "C-1"):
        assert words in page
    assert "&lt;b&gt;cures" in page and "<b>cures" not in page
    assert "=HYPERLINK(0)" in page, "shown as text, it is no formula there"
    svg = page[page.index('<svg class="timeline"') : page.index("</svg>")]
    assert "style=" not in svg and 'url(#p-cross)"' in svg, "what is bad has a pattern, not a colour alone"
    assert "<title>AI label: not seen, 0:00:20–0:00:21; looked for" in svg
    assert "时间轴" in archive.wei.get(f"{PATH}?lang=zh").text


async def test_the_filter_narrows_table_picture_and_exports(archive):
    await archive.show()
    page = archive.wei.get(f"{PATH}?lang=en&kind=label&from=0:21&to=30").text
    table = page[page.index('<table class="intervals"') : page.index("</table>")]
    assert table.count("<tr>") == 2 and "not seen" in table
    assert f"{PATH}/export.csv?lang=en&amp;kind=label&amp;from=21&amp;to=30" in page
    rows = archive.wei.get(f"{PATH}/export.jsonl?kind=channel&channel=rtmp-1").text.splitlines()
    assert [json.loads(row)["state"] for row in rows] == ["open", "live", "closed"]
    csv = archive.wei.get(f"{PATH}/export.csv?kind=watch")
    assert csv.headers["content-disposition"] == 'attachment; filename="evening-1.csv"'
    assert "'=HYPERLINK(0)" in csv.text and csv.text.startswith("\ufeff")
    assert archive.house.what()[:2] == ["evidence_exported", "evidence_exported"]
    nonsense = archive.wei.get(f"{PATH}?lang=en&kind=nonsense&from=soon&to=-3&rule=none")
    assert nonsense.status_code == 200 and "No interval matches" in nonsense.text


async def test_a_running_show_is_told_up_to_now(archive):
    running = [r for r in told() if r.entry.kind != "show.ended"][:-2]
    await archive.show("evening-2", running, closed=False, after=AT - T0 - timedelta(seconds=80))
    page = archive.wei.get("/evidence/evening-2?lang=en").text
    assert "This show is running" in page and ">running<" in page
    archive.house.clock.later(minutes=30)
    assert "has no end" in archive.wei.get("/evidence/evening-2?lang=en").text


async def test_a_silent_ledger_of_a_linked_show_is_a_running_shows(archive, monkeypatch):
    await archive.show("evening-1", told()[:-3], closed=False)
    await archive.show("evening-2", told()[:-3], closed=False, after=timedelta(hours=1))
    linked = SimpleNamespace(linked=True, ended=None)
    monkeypatch.setattr(archive.house.app.state.hub, "get", lambda show: linked)
    assert "This show is running" in archive.wei.get("/evidence/evening-2?lang=en").text
    assert "has no end" in archive.wei.get("/evidence/evening-1?lang=en").text, "an older run of it"


def film(path):
    """Two seconds of grey."""
    path.parent.mkdir()
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 96, "yuv420p"
        grey = np.full((96, 64, 3), 128, np.uint8)
        for _ in range(50):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, "rgb24")))
        container.mux(stream.encode(None))


async def test_pictures_come_from_the_recording_and_its_damage_is_named(archive):
    folder = await archive.show()
    assert "No recording lies" in archive.wei.get(f"{PATH}?lang=en").text
    film(folder / "recording" / "segment-00000.mp4")
    page = archive.wei.get(f"{PATH}?lang=en").text
    assert page.count(f'src="{PATH}/picture?at=') == 6
    shot = archive.wei.get(f"{PATH}/picture?at=1.5")
    assert shot.headers["content-type"] == "image/jpeg" and shot.content.startswith(b"\xff\xd8")
    assert archive.wei.get(f"{PATH}/picture?at=99").status_code == 404
    assert archive.wei.get(f"{PATH}/picture?at=-1").status_code == 422
    answer = archive.wei.post(f"{PATH}/verify", headers=SCRIPT)
    verdict = lines_of(answer)[-1]["verdict"]
    assert verdict["whole"] and not verdict["ok"] and "segment-00000.mp4: changed" in verdict["damages"][0]
    assert "The recording is not what the ledger says" in archive.wei.get(f"{PATH}?lang=en").text


async def test_pages_do_not_wait_for_a_verification_and_a_second_one_is_refused(archive, monkeypatch):
    await archive.show()
    go, begun = threading.Event(), threading.Event()
    real = Dossiers.verify

    def slow(self, *given):
        begun.set()
        assert go.wait(120)
        return real(self, *given)

    monkeypatch.setattr(Dossiers, "verify", slow)
    first = []
    other = threading.Thread(target=lambda: first.append(archive.wei.post(f"{PATH}/verify", headers=SCRIPT)))
    other.start()
    try:
        assert begun.wait(120)
        assert archive.owner.get(f"{PATH}?lang=en").status_code == 200
        busy = archive.owner.post(f"{PATH}/verify?lang=en", headers=SCRIPT)
        assert (busy.status_code, busy.json()["why"][:12]) == (429, "Another show")
    finally:
        go.set()
        other.join(120)
    assert lines_of(first[0])[-1]["verdict"]["ok"]


def lines_of(answer):
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_a_verification_tells_its_progress_and_where_a_fault_is(archive):
    folder = await archive.show()
    answer = archive.wei.post(f"{PATH}/verify", headers=SCRIPT)
    first, *_, last = lines_of(answer)
    assert first == {"what": "ledger", "share": 0.0}
    assert last["verdict"]["ok"] and last["verdict"]["authentic"] and not last["verdict"]["troubles"]
    assert "Whole." in archive.wei.get(f"{PATH}?lang=en").text
    path = folder / "ledger.jsonl"
    path.write_text(path.read_text("utf-8").replace("no cures", "no curls"), "utf-8")
    assert "changed since: verify again" in archive.wei.get(f"{PATH}?lang=en").text
    verdict = lines_of(archive.wei.post(f"{PATH}/verify", headers=SCRIPT))[-1]["verdict"]
    assert not verdict["ok"] and "line.refused" in verdict["troubles"][0]
    page = archive.wei.get(f"{PATH}?lang=en").text
    assert "Not whole." in page and f"Entries 0 to {verdict['stands'] - 1} stand" in page
    assert "Not whole." in archive.wei.get("/evidence?lang=en").text, "the list says so too"
    assert archive.house.what()[0] == "evidence_verified"


async def test_a_ledger_that_cannot_be_read_is_told_and_not_drawn(archive):
    folder = await archive.show()
    path = folder / "ledger.jsonl"
    path.write_text(path.read_text("utf-8").replace('{"entry"', "{entry", 9).replace("{entry", '{"entry"', 1))
    answer = archive.wei.get(f"{PATH}?lang=en")
    assert answer.status_code == 404 and "line 2" in answer.text


async def test_only_shows_have_pages(archive):
    await archive.show()
    for name in ("nope", "%2e%2e", ".hidden", "evening-1%2f..%2fevening-1", "a%00b"):
        assert archive.wei.get(f"/evidence/{name}").status_code == 404, name
        assert archive.wei.get(f"/evidence/{name}/picture?at=1").status_code == 404
        assert archive.wei.post(f"/evidence/{name}/verify", headers=SCRIPT).status_code == 404


async def test_the_report_is_a_pdf_and_leaves_a_verdict(archive):
    await archive.show()
    made = archive.wei.get(f"{PATH}/export.pdf?lang=en&kind=label")
    assert made.headers["content-type"] == "application/pdf" and made.content.startswith(b"%PDF")
    assert "Whole." in archive.wei.get(f"{PATH}?lang=en").text


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("1:30", 90), ("1:02:03", 3723), ("", None), ("x", None), ("-1", None)]
)
def test_moments(text, seconds):
    assert moment_of(text) == seconds


def test_a_filter_stands_in_an_address_as_it_was_asked():
    wanted = asked(["label", "nonsense"], "rtmp-1", "L-1", "1:00", "")
    assert wanted == Filter(("label",), "rtmp-1", "L-1", 60.0, None) and wanted.narrows
    assert wanted.query() == "kind=label&channel=rtmp-1&rule=L-1&from=60" and not Filter().narrows


def test_a_rule_lets_through_what_it_asks_for():
    spans = picked(account(told(), KINDS).spans, Filter(rule="L-1"))
    assert spans and {s.kind for s in spans} == {"label"}


def test_a_long_show_is_drawn_with_no_more_than_a_screen_holds():
    flaps = [live(100 + n / 10, "hold" if n % 2 else "live") for n in range(8_000)]
    long = account(told(*flaps), KINDS)
    drawn = timeline(long, long.spans, None, None, EVIDENCE_WORDS["en"])
    assert len(long.spans) > 15_000 and drawn.count("<rect") < 6_000
