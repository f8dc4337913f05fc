"""Hearing a line: said once and kept, one at a time, bounded; a performer's voice leaves nothing behind."""

import asyncio
import sys

import pytest

from bot.console import listening
from bot.console.listening import Listening, Saying
from products.errors import ContentError, Refused, SetupError

SAY = "import sys, pathlib; p = pathlib.Path(sys.argv[-1]); p.write_bytes(b'RIFF' + sys.argv[1].encode())"
COUNT = "; open(str(p.parent.parent / 'count'), 'a').write('x')"
WAIT = "; import time\nwhile not (p.parent.parent / 'go').exists(): time.sleep(0.01)"


def saying(text, more="", **changes):
    command = (sys.executable, "-I", "-S", "-c", SAY + COUNT + more, text)
    return Saying(**{"text": text, "voice": "en", "said": None, "command": command, **changes})


@pytest.fixture
def sounds(tmp_path):
    return Listening(tmp_path / "sounds")


def said(tmp_path):
    return len((tmp_path / "count").read_text())


async def test_said_once_and_kept(sounds, tmp_path):
    first, again = await asyncio.gather(sounds.sound(saying("Tea.")), sounds.sound(saying("Tea.")))
    assert first == again and first.read_bytes() == b"RIFFTea." and said(tmp_path) == 1
    forms = tmp_path / "said.yaml"
    forms.write_text("en: {}")
    others = [saying("Tea.", voice="zh"), saying("Tea.", said=forms)]
    assert len({await sounds.sound(s) for s in others} | {first}) == 3
    forms.write_text("en: {Tea: tee}")
    await sounds.sound(others[1])
    assert said(tmp_path) == 4, "another pronunciation is another sound"


async def test_a_performers_voice_leaves_nothing(sounds, tmp_path):
    line = saying("Tea.", keep=False)
    first, second = await sounds.sound(line), await sounds.sound(line)
    assert first != second and said(tmp_path) == 2
    for path in (first, second):
        sounds.heard(line, path)
    assert list((tmp_path / "sounds").iterdir()) == []


async def test_only_some_wait(sounds, tmp_path):
    waits = [asyncio.ensure_future(sounds.sound(saying(f"{n}", WAIT))) for n in range(listening.WAITING + 1)]
    while not (tmp_path / "count").exists():
        await asyncio.sleep(0.01)
    with pytest.raises(Refused, match="Others are listening"):
        await sounds.sound(saying("one more"))
    (tmp_path / "go").touch()
    assert len(set(await asyncio.gather(*waits))) == len(waits)
    await sounds.sound(saying("one more"))


async def test_what_cannot_be_said_is_told_and_nothing_is_left(sounds, tmp_path):
    for text in ("", "x" * 401):
        with pytest.raises(ContentError):
            await sounds.sound(saying(text))
    broken = (sys.executable, "-I", "-S", "-c", "import sys; sys.exit('no such voice')")
    with pytest.raises(SetupError, match="no such voice"):
        await sounds.sound(saying("Tea.", command=broken))
    slow = Listening(tmp_path / "sounds", patience=0.2)
    with pytest.raises(SetupError, match="was not said within"):
        await slow.sound(saying("Tea.", WAIT))
    assert list((tmp_path / "sounds").iterdir()) == []


async def test_who_left_leaves_no_process(sounds, tmp_path):
    task = asyncio.ensure_future(sounds.sound(saying("Tea.", WAIT)))
    while not (tmp_path / "count").exists():
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list((tmp_path / "sounds").iterdir()) == []
    (tmp_path / "go").touch()
    await sounds.sound(saying("Tea."))


async def test_the_least_lately_heard_go(sounds, tmp_path, monkeypatch):
    monkeypatch.setattr(listening, "KEPT_BYTES", 10)
    for text in ("first", "other", "third"):
        await sounds.sound(saying(text))
    assert len(list((tmp_path / "sounds").iterdir())) == 2, "what there was, less the oldest, and the new one"
