"""Looking for the watermark in films: found with its show, not found, not to be looked at."""

import json
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from bot.cli import app, main
from bot.stage.watermark import Watermark, code_of
from bot.watermarked import Findings, find, shows_with
from products.errors import ContentError

FPS, W, H = 10, 180, 320


def film(path: Path, seconds: float, watermark: Watermark | None, *, since: int = 0) -> Path:
    room = cv2.resize(np.random.default_rng(2).integers(40, 200, (32, 18), np.uint8), (W, H))
    with av.open(path, "w") as out:
        stream = out.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = W, H, "yuv420p", 400_000
        for n in range(since, since + int(seconds * FPS)):
            luma = cv2.circle(room.copy(), (90 + int(20 * np.sin(n / 4)), 140), 40, 190, -1)
            if watermark is not None:
                luma = cv2.add(luma, watermark.at(n).luma)
            picture = np.full((H * 3 // 2, W), 128, np.uint8)
            picture[:H] = luma
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "yuv420p")))
        out.mux(stream.encode())
    return path


def looked(path: Path, seconds: float | None = None) -> Findings:
    return find(str(path), seconds, lambda _: None)


def test_a_film_names_its_show(tmp_path: Path) -> None:
    (tmp_path / "shows" / "show-1").mkdir(parents=True)
    (tmp_path / "shows" / "show-2").mkdir()
    (tmp_path / "shows" / "a-file").touch()
    shares: list[float] = []
    mark = Watermark(W, H, FPS, code_of("show-2"))
    found = find(str(film(tmp_path / "a.mp4", 26, mark, since=7)), None, shares.append)
    assert [r.found for r in found.readings] == [True, True]
    assert found.code == code_of("show-2")
    assert shows_with(found.code, tmp_path / "shows") == ("show-2",)
    assert shows_with(found.code, tmp_path / "none") == ()
    assert 0.9 < max(shares) <= 1.0


def test_another_film_is_not_taken_for_ours_and_what_cannot_tell_says_so(tmp_path: Path) -> None:
    plain = film(tmp_path / "plain.mp4", 13, None)
    assert looked(plain).found == () and looked(plain).code is None
    with pytest.raises(ContentError, match="too short"):
        looked(film(tmp_path / "short.mp4", 3, None))
    with pytest.raises(ContentError, match="too short"):
        looked(plain, 2)
    (tmp_path / "words.mp4").write_text("no film")
    with pytest.raises(ContentError, match="cannot be read"):
        looked(tmp_path / "words.mp4")


def test_the_command_tells_it_by_words_json_and_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path))
    (tmp_path / "shows" / "show-9").mkdir(parents=True)
    path = film(tmp_path / "a.mp4", 13, Watermark(W, H, FPS, code_of("show-9")))
    said = CliRunner().invoke(app, ["watermark", str(path)])
    assert said.exit_code == 0 and "found" in said.stdout and "show-9" in said.stdout
    told = json.loads(CliRunner().invoke(app, ["watermark", str(path), "--json"]).stdout)
    assert told["found"] and told["shows"] == ["show-9"] and told["windows"][0]["found"]
    plain = CliRunner().invoke(app, ["watermark", str(film(tmp_path / "b.mp4", 6, None))])
    assert plain.exit_code == 1 and "not found" in plain.stdout
    monkeypatch.setattr("sys.argv", ["castmate", "watermark", str(tmp_path / "gone.mp4")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
