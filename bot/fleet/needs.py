"""What a show needs of its node, as its file says it."""

from pathlib import Path

from bot.fleet.placement import Needs
from schedules.showfile import NodeNeeds, load_show


def asked_by(needs: NodeNeeds) -> Needs:
    """The same for placement."""
    return Needs(
        needs.cores, needs.memory_mb, needs.gpu, needs.egress_mbps, frozenset(needs.labels), needs.shop
    )


def needs_of_file(path: Path) -> Needs:
    """Reads the show file anew. Raises products.documents.DocumentError. Blocks."""
    return asked_by(load_show(path).needs)
