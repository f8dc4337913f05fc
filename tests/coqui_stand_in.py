"""In the place of coqui-tts and of somebody's weights: the calls that TTS.api.TTS takes, and a folder."""

import json
import sys
from types import ModuleType, SimpleNamespace

import yaml
from singing import sung

RATE = 22_050


def library(monkeypatch):
    """Installs a module TTS.api; returns the models that were opened."""
    made = []

    class TTS:
        languages = None

        def __init__(self, **given):
            self.opened, self.asked = given, []
            self.synthesizer = SimpleNamespace(output_sample_rate=RATE)
            made.append(self)

        @property
        def is_multi_lingual(self):
            return self.languages is not None

        def tts(self, text, **asked):
            self.asked.append((text, asked))
            return sung(text, RATE).tolist()

    module = ModuleType("TTS.api")
    module.TTS = TTS
    monkeypatch.setitem(sys.modules, "TTS", SimpleNamespace(api=module))
    monkeypatch.setitem(sys.modules, "TTS.api", module)
    return made


def folder(place, *, model="vits", commercial=True):
    """A model's folder with its note."""
    place.mkdir(exist_ok=True)
    (place / "config.json").write_text(json.dumps({"model": model}), "utf-8")
    (place / "model.pth").write_bytes(b"weights")
    note = {
        "name": "A voice", "licence": "MPL-2.0", "commercial": commercial, "source": "its maker",
        "read_by": "Ana Silva",
    }  # fmt: skip
    (place / "weights.yaml").write_text(yaml.safe_dump(note), "utf-8")
    return place
