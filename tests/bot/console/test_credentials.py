"""What passwords, codes and seals hold by themselves."""

import pyotp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.console.account_words import ACCOUNT_WORDS
from bot.console.catalog import WORDS
from bot.console.credentials import (
    HASHER,
    Sealer,
    console_key,
    fold,
    hashed,
    new_recovery_codes,
    recovery_digest,
    totp_step,
    verified,
)
from bot.console.throttle import KNOWN_BROWSER, UNKNOWN_BROWSER, Doorkeeper, Limit, Tries
from products.errors import SetupError

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_passwords_are_hashed_as_rfc_9106_recommends():
    assert (HASHER.type.name, HASHER.memory_cost, HASHER.time_cost) == ("ID", 65536, 3)
    kept = hashed("four plain wörds")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3")
    assert verified(kept, "four plain wo\u0308rds"), "the same letters, typed on another keyboard"
    assert not verified(kept, "four plain words")
    assert not verified(None, "four plain words")
    assert not verified("$argon2id$broken", "four plain words")


def test_a_code_counts_a_half_minute_early_or_late_and_once():
    app = pyotp.TOTP(SECRET)
    for offset, counts in ((-60, False), (-30, True), (0, True), (30, True), (60, False)):
        assert (totp_step(SECRET, app.at(1_000_020 + offset), 1_000_020, 0) is not None) is counts
    step = totp_step(SECRET, app.at(1_000_020), 1_000_020, 0)
    assert step is not None
    assert totp_step(SECRET, app.at(1_000_020), 1_000_020, step) is None
    for code in ("", "12345", "1234567", "abcdef", "１２３４５６", "12 34 5x"):
        assert totp_step(SECRET, code, 1_000_020, 0) is None


def test_recovery_codes_are_typed_as_people_type():
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    assert recovery_digest(codes[0].upper().replace("-", " ")) == recovery_digest(codes[0])


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 400))
def test_a_seal_opens_for_its_purpose_and_unchanged(secret, place):
    sealer = Sealer(bytes(32))
    sealed = sealer.seal(secret, "a")
    assert sealer.open(sealed, "a") == secret
    with pytest.raises(SetupError):
        sealer.open(sealed, "b")
    with pytest.raises(SetupError):
        Sealer(b"\1" * 32).open(sealed, "a")
    at = place % len(sealed)
    changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
    try:
        assert sealer.open(changed, "a") == secret  # padding bits that mean nothing
    except SetupError:
        pass


def test_the_console_key_is_made_once_for_our_eyes(tmp_path):
    path = tmp_path / "keys" / "console.key"
    key = console_key(path)
    assert len(key) == 32 and console_key(path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(SetupError, match="read by others"):
        console_key(path)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(SetupError, match="no key"):
        console_key(path)


def test_names_are_compared_as_people_read_them():
    assert fold("  Ａnn   SMITH ") == fold("ann smith")
    assert fold("Ann") != fold("Anna")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 100), max_size=40), st.integers(1, 6), st.floats(1, 50))
def test_no_more_tries_than_the_limit_allows(gaps, burst, every):
    limit, tries, now, taken = Limit(burst, every), Tries(), 0.0, 0
    for gap in gaps:
        now += gap
        if tries.wait("k", limit, now) == 0:
            tries.take("k", limit, now)
            taken += 1
    assert taken <= burst + now / every + 1e-6  # of one try, for the rounding of floats


def test_a_known_browser_waits_for_its_own_tries_alone():
    keeper = Doorkeeper()
    for _ in range(UNKNOWN_BROWSER.burst):
        keeper.tried("ann", "192.0.2.1", "", 0.0)
    assert keeper.wait("ann", "192.0.2.2", "", 0.0) > 0, "other unknown browsers wait with it"
    assert keeper.wait("ann", "192.0.2.1", "mark", 0.0) == 0
    assert keeper.wait("bob", "192.0.2.2", "", 0.0) == 0
    for _ in range(KNOWN_BROWSER.burst):
        keeper.tried("ann", "192.0.2.1", "mark", 0.0)
    assert keeper.wait("ann", "192.0.2.1", "mark", 0.0) > 0
    keeper.right("ann", "mark")
    assert keeper.wait("ann", "192.0.2.1", "mark", 0.0) == 0


def test_forgotten_counts_are_the_oldest():
    tries, limit = Tries(kept=2), Limit(1, 10.0)
    for key in ("a", "b", "c"):
        tries.take(key, limit, 0.0)
    assert [tries.wait(k, limit, 0.0) > 0 for k in ("a", "b", "c")] == [False, True, True]


def test_every_language_has_every_word():
    assert set(ACCOUNT_WORDS["en"]) == set(ACCOUNT_WORDS["zh"])
    assert set(ACCOUNT_WORDS) == set(WORDS)
    for language, words in ACCOUNT_WORDS.items():
        assert set(words).isdisjoint(WORDS[language]), "one word, one place"
        assert all(text.strip() for text in words.values())
