"""Which (platform, id) were seen lately: every platform repeats itself after a reconnect."""


class Recent:
    """The last `limit` ids, the oldest forgotten first. An id that comes again counts as new use of it."""

    def __init__(self, limit: int = 20_000) -> None:
        self._limit = limit
        self._ids: dict[tuple[str, str], None] = {}

    def first(self, platform: str, id_: str) -> bool:
        """Whether it was not there; it is from now on."""
        key = (platform, id_)
        known = key in self._ids
        if known:
            del self._ids[key]
        self._ids[key] = None
        if len(self._ids) > self._limit:
            del self._ids[next(iter(self._ids))]
        return not known

    def knows(self, platform: str, id_: str) -> bool:
        """Whether it is there; it counts as no use."""
        return (platform, id_) in self._ids

    def __len__(self) -> int:
        return len(self._ids)
