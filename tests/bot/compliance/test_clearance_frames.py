"""Claims that English makes by the way a sentence is put: hurry, few left, praise, effect; beside each class,
what
is said in like words and claims nothing.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.compliance.clearance import CatalogueClearance
from products.intake.load import import_catalogue
from products.store import SqlCatalogue, create_tables, open_engine
from products.verdict import Utterance
from products.vocatives import names_in

SHOP = Path(__file__).parents[3] / "sample" / "shop"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

REFUSED = [
    # hurry
    ("harbor-sneakers", "Don't wait too long."),
    ("harbor-sneakers", "Don't wait too long on these ones."),
    ("harbor-sneakers", "I'd move on these if I were you."),
    ("harbor-sneakers", "Whoever is first to the link will have them."),
    ("meadow-candle", "When I turn off the camera, this price goes with me."),
    ("meadow-candle", "Sixteen dollars, and that number turns into a pumpkin at midnight."),
    ("", "Everything tonight goes away when the music stops."),
    # few left
    ("harbor-sneakers", "There's just a handful of 38s left."),
    ("harbor-sneakers", "Four people can still get a 45."),
    ("harbor-sneakers", "Nine more of you can walk home in a 43."),
    ("pebble-earbuds", "Just a handful of the black ones left."),
    ("dawn-mug", "These are the last few in teal, people."),
    ("dawn-mug", "Once this shelf is empty, that's it."),
    ("atlas-backpack", "Olive? Dozens of them, don't you worry."),
    # what there is
    ("harbor-sneakers", "The whole run is in stock, 36 to 45, no gaps."),
    ("fjord-bottle", "Night lovers can have theirs as well."),
    # praise, effect, comparison, promises
    ("harbor-sneakers", "My inbox is full of happy feet."),
    ("dawn-mug", "This is the one people write home about."),
    ("harbor-sneakers", "Your legs will thank you at the end of the day."),
    ("willow-tote", "Strangers will stop you to ask where you got it."),
    ("meadow-candle", "One match and all your worries leave the room."),
    ("cloud-pillow", "You'll be out like a light in minutes."),
    ("harbor-sneakers", "You'd pay twice that on the high street."),
    ("atlas-backpack", "Think of it as money you put aside rather than spend."),
    ("dawn-mug", "Take one home and the next is my treat."),
    ("maple-board", "Put the board in your basket now and it's with you on Wednesday."),
    # plain words that say more together
    ("harbor-sneakers", "Water rolls right off them."),
    ("fjord-bottle", "Not a drop comes out."),
    ("dawn-mug", "It stays warm right to the last sip."),
    ("dawn-mug", "Lovely mug, but do keep it out of the microwave."),
    ("dawn-mug", "It is fridge safe."),
    ("pebble-earbuds", "The rest of the train simply goes silent."),
    ("willow-tote", "It takes a week of shopping."),
    ("orchard-tea", "It has notes of honey and apple."),
    ("maple-board", "See the groove along the edge?"),
    ("cloud-pillow", "The whole thing goes in the wash, foam and all."),
    ("willow-tote", "The tote takes more than the backpack."),
    ("harbor-sneakers", "They come with two pairs of socks."),
    # amounts at the wrong place
    ("harbor-sneakers", "There's sixty in 38 and seventy in 37."),
    ("dawn-mug", "Sand, we've got 64; teal, 120."),
    ("harbor-sneakers", "Three hundred and ten grams for the pair, in size 40."),
    ("cloud-pillow", "The pillow measures 60 x 60 x 11 cm."),
    ("harbor-sneakers", "Wash at thirty Fahrenheit."),
    # more of the classes above
    ("harbor-sneakers", "I can see people adding them as I speak, so move if you want yours."),
    ("fjord-bottle", "The old price comes back next week, so I'd do it now."),
    ("", "Everyone who comments in the next minute goes into the draw for a free lamp."),
    ("drift-blanket", "The wool blanket? Yes, one click and it's yours."),
    ("orchard-tea", "The mother of all teas."),
]
CLEARED = [
    ("harbor-sneakers", "You don't have to decide now."),
    ("harbor-sneakers", "Wait a moment, please, I'm reading your questions."),
    ("atlas-backpack", "Only a handful of the olive ones are left."),
    ("harbor-sneakers", "Three people can still get a 45."),
    ("fjord-bottle", "Those of you who like steel can have it."),
    ("", "You folks crack me up, keep those jokes rolling."),
    ("harbor-sneakers", "What I like to point out first is the toe cap, because puddles are part of life."),
    ("dawn-mug", "I like a spoonful of honey with my breakfast, or so I am told."),
    ("dawn-mug", "The page keeps quiet about that."),
    ("willow-tote", "Off to the farmers' market? What would you carry in it first?"),
    ("harbor-sneakers", "There's sixty in 37 and seventy in 38."),
    ("dawn-mug", "Teal, we've got 64; sand, 120."),
    ("harbor-sneakers", "Three hundred and ten grams a shoe, in size 40."),
    ("harbor-sneakers", "That's 86 degrees Fahrenheit in the washing machine."),
    ("harbor-sneakers", "Size 42? Sorry, that one's sold out."),
    ("atlas-backpack", "One hundred and twenty down to ninety-six."),
    ("fjord-bottle", "A hot drink at night, why not?"),
    ("lumen-lamp", "The page says USB-C and doesn't mention more, so I won't guess."),
    ("cloud-pillow", "I don't have a neck, but I can tell you how big it is."),
    ("", "Imagine the kettle clicking, the radio mumbling, and a paperback on the armchair."),
]  # fmt: skip


@pytest.fixture(scope="module")
def clearance() -> Iterator[CatalogueClearance]:
    engine = open_engine("sqlite://")
    create_tables(engine)
    import_catalogue(engine, SHOP / "products.csv", NOW)
    yield CatalogueClearance(SqlCatalogue(engine))


def findings(clearance: CatalogueClearance, product: str, text: str) -> list[str]:
    utterance = Utterance(text, "en", products=(product,) if product else ())
    return [f.message for f in clearance.clear(utterance, NOW).findings]


@pytest.mark.parametrize(("product", "text"), REFUSED)
def test_is_refused(clearance: CatalogueClearance, product: str, text: str) -> None:
    assert findings(clearance, product, text) != []


@pytest.mark.parametrize(("product", "text"), CLEARED)
def test_is_cleared(clearance: CatalogueClearance, product: str, text: str) -> None:
    assert findings(clearance, product, text) == []


def test_a_contraction_is_no_name() -> None:
    assert list(names_in("Don't wait.")) == []
    assert list(names_in("Don, it costs $59.")) == [(0, 3)]
