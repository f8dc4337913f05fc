"""A shop's pronunciations: names may be respelled, amounts never."""

from pathlib import Path

import pytest

from persona.voice.said import PHONES, Pronunciations, load_pronunciations, trouble
from persona.voice.spoken import spoken
from products.errors import ContentError

SAMPLE = Path(__file__).parents[3] / "sample" / "shop" / "said.yaml"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("Fjord", "fee ord"),
        ("Fjord", "/fjˈɔɹd/"),
        ("IPX4", "I P X four"),
        ("Fjord", "峡湾"),
        ("A One", "ay one"),
    ],
)
def test_names_may_be_respelled(form: str, said: str) -> None:
    assert trouble(form, said) == ""


@pytest.mark.parametrize(
    ("form", "said", "why"),
    [
        ("59", "forty nine", "no letter"),
        ("$", "euro", "no letter"),
        ("fifty", "forty", "read by rule"),
        ("nine dollars", "five", "read by rule"),
        ("元", "美元", "read by rule"),
        ("二", "一", "read by rule"),
        ("Mei", "five dollars", "not written"),
        ("each", "hundred", "not written"),
        ("Mei", "5", "without a letter"),
        ("小美", "九块", "not written"),
        ("Mei", "", "needs"),
        ("Mei", "may " * 20, "longer"),
        ("Mei", "/m✓/", "✓"),
    ],
)
def test_what_would_change_an_amount_or_cannot_be_said_is_refused(form: str, said: str, why: str) -> None:
    assert why in trouble(form, said)


def test_a_file_names_the_form_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "said.yaml"
    path.write_text("en:\n  Fjord: fee ord\n  fifty: forty\n", encoding="utf-8")
    with pytest.raises(ContentError, match=r"said\.yaml.*en.*'fifty'") as error:
        load_pronunciations(path)
    assert "read by rule" in str(error.value)


def test_the_sample_is_good_and_is_used() -> None:
    forms = load_pronunciations(SAMPLE).by_language()
    assert set(forms) == {"en", "zh"} and forms["en"]
    for language, said in forms.items():
        for form in said:
            plain = [t.text for t in spoken(f"{form}.", language).tokens]
            assert [t.text for t in spoken(f"{form}.", language, said).tokens] != plain, form


def test_languages_other_than_ours_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "said.yaml"
    path.write_text("fr:\n  Fjord: fior\n", encoding="utf-8")
    with pytest.raises(ContentError, match="fr"):
        load_pronunciations(path)
    assert Pronunciations().by_language() == {"en": {}, "zh": {}}
    assert "ˈ" in PHONES
