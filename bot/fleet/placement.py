"""Which node a show goes to, or why none: resources, labels, spread of one shop's shows. Pure.

Every node comes to the same conclusion from the same picture of the fleet, so that each claims what is its
own and nobody has to be asked; the lease decides when two pictures differ.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

SPARE = 1e-9  # sums of shares in binary: ten tenths are one


@dataclass(frozen=True, slots=True)
class Needs:
    """What a show takes of its node. `gpu`: share of one card, 0..1; `egress_mbps`: what its channels are
    sent; `labels` must all be on the node ("region=eu", "platform=douyin"); shows of one `shop` are spread.
    """

    cores: float = 0.0
    memory_mb: float = 0.0
    gpu: float = 0.0
    egress_mbps: float = 0.0
    labels: frozenset[str] = frozenset()
    shop: str = ""


ANYWHERE = Needs()


@dataclass(frozen=True, slots=True)
class Offer:
    """What a node has. `shows` bounds it always; None: that was not told, and is not counted. `gpus`: cards;
    0.25: a quarter of one.
    """

    name: str
    shows: int
    cores: float | None = None
    memory_mb: float | None = None
    gpus: float = 0
    egress_mbps: float | None = None
    labels: frozenset[str] = frozenset()


class Obstacle(StrEnum):
    """Why a node cannot take a show; the first that is met."""

    DRAINING = "being drained"
    LABELS = "without its labels"
    GPU = "without so much free of one graphics card"
    SHOWS = "full"
    CORES = "without the processor"
    MEMORY = "without the memory"
    EGRESS = "without the bandwidth"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nobody can take it. `never`: not even an empty fleet of these nodes could."""

    why: str
    never: bool


@dataclass(slots=True)
class Place:
    """A node while shows are put on it: what is taken by now."""

    offer: Offer
    draining: bool = False
    held: dict[str, Needs] = field(default_factory=dict)
    cores: float = 0.0
    memory_mb: float = 0.0
    egress_mbps: float = 0.0
    cards: list[float] = field(default_factory=list)
    shops: Counter[str] = field(default_factory=Counter)
    _card_of: dict[str, int] = field(default_factory=dict)
    _sizes: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        whole, share = divmod(self.offer.gpus, 1)
        self._sizes = [1.0] * int(whole) + ([share] if share > SPARE else [])
        self.cards = [0.0] * len(self._sizes)

    def take(self, show: str, needs: Needs) -> None:
        """Puts it here; ask `obstacle` before. What is too large for any card takes the first."""
        self.held[show] = needs
        self.cores += needs.cores
        self.memory_mb += needs.memory_mb
        self.egress_mbps += needs.egress_mbps
        self.shops[needs.shop] += 1
        if needs.gpu > 0 and self.cards:
            card = self._card(needs.gpu)
            self._card_of[show] = 0 if card is None else card
            self.cards[self._card_of[show]] += needs.gpu

    def give(self, show: str) -> Needs:
        """Takes it away again. Raises KeyError when it is not here."""
        needs = self.held.pop(show)
        self.cores -= needs.cores
        self.memory_mb -= needs.memory_mb
        self.egress_mbps -= needs.egress_mbps
        self.shops[needs.shop] -= 1
        if (card := self._card_of.pop(show, None)) is not None:
            self.cards[card] -= needs.gpu
        return needs

    def _card(self, share: float) -> int | None:
        sizes = enumerate(zip(self.cards, self._sizes, strict=True))
        return next((n for n, (taken, size) in sizes if taken + share <= size + SPARE), None)

    def obstacle(self, needs: Needs) -> Obstacle | None:
        """What keeps a show from this node; None: it fits."""
        offer = self.offer
        if self.draining:
            return Obstacle.DRAINING
        if needs.labels and not needs.labels <= offer.labels:
            return Obstacle.LABELS
        if len(self.held) >= offer.shows:
            return Obstacle.SHOWS
        if needs.gpu > 0 and self._card(needs.gpu) is None:
            return Obstacle.GPU
        if _over(self.cores + needs.cores, offer.cores):
            return Obstacle.CORES
        if _over(self.memory_mb + needs.memory_mb, offer.memory_mb):
            return Obstacle.MEMORY
        if _over(self.egress_mbps + needs.egress_mbps, offer.egress_mbps):
            return Obstacle.EGRESS
        return None

    def rank(self, needs: Needs) -> tuple[int, bool, float, str]:
        """The smallest takes it: fewest shows of its shop, no graphics card that it does not need, emptiest
        in what will be scarcest; then by name, so that all come to the same end.
        """
        offer = self.offer
        load = max(
            (len(self.held) + 1) / offer.shows if offer.shows else 1.0,
            _share(self.cores + needs.cores, offer.cores),
            _share(self.memory_mb + needs.memory_mb, offer.memory_mb),
            _share(self.egress_mbps + needs.egress_mbps, offer.egress_mbps),
        )
        same = self.shops[needs.shop] if needs.shop else 0
        return same, offer.gpus > 0 and needs.gpu == 0, load, offer.name


def choose(needs: Needs, places: Sequence[Place]) -> Place | Refusal:
    """The node that a show goes to, of those where it fits. Changes nothing."""
    best, lowest = None, None
    for place in places:
        if place.obstacle(needs) is None:
            rank = place.rank(needs)
            if lowest is None or rank < lowest:
                best, lowest = place, rank
    return best if best is not None else refusal(needs, places)


def refusal(needs: Needs, places: Sequence[Place]) -> Refusal:
    """Why no node can take it: each counted under what it lacks."""
    if not places:
        return Refusal("no node is alive", never=False)
    never, counted = lacking(needs, places)
    told = ", ".join(f"{n} {_lack(o, needs)}" for o, n in sorted(counted.items(), key=lambda item: item[0]))
    return Refusal(f"of {len(places)} nodes {told}", never)


def lacking(needs: Needs, places: Sequence[Place]) -> tuple[bool, Counter[Obstacle]]:
    """Whether not even an empty fleet of these nodes could take it; how many nodes lack what."""
    empty = [Place(place.offer) for place in places]
    never = bool(places) and all(place.obstacle(needs) is not None for place in empty)
    looked = empty if never else places
    return never, Counter(o for place in looked if (o := place.obstacle(needs)) is not None)


def assign(waiting: Iterable[tuple[str, Needs]], places: Sequence[Place]) -> dict[str, str | Refusal]:
    """Node's name or refusal for each show, in the order in which they wait. Changes no place."""
    drawn = [_copy(place) for place in places]
    found: dict[str, str | Refusal] = {}
    for show, needs in waiting:
        chosen = choose(needs, drawn)
        if isinstance(chosen, Refusal):
            found[show] = chosen
        else:
            chosen.take(show, needs)
            found[show] = chosen.offer.name
    return found


def place_of(offer: Offer, held: Mapping[str, Needs], *, draining: bool = False) -> Place:
    """A node with what it holds; in the order of names, so that cards fill alike wherever it is drawn."""
    place = Place(offer, draining)
    for show in sorted(held):
        place.take(show, held[show])
    return place


def _copy(place: Place) -> Place:
    return place_of(place.offer, place.held, draining=place.draining)


def _lack(obstacle: Obstacle, needs: Needs) -> str:
    if obstacle is Obstacle.LABELS:
        return f"{obstacle} ({', '.join(sorted(needs.labels))})"
    return str(obstacle)


def _over(wanted: float, has: float | None) -> bool:
    return has is not None and wanted > has + SPARE


def _share(wanted: float, has: float | None) -> float:
    if has is None:
        return 0.0
    return wanted / has if has > 0 else (1.0 if wanted > 0 else 0.0)
