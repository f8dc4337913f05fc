from pathlib import Path

from bot.fleet.last_words import last_words


def test_last_words(tmp_path: Path) -> None:
    log_file = tmp_path / "a.log"
    assert last_words(log_file) == ""
    log_file.write_text("one\n\ntwo  \n\n")
    assert last_words(log_file) == "two"
    log_file.write_text("  | NameError: name 'x' is not defined\n  +------------\n")
    assert last_words(log_file) == "NameError: name 'x' is not defined"
    log_file.write_text("two\n  warnings.warn('resource_tracker: There appear to be %d ')\n")
    assert last_words(log_file) == "two"
    log_file.write_bytes(b"\xff" * 9000 + b"\nlast")
    assert last_words(log_file) == "last"
