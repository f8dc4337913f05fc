"""Several databases add up as one."""

from bot.insight.joining import added, hosts_of, segments_of, sold_of
from bot.insight.sums import Segment, Watched
from products.sales import SoldBy


def test_what_two_databases_say_is_added():
    assert added([[(1, 2), (3, 4)], [(10, 20), (0, 0)]]) == ((11, 22), (3, 4))
    assert hosts_of([{"ai": 1.0}, {"ai": 2.0, "human": 3.0}]) == {"ai": 3.0, "human": 3.0}
    a, b = Segment("pitch", "tea", Watched(10, change=1)), Segment("offer", None, Watched(15))
    assert segments_of([a, b, a]) == (Segment("pitch", "tea", Watched(20, change=2)), b)
    tea, cup = SoldBy("tea", "tea", 1, 2, 1), SoldBy("cup", "cup", 3, 3, 0)
    assert sold_of([tea, cup, tea]) == (SoldBy("tea", "tea", 2, 4, 2), cup)
