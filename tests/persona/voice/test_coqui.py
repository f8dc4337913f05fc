"""The coqui engine around a stand-in for its library: what it is asked, and what it refuses."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from coqui_stand_in import folder, library

from persona.voice.coqui import CoquiSource
from products.documents import DocumentError
from products.errors import Refused, RemoteError, SetupError


@pytest.fixture
def made(monkeypatch):
    return library(monkeypatch)


def test_a_single_voice_is_asked_for_the_text_alone(tmp_path, made):
    source = CoquiSource(folder(tmp_path), "en")
    sound, rate = source.speak("Hello.", 0.5)
    (model,) = made
    assert model.opened == {
        "model_path": str(tmp_path / "model.pth"), "config_path": str(tmp_path / "config.json"),
        "progress_bar": False,
    }  # fmt: skip
    assert model.asked == [("Hello.", {"split_sentences": False})]
    assert rate == 22_050 and sound.dtype == np.float32 and len(sound)


def test_xtts_copies_the_reference_in_the_line_s_language(tmp_path, made, monkeypatch):
    monkeypatch.setattr(sys.modules["TTS.api"].TTS, "languages", ["en", "zh-cn"])
    wav = tmp_path / "ana.wav"
    wav.write_bytes(b"sound")
    source = CoquiSource(folder(tmp_path, model="xtts"), "zh", reference=wav, speed=1.2)
    source.speak("你好", 0.5)
    (model,) = made
    assert model.opened["model_path"] == str(tmp_path)
    assert model.asked[0][1] == {
        "split_sentences": False, "language": "zh-cn", "speaker_wav": str(wav), "speed": 1.2,
    }  # fmt: skip


def test_a_language_that_the_model_lacks_is_named(tmp_path, made, monkeypatch):
    monkeypatch.setattr(sys.modules["TTS.api"].TTS, "languages", ["de", "fr"])
    with pytest.raises(SetupError, match=r"'en'.*de, fr"):
        CoquiSource(folder(tmp_path), "en").speak("Hello.", 0.5)


def test_without_the_library_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "TTS", None)
    monkeypatch.setitem(sys.modules, "TTS.api", None)
    with pytest.raises(SetupError, match=r"pip install .castmate\[clone,coqui\]"):
        CoquiSource(folder(tmp_path), "en").load()


def test_weights_without_a_note_are_refused_and_a_bad_note_is_told(tmp_path):
    place = folder(tmp_path)
    (place / "weights.yaml").write_text("name: x\nlicence: CPML\n", "utf-8")
    with pytest.raises(DocumentError, match="commercial"):
        CoquiSource(place, "en")
    (place / "weights.yaml").unlink()
    with pytest.raises(SetupError, match=r"weights\.yaml is missing"):
        CoquiSource(place, "en")
    with pytest.raises(SetupError, match="no folder"):
        CoquiSource(place / "nothing", "en")


def test_non_commercial_weights_are_refused_where_it_sells_and_may_be_tried(tmp_path, made):
    place = folder(tmp_path, commercial=False)
    with pytest.raises(Refused, match=r"non-commercial"):
        CoquiSource(place, "en")
    CoquiSource(place, "en", selling=False).speak("Hello.", 0.5)


@pytest.mark.parametrize("count", [0, 2])
def test_which_checkpoint_is_meant_must_be_plain(tmp_path, made, count):
    place = folder(tmp_path)
    (place / "model.pth").unlink()
    for k in range(count):
        (place / f"checkpoint_{k}.pth").write_bytes(b"x")
    with pytest.raises(SetupError, match=f"{count} checkpoints"):
        CoquiSource(place, "en").load()


@pytest.mark.parametrize("fault", ["raises", "nothing", "no numbers", "endless"])
def test_what_the_library_does_wrong_is_an_error_of_the_line(tmp_path, made, monkeypatch, fault):
    def tts(self, text, **asked):
        if fault == "raises":
            raise IndexError("tensors")
        n = {"nothing": 0, "no numbers": 100, "endless": 22_050 * 100}[fault]
        return np.full(n, np.nan if fault == "no numbers" else 0.1)

    monkeypatch.setattr(sys.modules["TTS.api"].TTS, "tts", tts)
    with pytest.raises(RemoteError, match="coqui"):
        CoquiSource(folder(tmp_path), "en").speak("Hello.", 0.5)


def test_a_model_that_cannot_be_opened_is_told(tmp_path, monkeypatch):
    def broken(**given):
        raise KeyError("model")

    module = ModuleType("TTS.api")
    module.TTS = broken
    monkeypatch.setitem(sys.modules, "TTS", SimpleNamespace(api=module))
    monkeypatch.setitem(sys.modules, "TTS.api", module)
    with pytest.raises(SetupError, match="cannot be opened"):
        CoquiSource(folder(tmp_path), "en").load()


def test_another_reference_is_another_sound(tmp_path):
    place = folder(tmp_path, model="xtts")
    a, b = place / "a.wav", place / "b.wav"
    a.write_bytes(b"a")
    b.write_bytes(b"b")
    assert len({CoquiSource(place, "en", reference=r).identity for r in (a, b, None)}) == 3
    with pytest.raises(SetupError, match=r"c\.wav is missing"):
        CoquiSource(place, "en", reference=place / "c.wav")
