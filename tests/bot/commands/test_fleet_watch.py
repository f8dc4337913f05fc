"""castmate fleet top: what a person sees. Against a real database: tests/e2e/test_fleet_commands.py."""

from rich.console import Console

from bot.commands.fleet_watch import TOLD, picture
from bot.fleet.leases import NodeSeen, ShowSeen
from bot.fleet.metrics import FleetSeen


def seen_as(seen: FleetSeen) -> str:
    console = Console(width=140, record=True, file=None, quiet=False)
    with console.capture() as shown:
        console.print(picture(seen))
    return shown.get()


def show(name: str, note: str, in_force: bool) -> ShowSeen:
    return ShowSeen(
        name, "wanted", False, "a-1" if in_force else "", "a" if in_force else "", 1, None, "", note, in_force
    )


def test_a_fleet_in_order_says_so() -> None:
    text = seen_as(FleetSeen((NodeSeen("a-1", "a", 2, 0, False, 10.0, 1.0),), (show("evening", "", True),)))
    assert "1 of 1 nodes alive, 1 shows on the air, 1 places free" in text
    assert "1 of 2" in text and "█" * 10 + "░" * 10 in text and "Nothing asks for attention" in text
    assert "evening" not in text


def test_trouble_is_listed_and_the_rest_counted() -> None:
    nodes = (NodeSeen("a-1", "a[bold]", 0, 0, False, 10.0, 99.0), NodeSeen("b-1", "b", 2, 2, True, 10.0, 1.0))
    shows = tuple(show(f"s{n:02}", "waits: of 2 nodes 2 full", False) for n in range(TOLD + 3))
    text = seen_as(FleetSeen(nodes, shows))
    assert "silent" in text and "draining" in text and "a[bold]" in text
    assert f"s{TOLD - 1:02}" in text and f"s{TOLD:02}" not in text and "and 3 more" in text
    assert "waits: of 2 nodes 2 full" in text and "nowhere" in text
