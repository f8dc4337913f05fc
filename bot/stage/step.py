"""How picture and sound keep together in what is encoded, told by the packets themselves."""

from collections.abc import Sequence

from bot.stage.encoder import Packet


class Step:
    """A sink that only looks. `offset_ms`: where the newest picture ends less where the newest sound ends.

    Sound comes in frames of 1024 samples, so the offset swings by 21 ms around a level that must not move;
    `swing_ms` is the lowest and the highest offset since the start, after `settle` ticks.
    """

    def __init__(self, settle: int = 25) -> None:
        self._settle = settle
        self._picture = self._sound = 0.0  # s
        self._swing: tuple[float, float] | None = None

    def take(self, n: int, packets: Sequence[Packet]) -> None:
        for packet in packets:
            end = float((packet.pts + packet.duration) * packet.time_base)
            if packet.kind == "video":
                self._picture = end
            else:
                self._sound = end
        if n >= self._settle:
            low, high = self._swing or (self.offset_ms, self.offset_ms)
            self._swing = min(low, self.offset_ms), max(high, self.offset_ms)

    def close(self) -> None:
        """It holds nothing."""

    @property
    def offset_ms(self) -> float:
        return 1000 * (self._picture - self._sound)

    @property
    def swing_ms(self) -> tuple[float, float]:
        return self._swing or (0.0, 0.0)
