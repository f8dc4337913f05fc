"""That an AI answers, and for whom: told with the first written reply to each viewer."""

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.compliance.decision import Mode

MOST = 50_000  # viewers remembered; one who is forgotten is told once more
WORDS = {"en": "[AI reply for {shop}] ", "zh": "【AI回复，代表{shop}】"}
SPEAKING = frozenset({Mode.CLONE, Mode.DUET})


class Disclosure:
    """Remembers who was told. `asked`: by a pack, or by the mode; False: nothing is put before replies.

    shop   by language: for whom the host answers
    every  a pack's reminder: after so long a viewer is told again
    """

    def __init__(self, shop: Mapping[str, str], *, asked: bool, every: timedelta | None = None) -> None:
        self._shop, self._asked, self._every = shop, asked, every
        self._told: OrderedDict[tuple[str, str], datetime] = OrderedDict()

    def before(self, channel: str, viewer: str, language: str, now: datetime) -> str:
        """What stands before a reply to this viewer; empty when they know. `viewer`: id, else name. Call
        `told` once the reply is posted.
        """
        if not self._asked:
            return ""
        at = self._told.get((channel, viewer))
        if at is not None and (self._every is None or now - at < self._every):
            return ""
        shop = self._shop.get(language) or next(iter(self._shop.values()), "")
        return WORDS.get(language, WORDS["en"]).format(shop=shop)

    def told(self, channel: str, viewer: str, now: datetime) -> None:
        """The reply with the words before it is in the chat."""
        self._told.pop((channel, viewer), None)
        self._told[channel, viewer] = now
        while len(self._told) > MOST:
            self._told.popitem(last=False)


def disclosure_of(notices: Mapping[str, object], mode: Mode, shop: Mapping[str, str]) -> Disclosure:
    """As the merged packs and the mode of a show ask."""
    every = notices.get("reminder_every_s")
    return Disclosure(
        shop,
        asked=bool(notices.get("first_reply_per_user")) or mode in SPEAKING,
        every=timedelta(seconds=every) if isinstance(every, int | float) and every > 0 else None,
    )
