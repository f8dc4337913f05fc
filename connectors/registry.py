"""Which connectors there are: a folder of ours with an entry.py, or an entry point of another package.

    [project.entry-points."castmate.connectors"]
    sample = "their_package.entry:ENTRY"

Reading the list imports no platform's library: an entry.py says what a connector is and imports it in `make`.
Of another package nothing is imported at all: what it is stands in its declaration (products/confined), and
its code runs in a process of its own (connectors/plugin).
"""

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint
from types import MappingProxyType

import connectors
from connectors.account import Account
from connectors.base import Cap, ChatLimits, Connector, IngestLimits
from connectors.login import Field, Login
from connectors.outside import Outside
from products.confined.found import Plugin, installed, plugin_of
from products.errors import CastmateError, Refused, SetupError

GROUP = "castmate.connectors"


@dataclass(frozen=True)
class Entry:
    """One connector, before it is opened.

    name      what stands before the colon in --to NAME:ACCOUNT; small letters, digits, underscores
    title     its name for people
    platform  whose rules apply (a policy pack); by default `name`
    caps      what it can do with an account in order
    fields    what its account holds that a person types; () where it needs no account
    login     further steps of the login, after the fields; None: none
    make      the connector of an account; None: it is opened by an address or by the show itself (`address`)
    address   how it is written behind --to where it takes no account
    manual    what no interface can do, for the operator
    plugin    what another package declares; None: it is ours
    """

    name: str
    title: str
    caps: frozenset[Cap]
    platform: str = ""
    ingest: IngestLimits = field(default_factory=IngestLimits)
    chat: ChatLimits = field(default_factory=ChatLimits)
    fields: tuple[Field, ...] = ()
    login: Login | None = None
    make: Callable[[Account, Outside], Connector] | None = None
    address: str = ""
    manual: tuple[str, ...] = ()
    plugin: Plugin | None = None

    @property
    def ours(self) -> bool:
        """Whether it is part of Castmate: its folder says so."""
        return self.name in {m.name for m in _folders()}

    @property
    def policy(self) -> str:
        return self.platform or self.name


@dataclass(frozen=True)
class Listing:
    """`broken`: entries that could not be read, by name, and why."""

    entries: Mapping[str, Entry]
    broken: Mapping[str, str]

    def entry(self, name: str) -> Entry:
        """Raises SetupError for a name that is not there."""
        if name in self.entries:
            return self.entries[name]
        if name in self.broken:
            raise SetupError(
                f"The connector {name} cannot be used: {self.broken[name]}",
                remedy="Mend or remove its package.",
            )
        known = ", ".join(sorted(self.entries))
        raise SetupError(f"There is no connector {name!r}.", remedy=f"Choose one of: {known}.")


@cache
def listing() -> Listing:
    """All connectors of this installation: ours first, then those of other packages."""
    ours = ((m.name, f"connectors.{m.name}.entry:ENTRY") for m in _folders())
    return with_plugins(read(ours), (plugin_or_why(point) for point in installed(GROUP)))


def _folders() -> Iterable[pkgutil.ModuleInfo]:
    for module in sorted(pkgutil.iter_modules(connectors.__path__), key=lambda m: m.name):
        if module.ispkg and importlib.util.find_spec(f"connectors.{module.name}.entry") is not None:
            yield module


def plugin_or_why(point: EntryPoint) -> Plugin | tuple[str, str]:
    """The plug-in of an entry point, or its name and why it has none."""
    try:
        return plugin_of(point.name, point.value, point.dist)
    except CastmateError as error:
        return point.name, str(error)


def with_plugins(ours: Listing, theirs: Iterable[Plugin | tuple[str, str]]) -> Listing:
    """`ours`, and what other packages declare. What declares nothing, or has a name that is taken, is named
    and left out: one bad package does not take the others along.
    """
    entries, broken = dict(ours.entries), dict(ours.broken)
    for found in theirs:
        if isinstance(found, tuple):
            broken[found[0]] = found[1]
        elif found.name in entries:
            broken[f"{found.name} ({found.package})"] = f"the name {found.name} is taken."
        else:
            try:
                entries[found.name] = entry_of_plugin(found)
            except SetupError as error:
                broken[found.name] = str(error)
    return Listing(MappingProxyType(entries), MappingProxyType(broken))


def entry_of_plugin(plugin: Plugin) -> Entry:
    """What another package declares, as an entry. Raises SetupError where it is none of a connector."""
    made = plugin.declared.connector
    if made is None:
        raise SetupError(f"{plugin.package} declares no connector.", remedy="Its authors must mend it.")
    known = {cap.value: cap for cap in Cap}
    strange = sorted(set(made.caps) - known.keys())
    if strange:
        raise SetupError(
            f"{plugin.package} declares {', '.join(strange)}, which no connector can.",
            remedy=f"There are: {', '.join(known)}.",
        )

    def make(account: Account, outside: Outside) -> Connector:
        from connectors.plugin.connector import ConfinedConnector

        if outside.plugins is None:
            raise Refused(f"Nobody can say whether the plug-in {plugin.name} was agreed to.")
        return ConfinedConnector(plugin, entry, account, outside, outside.plugins.leave(plugin))

    limits = {k: v for k, v in made.ingest.model_dump().items() if v is not None}
    entry = Entry(
        name=plugin.name,
        title=plugin.declared.title,
        caps=frozenset(known[cap] for cap in made.caps),
        platform=made.platform,
        ingest=IngestLimits(**limits),
        chat=ChatLimits(**made.chat.model_dump()),
        fields=tuple(Field(f.name, f.question, f.where, f.secret, f.needed) for f in made.fields),
        make=make,
        manual=made.manual,
        plugin=plugin,
    )
    return entry


def read(places: Iterable[tuple[str, str]]) -> Listing:
    """Entries of ours from (name, "module:ENTRY"). What cannot be read, or has a name that is taken, is named
    and left out.
    """
    entries: dict[str, Entry] = {}
    broken: dict[str, str] = {}
    for name, place in places:
        module, _, attribute = place.partition(":")
        try:
            entry = getattr(importlib.import_module(module), attribute)
        except Exception as error:  # noqa: BLE001  a folder may hold anything
            broken[name] = f"{place} does not load ({type(error).__name__}: {error})."
            continue
        if not isinstance(entry, Entry) or entry.name != name:
            broken[name] = f"{place} is no Entry named {name}."
        elif name in entries:
            broken[f"{name} ({module})"] = f"the name {name} is taken."
        else:
            entries[name] = entry
    return Listing(MappingProxyType(entries), MappingProxyType(broken))
