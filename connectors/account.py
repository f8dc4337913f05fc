"""An account of the shop on a platform: a name and its secrets, kept sealed by whoever runs the show.

A connector is handed its Account and asks it for what it needs; where and how it is kept is not its business
(bot/accounts.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from connectors.base import Secret
from connectors.errors import AuthNeeded


class Keeper(Protocol):
    """Where accounts are kept, sealed. Raises SetupError where that cannot be read or written."""

    def read(self, platform: str, name: str) -> Mapping[str, str]:
        """Its fields; empty where there is no such account."""

    def write(self, platform: str, name: str, changed: Mapping[str, str | None]) -> Mapping[str, str]:
        """Changes those fields (None: gone) and gives all; on the disk when it returns."""

    def names(self) -> tuple[tuple[str, str], ...]:
        """(platform, name) of all accounts."""

    def forget(self, platform: str, name: str) -> bool:
        """Whether it was there."""


class Account:
    """`platform` is the registry's name of the connector; `name` the shop's own word for the account."""

    def __init__(self, platform: str, name: str, keeper: Keeper) -> None:
        self.platform, self.name, self._keeper = platform, name, keeper
        self._fields = dict(keeper.read(platform, name))

    def __repr__(self) -> str:
        return f"Account({self.platform}:{self.name})"

    @property
    def empty(self) -> bool:
        """Whether nothing is kept under this name."""
        return not self._fields

    def has(self, field: str) -> bool:
        return bool(self._fields.get(field))

    def text(self, field: str, default: str = "") -> str:
        """A field that is no secret, e.g. the channel's id."""
        return self._fields.get(field, default)

    def secret(self, field: str) -> Secret:
        """Raises AuthNeeded where it is not there."""
        value = self._fields.get(field)
        if not value:
            raise AuthNeeded(
                f"The account {self.platform}:{self.name} has no {field.replace('_', ' ')}.",
                remedy=f"Run: castmate connectors login {self.platform} --account {self.name}",
            )
        return Secret(value)

    def handle_of(self, reference: str) -> str | None:
        """The product that the account's fields name so: item.HANDLE=REFERENCE (or SHOP/REFERENCE), as pins
        use it, or ref.HANDLE=REFERENCE where a pin needs other words.
        """
        for field, value in self._fields.items():
            kind, dot, handle = field.partition(".")
            if dot and handle and kind in ("item", "ref") and reference in (value, value.rpartition("/")[2]):
                return handle
        return None

    def named(self, prefix: str) -> dict[str, str]:
        """Fields that begin so, without the prefix: named("item.") by the products' handles."""
        return {k.removeprefix(prefix): v for k, v in self._fields.items() if k.startswith(prefix)}

    def keep(self, **changed: str | Secret | None) -> None:
        """Changes fields, sealed at once. None: gone."""
        plain = {k: v.reveal() if isinstance(v, Secret) else v for k, v in changed.items()}
        self._fields = dict(self._keeper.write(self.platform, self.name, plain))

    def reread(self) -> None:
        """What another process changed: a token that it refreshed."""
        self._fields = dict(self._keeper.read(self.platform, self.name))


@dataclass
class MemoryKeeper:
    """Keeps accounts as long as the process lives: for a try, for tests. Not safe between threads."""

    accounts: dict[tuple[str, str], dict[str, str]]

    def read(self, platform: str, name: str) -> Mapping[str, str]:
        return dict(self.accounts.get((platform, name), {}))

    def write(self, platform: str, name: str, changed: Mapping[str, str | None]) -> Mapping[str, str]:
        both = {**self.accounts.get((platform, name), {}), **changed}
        kept = {k: v for k, v in both.items() if v is not None}
        self.accounts[platform, name] = kept
        return dict(kept)

    def names(self) -> tuple[tuple[str, str], ...]:
        return tuple(sorted(self.accounts))

    def forget(self, platform: str, name: str) -> bool:
        return self.accounts.pop((platform, name), None) is not None
