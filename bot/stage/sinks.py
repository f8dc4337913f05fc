"""Where the air's packets go: adapters of channels, recording and live page to bot.stage.air.Sink."""

from collections.abc import Callable, Sequence

from bot.stage.encoder import Encoder, Packet
from bot.stage.mux import FragmentMuxer, Piece
from bot.stage.outlet import Outlet
from bot.stage.recording import Recorder


class OutletSink:
    """A channel. Asks the encoder for a keyframe when the channel has dialled again."""

    def __init__(self, outlet: Outlet, encoder: Encoder) -> None:
        self.outlet, self._encoder = outlet, encoder

    def take(self, n: int, packets: Sequence[Packet]) -> None:
        self.outlet.put(packets)
        if self.outlet.wants_key():
            self._encoder.force_key()

    def close(self) -> None:
        """No more packets: the channel sends what waits. Its own `close(timeout)` is the worker's to call."""
        self.outlet.finish()


class RecorderSink:
    """The recording. The worker looks at `recorder.failure` and calls `recorder.close(timeout)`."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def take(self, n: int, packets: Sequence[Packet]) -> None:
        self.recorder.write(packets)

    def close(self) -> None:
        self.recorder.finish()


class FragmentSink:
    """The live page: each piece goes to `emit` on the air's thread; `emit` must not wait.

    `muxer.init` is what a viewer needs first.
    """

    def __init__(self, muxer: FragmentMuxer, emit: Callable[[Piece], None]) -> None:
        self.muxer, self._emit = muxer, emit

    def take(self, n: int, packets: Sequence[Packet]) -> None:
        for piece in self.muxer.write(packets):
            self._emit(piece)

    def close(self) -> None:
        for piece in self.muxer.close():
            self._emit(piece)
