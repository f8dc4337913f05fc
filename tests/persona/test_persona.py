from pathlib import Path

import pytest

from persona.persona import load_persona
from products.errors import ContentError

SAMPLES = Path(__file__).parents[2] / "sample" / "personas"
GOOD = (SAMPLES / "mei.yaml").read_text(encoding="utf-8")


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "look", "voice"), [("mei", "mei", "af_heart"), ("tom", "tom", "am_michael")]
)
def test_samples_load(name: str, look: str, voice: str) -> None:
    persona = load_persona(SAMPLES / f"{name}.yaml")
    assert persona.id == name
    assert persona.look == look
    assert persona.voice_in("en").voice == voice
    assert persona.voice_in("zh").voice in {"zf_xiaoxiao", "zm_yunxi"}
    assert persona.shop_in("zh") == "街角小店"


def test_an_unknown_field_is_named_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + "hat: red\n")
    line = len(GOOD.splitlines()) + 1
    with pytest.raises(ContentError) as error:
        load_persona(path)
    assert f"{path}, row {line}, hat" in str(error.value)


def test_a_wrong_nested_value_is_named_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("voice: zf_xiaoxiao, speed: 1.0", "voice: zf_xiaoxiao, speed: 9"))
    line = 1 + next(i for i, text in enumerate(GOOD.splitlines()) if "zf_xiaoxiao" in text)
    with pytest.raises(ContentError) as error:
        load_persona(path)
    assert f"row {line}, voice.zh.speed" in str(error.value)


def test_a_language_without_a_voice_is_refused(tmp_path: Path) -> None:
    text = "\n".join(line for line in GOOD.splitlines() if "zf_xiaoxiao" not in line)
    with pytest.raises(ContentError, match="voice is missing for: zh"):
        load_persona(write(tmp_path, text))


@pytest.mark.parametrize("text", ["- a\n- b\n", "id: [unclosed\n", ""])
def test_what_is_no_persona_says_so(tmp_path: Path, text: str) -> None:
    with pytest.raises(ContentError, match=r"row 1|row 2"):
        load_persona(write(tmp_path, text))


def test_a_missing_file_names_itself(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"nobody\.yaml"):
        load_persona(tmp_path / "nobody.yaml")


def test_an_unspoken_language_is_refused() -> None:
    with pytest.raises(ContentError, match="no voice for language 'fr'"):
        load_persona(SAMPLES / "mei.yaml").voice_in("fr")
