"""Enrolled faces: what a co-host's face is compared with, kept sealed under a key of that person's own.

What is kept are descriptions of the face (numbers of a network), never a picture. Destroying the person's key
(`castmate ledger erase`, or the button on the co-host's page) makes them unreadable in every copy. The act of
enrolling, with the words that were agreed to, stands in ledgers under the same person's key.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from bot.compliance.personal import COHOST
from bot.compliance.persons import PersonKeys
from products.errors import SetupError

WORLD = "enrolled face"  # stands where a show's name stands in the store of keys
KEPT = timedelta(days=365)  # own number: then the person is asked again
CONSENT: dict[str, str] = {
    "en": (
        "I agree that this shop describes my face by numbers, keeps them sealed on its own machine for at "
        "most a year, and compares the face before the camera with them while I am a co-host, with small "
        "pictures of these moments kept sealed as long as the rules of the show ask. I can take this back at "
        "any time with the button on this page; then the numbers are erased."
    ),
    "zh": (
        "我同意本店用一组数字描述我的面部特征，加密保存在店铺自己的机器上，最长一年；在我担任现场主持期间，"
        "将镜头前的人脸与之比对，并按直播规则要求的期限加密保存这些时刻的小幅画面。"
        "我可以随时用本页的按钮撤回，届时这些数字将被删除。"
    ),
}


def consent_hash(language: str) -> str:
    """SHA-256 of the words that were agreed to, so that an entry proves which they were."""
    words = CONSENT.get(language.split("-")[0], CONSENT["en"])
    return hashlib.sha256(words.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Enrolled:
    """`faces`: [n, d] float32 descriptions; `by`: the name of the network that made them; `at`: when."""

    faces: NDArray[np.float32]
    by: str
    at: datetime


class FaceStore:
    """`folder`: a sealed file for each person, under a name drawn at random. Methods block on the disk and
    raise SetupError where it cannot be used.
    """

    def __init__(self, folder: Path, keys: PersonKeys) -> None:
        self._folder, self._keys = folder, keys

    def enrol(self, name: str, faces: Sequence[NDArray[np.float32]], by: str, at: datetime) -> None:
        """Keeps a person's face; what was kept before is replaced, key and all."""
        self.forget(name)
        alias, key = self._keys.key(COHOST.prefix + name, WORLD)
        said = {"by": by, "at": at.isoformat(), "faces": [[round(float(x), 6) for x in f] for f in faces]}
        nonce = secrets.token_bytes(12)
        hidden = nonce + AESGCM(key).encrypt(nonce, json.dumps(said).encode(), _bound(alias))
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh = self._folder / f".{alias}.part"
            with fresh.open("wb") as out:
                out.write(hidden)
                out.flush()
                os.fsync(out.fileno())
            fresh.replace(self._folder / f"{alias}.sealed")
        except OSError as error:
            raise SetupError(
                f"The enrolled face cannot be kept in {self._folder}: {error.strerror or error}.",
                remedy="Look at the disk and the rights of that folder.",
            ) from None

    def read(self, name: str, now: datetime) -> Enrolled | None:
        """None: nobody of that name enrolled, their key was destroyed, or it was longer ago than KEPT."""
        for alias, world in self._keys.aliases(person=COHOST.prefix + name):
            if world != WORLD:
                continue
            key, path = self._keys.opening(alias), self._folder / f"{alias}.sealed"
            if key is None or not path.is_file():
                continue
            raw = path.read_bytes()
            try:
                said = json.loads(AESGCM(key).decrypt(raw[:12], raw[12:], _bound(alias)))
            except (InvalidTag, ValueError):
                raise SetupError(
                    f"The enrolled face {path} does not open: it was changed.",
                    remedy="Delete it, and let the person enrol again.",
                ) from None
            found = Enrolled(
                np.array(said["faces"], np.float32), said["by"], datetime.fromisoformat(said["at"])
            )
            return found if now - found.at <= KEPT else None
        return None

    def forget(self, name: str) -> bool:
        """Destroys the key and the file; whether there was one."""
        gone = [a for a, world in self._keys.aliases(person=COHOST.prefix + name) if world == WORLD]
        destroyed = self._keys.destroy(gone)
        for alias in gone:
            (self._folder / f"{alias}.sealed").unlink(missing_ok=True)
        return destroyed > 0


def _bound(alias: str) -> bytes:
    return b"castmate enrolled face 1\0" + alias.encode()
