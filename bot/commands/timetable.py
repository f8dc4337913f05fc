"""The shows of a shop and its calendar, as `castmate serve` and `castmate calendar` open them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from bot.compliance.office import open_office
from bot.console.calendar_board import CalendarBoard, Plannable
from bot.planning import Planning, hand_over_channels
from bot.settings import Settings
from bot.shop import Shop, ShowOrder, open_shop
from products.errors import CastmateError, ContentError
from schedules.agenda import FileStart
from schedules.calendar import parse_start, zone_named
from schedules.planner import Planner
from schedules.reconcile import Channels
from schedules.rulebook import RuleBook


@dataclass
class Timetable:
    """Shows by name. `unread`: files of planned shows that could not be opened, and why; `planned`: names of
    the shows that stood in the calendar when it was opened.
    """

    shops: dict[str, tuple[ShowOrder, Shop]] = field(default_factory=dict)
    unread: dict[str, CastmateError] = field(default_factory=dict)
    planned: set[str] = field(default_factory=set)

    def add(self, file: Path, shop: Shop) -> None:
        """Raises ContentError: another file has a show of that name."""
        name, path = shop.show.show, file.resolve()
        if (other := self.shops.get(name)) is not None and other[0].file != path:
            raise ContentError(
                f"{other[0].file} and {file} are both called {name!r}.",
                remedy="Give each show a name of its own (field `show`).",
            )
        self.shops[name] = (ShowOrder(path), shop)

    def add_planned(
        self, engine: Engine, settings: Settings, now: Callable[[], datetime]
    ) -> tuple[tuple[Path, Shop], ...]:
        """Opens the shows that stand in the calendar and are not here yet. Returns them."""
        found = []
        for rule in RuleBook(engine).rules():
            self.planned.add(rule.show)
            if rule.show in self.shops or rule.file in self.unread:
                continue
            file = Path(rule.file)
            try:
                shop = open_shop(ShowOrder(file), settings, now)
            except CastmateError as error:
                self.unread[rule.file] = error
                continue
            self.add(file, shop)
            found.append((file, shop))
        return tuple(found)

    def zone(self, show: str) -> ZoneInfo:
        held = self.shops.get(show)
        return ZoneInfo("UTC") if held is None else zone_named(held[1].show.time_zone)

    @property
    def shop_zone(self) -> ZoneInfo:
        """The zone of the calendar: that of the first show whose file names one."""
        named = [s.show.time_zone for _, s in self.shops.values() if "time_zone" in s.show.model_fields_set]
        return zone_named(named[0]) if named else ZoneInfo("UTC")

    def plannable(self) -> Mapping[str, Plannable]:
        return {name: _plannable(order, shop) for name, (order, shop) in self.shops.items()}

    def board(
        self,
        engine: Engine,
        settings: Settings,
        now: Callable[[], datetime],
        *,
        zone: ZoneInfo | None = None,
        wake: Callable[[], None] = lambda: None,
    ) -> CalendarBoard:
        planning = Planning(lambda: self.shops, settings, open_office(settings.office))
        return CalendarBoard(engine, now, planning.needs, self.plannable, zone or self.shop_zone, wake)

    def channels(self) -> Channels:
        return hand_over_channels(lambda: self.shops)

    def write_starts(self, planner: Planner) -> None:
        """The shows whose files say when they start. Raises ContentError."""
        for order, shop in self.shops.values():
            if shop.show.start is not None:
                planner.plan(order.file, shop.show)

    def must_know(self, shows: Iterable[str]) -> None:
        """Raises ContentError for a show that is not here."""
        for show in shows:
            if show not in self.shops:
                known = ", ".join(sorted(self.shops)) or "none"
                raise ContentError(f"The show {show!r} is not known.", remedy=f"Known: {known}.")


def _plannable(order: ShowOrder, shop: Shop) -> Plannable:
    show = shop.show
    starts = None
    if show.start is not None:
        start = parse_start(show.start)
        starts = FileStart(show.show, str(order.file), show.time_zone, start, show.minutes)
    return Plannable(show.show, str(order.file), show.title, show.time_zone, show.minutes, starts)
