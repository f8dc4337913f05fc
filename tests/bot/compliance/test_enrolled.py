"""Enrolled faces: sealed under the person's own key, readable only while that is there."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from bot.compliance.enrolled import CONSENT, KEPT, WORLD, FaceStore, consent_hash
from bot.compliance.persons import PersonKeys
from products.errors import SetupError

NOW = datetime(2026, 11, 22, 19, tzinfo=UTC)
FACES = [np.array([0.125, -0.5, n], np.float32) for n in range(3)]


@pytest.fixture
def keys(tmp_path: Path) -> PersonKeys:
    return PersonKeys(tmp_path / "keys" / "persons.db")


@pytest.fixture
def store(tmp_path: Path, keys: PersonKeys) -> FaceStore:
    return FaceStore(tmp_path / "faces", keys)


def test_what_was_enrolled_is_read_back(store: FaceStore) -> None:
    store.enrol("Wei Lin", FACES, "net-1", NOW)
    found = store.read("Wei Lin", NOW + timedelta(days=364))
    assert found is not None
    assert (found.by, found.at) == ("net-1", NOW)
    assert np.array_equal(found.faces, np.array(FACES))
    assert store.read("Tom", NOW) is None


def test_after_a_year_the_person_is_asked_again(store: FaceStore) -> None:
    store.enrol("Wei Lin", FACES, "net-1", NOW)
    assert store.read("Wei Lin", NOW + KEPT) is not None
    assert store.read("Wei Lin", NOW + KEPT + timedelta(milliseconds=1)) is None


def test_no_name_and_no_number_stands_on_the_disk(tmp_path: Path, store: FaceStore) -> None:
    store.enrol("Wei Lin", FACES, "net-1", NOW)
    (file,) = (tmp_path / "faces").iterdir()
    assert "Wei" not in file.name
    assert b"net-1" not in file.read_bytes() and b"0.125" not in file.read_bytes()


def test_taking_it_back_destroys_the_key_and_the_file(
    tmp_path: Path, store: FaceStore, keys: PersonKeys
) -> None:
    store.enrol("Wei Lin", FACES, "net-1", NOW)
    copy = next((tmp_path / "faces").iterdir()).read_bytes()
    assert store.forget("Wei Lin") and not store.forget("Wei Lin")
    assert store.read("Wei Lin", NOW) is None
    assert keys.aliases(person="cohost/Wei Lin") == [] and list((tmp_path / "faces").iterdir()) == []
    store.enrol("Wei Lin", FACES, "net-1", NOW)
    next((tmp_path / "faces").iterdir()).write_bytes(copy)  # a copy of the old one opens under no new key
    with pytest.raises(SetupError, match="was changed"):
        store.read("Wei Lin", NOW)


def test_erasing_the_person_by_command_erases_the_face(store: FaceStore, keys: PersonKeys) -> None:
    """castmate ledger erase destroys all keys of a person, whatever they are of."""
    store.enrol("Wei Lin", FACES, "net-1", NOW)
    (row,) = keys.aliases(person="cohost/Wei Lin")
    assert row[1] == WORLD
    assert keys.destroy([row[0]]) == 1
    assert store.read("Wei Lin", NOW) is None


def test_enrolling_again_replaces(tmp_path: Path, store: FaceStore) -> None:
    store.enrol("Wei Lin", FACES, "net-1", NOW)
    store.enrol("Wei Lin", FACES[:1], "net-2", NOW)
    found = store.read("Wei Lin", NOW)
    assert found is not None and found.by == "net-2" and len(found.faces) == 1
    assert len(list((tmp_path / "faces").iterdir())) == 1


def test_each_wording_has_its_own_hash() -> None:
    assert len({consent_hash(language) for language in CONSENT}) == len(CONSENT) == 2
    assert consent_hash("fr") == consent_hash("en")
