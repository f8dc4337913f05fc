"""The fleet in simulated time: what must never be, and that it agrees with the fleet that was measured."""

import json
import random
from pathlib import Path

import pytest

from bot.fleet.lease import BEATS, SAFE_SHARE
from bot.fleet.placement import Needs, Offer
from bot.fleet.simulation import Fault, Kind, Outcome, World, simulate

RESULTS = Path(__file__).parents[3] / "bench" / "results.json"
WORLD = World(ttl_s=10.0, start_s=1.0, beat_took_s=0.015)


def offers(count: int, shows: int = 8) -> list[Offer]:
    return [Offer(f"n{n:03}", shows) for n in range(count)]


def wanted(count: int, shops: int = 10) -> dict[str, Needs]:
    return {f"s{n:05}": Needs(shop=f"shop-{n % shops}") for n in range(count)}


def run(*faults: Fault, nodes: int = 10, shows: int = 60, seed: int = 7, world: World = WORLD) -> Outcome:
    return simulate(offers(nodes), wanted(shows), faults, world=world, seed=seed)


def test_the_same_seed_gives_the_same_world() -> None:
    faults = (Fault(100.0, Kind.DEATH, "n003"), Fault(200.0, Kind.UPGRADE), Fault(5000.0, Kind.DATABASE))
    one, other = run(*faults), run(*faults)
    assert one == other
    assert one.gaps != run(*faults, seed=8).gaps


def test_shows_find_their_places_spread_by_shop() -> None:
    done = run()
    assert (done.aired, done.claims, done.waiting, done.double) == (60, 60, {}, 0)
    assert max(done.piled.values()) == 1, "six shows of a shop on ten nodes never meet"


def test_a_dead_machines_shows_are_elsewhere_after_the_term_and_at_most_a_heartbeat_more() -> None:
    done = run(Fault(100.0, Kind.DEATH, "n003", 60.0))
    gaps = done.gaps[Kind.DEATH]
    assert len(gaps) == 6 and done.lost == 0 and done.double == 0
    beat = WORLD.ttl_s / BEATS + WORLD.beat_took_s
    assert WORLD.ttl_s - beat + WORLD.start_s <= min(gaps)
    assert max(gaps) <= WORLD.ttl_s + beat + WORLD.start_s


def test_who_finds_no_place_waits_with_a_reason_and_goes_on_when_there_is_room() -> None:
    full = run(Fault(100.0, Kind.DEATH, "n000", float("inf")), nodes=2, shows=12)
    assert len(full.waiting) == 4 == full.lost
    assert set(full.waiting.values()) == {"of 1 nodes 1 full"}
    back = run(Fault(100.0, Kind.DEATH, "n000", 300.0), nodes=2, shows=12)
    assert back.waiting == {} and back.lost == 0
    assert max(back.gaps[Kind.DEATH]) > 300.0 > min(back.gaps[Kind.DEATH])


def test_labels_are_kept_through_faults() -> None:
    world = [Offer("eu", 9, labels=frozenset({"region=eu"})), Offer("us", 9)]
    shows = {"s": Needs(labels=frozenset({"region=eu"}))}
    done = simulate(world, shows, [Fault(100.0, Kind.DEATH, "eu", 500.0)], world=WORLD, seed=1)
    assert done.claims == 2 and done.gaps[Kind.DEATH][0] > 500.0, "it waits for its region"


def test_a_drained_node_hands_over_what_fits_and_keeps_the_rest_on_the_air() -> None:
    fits = run(Fault(100.0, Kind.DRAIN, "n001", 600.0))
    assert len(fits.gaps[Kind.DRAIN]) == 6
    assert max(fits.gaps[Kind.DRAIN]) <= WORLD.ttl_s / BEATS + WORLD.beat_took_s + WORLD.start_s
    full = run(Fault(100.0, Kind.DRAIN, "n001", 600.0), nodes=2, shows=16)
    assert full.gaps[Kind.DRAIN] == [] and full.lost == 0


def test_an_upgrade_goes_over_every_node_once() -> None:
    done = run(Fault(100.0, Kind.UPGRADE, lasts_s=60.0))
    assert done.upgraded == 10 and done.lost == 0 and done.double == 0
    dies = run(Fault(100.0, Kind.UPGRADE, lasts_s=60.0), Fault(101.0, Kind.DEATH, "n000", 30.0))
    assert dies.upgraded == 10 and dies.lost == 0, "a death in the middle holds nobody up"


@pytest.mark.parametrize(("away", "stops"), [(2.0, False), (30.0, True)])
def test_a_database_that_is_back_in_time_is_not_noticed(away: float, stops: bool) -> None:
    done = run(Fault(100.0, Kind.DATABASE, lasts_s=away))
    assert len(done.gaps[Kind.DATABASE]) == (60 if stops else 0)
    assert done.lost == 0 and done.double == 0
    if stops:
        shortest = away - SAFE_SHARE * WORLD.ttl_s
        assert min(done.gaps[Kind.DATABASE]) >= shortest


def test_anything_at_all_leaves_nobody_twice_on_the_air() -> None:
    for seed in range(20):
        chance = random.Random(seed)
        faults = [
            Fault(chance.uniform(50, 900), chance.choice(list(Kind)), f"n{chance.randrange(10):03}",
                  chance.uniform(1, 90))
            for _ in range(12)
        ]  # fmt: skip
        done = run(*faults, seed=seed)
        assert done.double == 0
        assert done.lost == 0, (seed, done.waiting)
        assert max(gap for gaps in done.gaps.values() for gap in gaps) < 2000.0


def test_a_world_where_the_fence_came_too_late_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The count of double senders is no constant: with deadlines after the expiry it is not 0."""
    monkeypatch.setattr("bot.fleet.simulation.deadline_ns", lambda asked, ttl: asked + round(2 * ttl * 10**9))
    assert run(Fault(100.0, Kind.DEATH, "n003")).double > 0


def measured() -> dict[str, float]:
    return {r["name"]: r["value"] for r in json.loads(RESULTS.read_text(encoding="utf-8"))}


def test_it_agrees_with_the_fleet_that_was_measured_within_a_fifth() -> None:
    """20 light shows, 2 nodes, term 4 s, as `python -m bench fleet` measured them."""
    real = measured()
    world = World(4.0, real["fleet.start_s"], real["fleet.beat_300_ms"] / 1000)
    gaps: list[float] = []
    for seed in range(50):
        death = 30.0 + random.Random(seed).uniform(0, 4)
        done = simulate(
            [Offer("a", 20), Offer("b", 20)], wanted(20), [Fault(death, Kind.DEATH, "a", 60.0)],
            world=world, seed=seed,
        )  # fmt: skip
        gaps += done.gaps[Kind.DEATH]
    gaps.sort()
    assert gaps[len(gaps) // 2] == pytest.approx(real["fleet.takeover_p50_s"], rel=0.2)
    assert gaps[round(0.95 * len(gaps))] == pytest.approx(real["fleet.takeover_p95_s"], rel=0.2)


def test_a_fault_of_a_node_that_is_not_there_is_told() -> None:
    with pytest.raises(KeyError):
        run(Fault(1.0, Kind.DEATH, "nowhere"))
