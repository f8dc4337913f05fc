"""What rules and licences say of a show that is to be planned: the answers that schedules/conflicts.py asks
for.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import Lock

from bot.app import make_decision
from bot.compliance.decision import Decision, Mode
from bot.compliance.kinds import Simulcast
from bot.compliance.office import Office
from bot.licensed import ShowLicence
from bot.settings import Settings
from bot.shop import Shop, ShowOrder
from products.errors import CastmateError
from schedules.conflicts import Needs
from schedules.reconcile import Channels

KEPT = 2000  # answers remembered: by show and day
ROOMS = frozenset({"room", "file"})  # each show has its own


class Planning:
    """Answers for shows by name, each from its shop. Safe from several threads.

    shops   by name, with the order that airs them
    office  of the shop: packs, confirmations, waivers
    """

    def __init__(
        self, shops: Callable[[], Mapping[str, tuple[ShowOrder, Shop]]], settings: Settings, office: Office
    ) -> None:
        self._shops, self._settings, self._office = shops, settings, office
        self._known: dict[tuple[str, datetime], Needs] = {}
        self._lock = Lock()

    def needs(self, show: str, at: datetime) -> Needs:
        """What holds for a show that starts at `at`. Never raises: what is wrong stands in `against`."""
        key = (show, at.astimezone(UTC).replace(minute=0, second=0, microsecond=0))
        with self._lock:
            if (known := self._known.get(key)) is not None:
                return known
        found = self._find(show, at)
        with self._lock:
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[key] = found
        return found

    def forget(self) -> None:
        """Licences, packs or shops may have changed: everything is asked anew."""
        with self._lock:
            self._known.clear()

    def _find(self, show: str, at: datetime) -> Needs:
        held = self._shops().get(show)
        if held is None:
            return Needs(against=(f"The show {show} is not known here: give its file to castmate serve.",))
        order, shop = held
        licence = ShowLicence(shop.persona, shop.language, self._settings)
        try:
            decision = make_decision(order, shop, self._office, at, licence)
        except CastmateError as error:
            return Needs(against=(str(error),))
        return _needs(shop, decision, licence, at)


def _needs(shop: Shop, decision: Decision, licence: ShowLicence, at: datetime) -> Needs:
    merged = decision.merged
    # Of all rules that were chosen: some count only once there are two destinations, which a plan may make.
    bans = [
        rule.id
        for rule in decision.selection.rules
        if isinstance(rule.params, Simulcast)
        and not rule.params.allowed
        and rule.status != "draft"
        and rule.effective(at.date())
    ]
    unlicensed, licensed_to = _licence(shop, decision, licence, at)
    hosts_alone = decision.mode in (Mode.DUET, Mode.PROMPTER)
    least = merged.value("duration", "min_stream_s")
    return Needs(
        channels=channels_of(shop),
        alone=dict.fromkeys(channels_of(shop), ", ".join(bans)) if bans else {},
        host=next(iter(shop.persona.performer.values()), shop.persona.id),
        cohost=bool(merged.presence) or hosts_alone,
        because=tuple(need.rule for need in merged.presence),
        against=tuple(dict.fromkeys(f"{f.message} ({f.rule})" for f in decision.against)),
        unlicensed=unlicensed,
        licensed_to=licensed_to,
        longest_s=merged.max_stream_s,
        shortest_s=None if least is None else float(least),
    )


def _licence(
    shop: Shop, decision: Decision, licence: ShowLicence, at: datetime
) -> tuple[tuple[str, ...], datetime | None]:
    """What is wrong with the performer's licence at `at`, and the moment at which it ends. A drawn host needs
    none.
    """
    if not licence.cloned:
        return (), None
    products = shop.catalogue.products()
    against = tuple(f.message for f in licence.against(decision, tuple(products), at))
    try:
        held = licence.read()
    except CastmateError:
        return against, None
    return against, min((t for t in (held.valid_to, held.withdrawn_at) if t is not None), default=None)


def channels_of(shop: Shop) -> frozenset[str]:
    """The accounts that carry one show at a time. A show in its own room shares it with nobody."""
    named = {shop.show.platform if c == "room" else c for c in shop.show.channels}
    return frozenset(named - ROOMS)


def hand_over_channels(shops: Callable[[], Mapping[str, tuple[ShowOrder, Shop]]]) -> Channels:
    """For the planner: by which names shows take over from one another; a room counts too."""

    def channels(show: str) -> frozenset[str]:
        held = shops().get(show)
        return frozenset() if held is None else channels_of(held[1]) | frozenset(held[1].show.channels)

    return channels
