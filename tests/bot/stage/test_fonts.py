import pytest

from bot.stage import fonts
from bot.stage.fonts import FAMILY, Weight, face, font_file, has_glyph
from products.errors import SetupError


def test_the_face_is_simplified_chinese_and_as_heavy_as_asked() -> None:
    assert face(40).getname()[0] == FAMILY
    thin, heavy = face(40, Weight.REGULAR), face(40, Weight.BLACK)
    assert heavy.getlength("Harbor") > thin.getlength("Harbor")


def test_a_face_is_loaded_once_a_size_and_weight() -> None:
    assert face(33.5, Weight.BOLD) is face(33.5, Weight.BOLD)


@pytest.mark.parametrize(
    ("char", "there"),
    [("A", True), ("鞋", True), ("€", True), (" ", True), ("👟", False), ("\ufffe", False), ("ש", False)],
)
def test_has_glyph(char: str, there: bool) -> None:
    assert has_glyph(char) is there


def test_a_missing_font_names_the_package_and_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "find_spec", lambda name: None)
    with pytest.raises(SetupError, match=r"manimgx_fonts_cjk.*make setup"):
        font_file()
