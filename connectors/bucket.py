"""How much may be sent: a token bucket. Pure; the time is an argument (seconds, monotonic)."""


class Bucket:
    """At most `burst` at once, refilled evenly over `per_s` seconds. In any window of `per_s` seconds at most
    twice `burst` could pass a plain bucket; to keep to "n in any window" give it half of n, or use `Window`.
    """

    def __init__(self, burst: int, per_s: float) -> None:
        if burst < 1 or per_s <= 0:
            raise ValueError("a bucket holds at least one and refills in a positive time")
        self._burst, self._rate = float(burst), burst / per_s
        self._level, self._at = float(burst), float("-inf")

    def take(self, now: float) -> float:
        """0.0: taken. Otherwise seconds until one is there; nothing is taken."""
        if now > self._at:
            self._level = min(self._burst, self._level + (now - self._at) * self._rate)
            self._at = now
        if self._level >= 1.0:
            self._level -= 1.0
            return 0.0
        return (1.0 - self._level) / self._rate


class Window:
    """At most `most` in any `per_s` seconds, exactly: as platforms write their limits."""

    def __init__(self, most: int, per_s: float) -> None:
        if most < 1 or per_s <= 0:
            raise ValueError("a window lets at least one through in a positive time")
        self._most, self._per_s = most, per_s
        self._taken: list[float] = []

    def take(self, now: float) -> float:
        """0.0: taken. Otherwise seconds until one may be; nothing is taken."""
        self._taken = [t for t in self._taken if t > now - self._per_s]
        if len(self._taken) < self._most:
            self._taken.append(now)
            return 0.0
        return max(self._taken[0] + self._per_s - now, 1e-3)
