"""A real Chromium whose camera shows a still picture or a film in a loop: told, and no evidence."""

import asyncio
from pathlib import Path

import person
import pytest
from test_cohost_faces import CHROMIUM, sitting

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(240),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's Chromium: apt install chromium"),
]


@pytest.mark.parametrize(
    "seconds, score, words",
    [(0.2, 0.3, "The picture stands still"), (6.0, 0.0, "These pictures were shown before")],
    ids=["still", "film"],
)
async def test_what_is_no_living_camera_is_told_and_is_no_evidence(
    tmp_path: Path, seconds: float, score: float, words: str
) -> None:
    camera = person.camera(tmp_path / "camera.y4m", face=True, seconds=seconds)
    async with sitting(tmp_path, camera) as (page, show):
        await page.locator("#face", has_text=words).wait_for()
        await show.until(lambda: [e for e in show.evidence("picture") if e.score == score], words)
        before = len(show.evidence("face"))
        await asyncio.sleep(6)
        assert len(show.evidence("face")) <= before + 1
        assert not await page.locator("#face.on").count()
