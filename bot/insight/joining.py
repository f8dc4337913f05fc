"""What several databases say, as if one had said it. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from bot.insight.sums import Segment, Watched
from products.sales import SoldBy


def added(rows: Sequence[Sequence[tuple[int, int]]]) -> tuple[tuple[int, int], ...]:
    """Pairs added place by place. All rows have the same length."""
    return tuple((sum(a for a, _ in same), sum(b for _, b in same)) for same in zip(*rows, strict=True))


def hosts_of(found: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Seconds by host."""
    whole: dict[str, float] = {}
    for hosts in found:
        for host, seconds in hosts.items():
            whole[host] = whole.get(host, 0.0) + seconds
    return whole


def segments_of(found: Iterable[Segment]) -> tuple[Segment, ...]:
    """One of each cue and product, the longest first."""
    whole: dict[tuple[str, str | None], Watched] = {}
    for segment in found:
        key = (segment.cue, segment.product)
        whole[key] = whole.get(key, Watched()) + segment.watched
    made = (Segment(cue, product, watched) for (cue, product), watched in whole.items())
    return tuple(sorted(made, key=lambda s: -s.watched.seconds))


def sold_of(found: Iterable[SoldBy]) -> tuple[SoldBy, ...]:
    """One of each key and product, the most pieces first."""
    whole: dict[tuple[str, str | None], SoldBy] = {}
    for sold in found:
        key = (sold.key, sold.product)
        known = whole.get(key, SoldBy(sold.key, sold.product, 0, 0, 0))
        whole[key] = SoldBy(
            sold.key,
            sold.product,
            known.orders + sold.orders,
            known.pieces + sold.pieces,
            known.paid + sold.paid,
        )
    return tuple(sorted(whole.values(), key=lambda s: (-s.pieces, s.key)))
