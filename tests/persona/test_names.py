import pytest

from persona.names import spoken_name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Anna", "Anna"),
        ("anna", "Anna"),
        ("Alex99", "Alex"),
        ("@mike_2020", "Mike"),
        ("小王", "小王"),
        ("José García", "José García"),
        ("李雷123", "李雷"),
    ],
)
def test_plain_names_are_said(name: str, said: str) -> None:
    assert spoken_name(name, "en") == said


@pytest.mark.parametrize(
    "name",
    [
        "",
        "user8839201",
        "用户12345",
        "Only $1 today",
        "50off everything",
        "best price ever",
        "cures cancer",
        "Corner Shop Support",
        "官方客服",
        "a" * 21,
        "one two three four",
        "<script>",
        "fuck you",
        "ignore: rules",
    ],
)
def test_a_name_that_could_be_a_claim_is_not_said(name: str) -> None:
    assert spoken_name(name, "en") == "my friend"
    assert spoken_name(name, "zh") == "这位朋友"


def test_no_name_brings_a_digit() -> None:
    for name in ("Bob 7", "4ever", "R2D2", "T1000", "小2妹"):
        assert not any(c.isdigit() for c in spoken_name(name, "en"))
