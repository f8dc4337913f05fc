import pytest

from persona.voice.clauses import cost
from persona.voice.g2p import Reader
from persona.voice.kokoro import KokoroModel
from persona.voice.spoken import spoken


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def read(reader: Reader, text: str, language: str = "en") -> list[str]:
    return [r.phonemes for r in reader.read(spoken(text, language).tokens, language)]


def test_english_is_written_in_kokoros_alphabet(reader: Reader) -> None:
    assert read(reader, "choice judge go") == ["ʧˈYs", "ʤˈʌʤ", "ɡˈO"]
    assert read(reader, "thirty") == ["θˈɜɹti"]


def test_words_of_function_carry_no_stress(reader: Reader) -> None:
    assert not any("ˈ" in p for p in read(reader, "and the in of is it to"))


def test_the_changes_before_vowels(reader: Reader) -> None:
    assert read(reader, "the offer")[0] == "ði"
    assert read(reader, "the bottle")[0] == "ðə"


def test_letters_are_read_by_name(reader: Reader) -> None:
    assert read(reader, "USB") == ["jˈu ˈɛs bˈi"]


def test_the_tagger_sees_the_sentence(reader: Reader) -> None:
    assert read(reader, "the live room")[1] == "lˈIv"


def test_mandarin_has_tones(reader: Reader) -> None:
    assert read(reader, "大家好", "zh") == ["ta↘ʨja→", "xau↓"]


def test_english_inside_mandarin_keeps_its_breath(reader: Reader) -> None:
    assert read(reader, "4000K", "zh")[-1] == "kʰˈei"
    assert read(reader, "4,000 watts K", "en")[-1] == "kˈA"


def test_one_reading_for_each_token(reader: Reader) -> None:
    tokens = spoken("It's $18.50, dr st vs USB-C's café, 小雨! O'Neil isn't 'quoted' xl.", "en").tokens
    assert [r.token for r in reader.read(tokens, "en")] == list(tokens)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (
            "Stoneware, oolong, chamomile, Merino: $1,299.99, 340 g/m², WH-1000XM5, squirrels' strengths!",
            "en",
        ),
        ("双层18/8不锈钢，340克/平方米，创新装床，iPhone 15，2,700至4,000K，儿童窗帘。", "zh"),
    ],
)
def test_all_phonemes_are_known_and_within_their_bound(reader: Reader, text: str, language: str) -> None:
    alphabet = KokoroModel().alphabet
    for reading in reader.read(spoken(text, language).tokens, language):
        assert set(reading.phonemes) <= set(alphabet)
        assert reading.unknown == 0
        assert len(reading.phonemes) <= cost(reading.token)


def test_a_character_without_a_reading_is_counted(reader: Reader) -> None:
    (reading,) = reader.read(spoken("㐀", "zh").tokens, "zh")
    assert reading.phonemes or reading.unknown == 1
