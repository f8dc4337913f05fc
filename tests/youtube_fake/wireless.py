"""Our own gRPC client on the fake's own gRPC server without the network between them, for virtual time.

Real sockets do not go with virtual time: while grpc's threads carry a message the loop finds nothing ready,
and days go by. Here the bytes of requests and messages pass from one to the other as the network would pass
them, and a call ends with the statuses that grpc gives.
"""

import asyncio

import grpc

from connectors.youtube.streaming import GrpcChat
from youtube_fake.grpc_chat import METHOD, Streams

PING_S, UNANSWERED_S = 330.0, 10.0  # of connectors.youtube.streaming._OPTIONS, as grpc keeps to them
END = None


class Air:
    """Between client and server. `down`: no line can be made; `freeze()`: those that stand carry nothing any
    more, in either direction, and nobody is told.
    """

    def __init__(self, world) -> None:
        self.streams, self.down, self.opened = Streams(world), False, 0
        self._calls: set[_Call] = set()

    def client(self, where) -> GrpcChat:
        air = self

        class Client(GrpcChat):
            def _channel(self):
                return _Channel(air)

        return Client(where)

    def freeze(self) -> None:
        for call in self._calls:
            call.freeze()

    def cut(self) -> None:
        for call in list(self._calls):
            call.end(grpc.StatusCode.UNAVAILABLE, "Socket closed")

    @property
    def standing(self) -> int:
        return len(self._calls)


class _Channel:
    """What GrpcChat asks of grpc.aio.Channel."""

    def __init__(self, air: Air) -> None:
        self._air, self._calls = air, []

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_) -> None:
        for call in self._calls:
            call.cancel()

    async def channel_ready(self) -> None:
        while self._air.down:  # grpc tries again and again; who waits gives up
            await asyncio.sleep(1)
        self._air.opened += 1

    def unary_stream(self, method, *, request_serializer, response_deserializer):
        assert method == METHOD

        def call(request, *, metadata):
            made = _Call(self._air, request_serializer(request), metadata, response_deserializer)
            self._calls.append(made)
            return made

        return call


class _Call:
    """One call, from both ends."""

    def __init__(self, air: Air, request: bytes, metadata, read) -> None:
        self._air, self._metadata, self._read = air, metadata, read
        self._carried: asyncio.Queue = asyncio.Queue()
        self._frozen = self._ended = False
        self._serving = asyncio.ensure_future(self._serve(request))
        self._breaking: asyncio.TimerHandle | None = None
        air._calls.add(self)

    # ---- the server's end

    def invocation_metadata(self):
        return self._metadata

    async def abort(self, code, details=""):
        raise _Aborted(code, details)

    async def _serve(self, request: bytes) -> None:
        try:
            async for message in self._air.streams.stream(request, self):
                if not self._frozen:
                    self._carried.put_nowait(bytes(message))
        except _Aborted as aborted:
            self._tell(aborted.code, aborted.details)
        else:
            self._tell(grpc.StatusCode.OK, "")

    def _tell(self, code, details) -> None:
        if not self._frozen:
            self._carried.put_nowait((code, details))

    # ---- the line

    def freeze(self) -> None:
        self._frozen = True
        loop = asyncio.get_running_loop()
        self._breaking = loop.call_later(
            PING_S + UNANSWERED_S, self.end, grpc.StatusCode.UNAVAILABLE, "ping timeout"
        )

    def end(self, code, details: str) -> None:
        self._carried.put_nowait((code, details))
        self._stop()

    def _stop(self) -> None:
        self._air._calls.discard(self)
        self._serving.cancel()
        if self._breaking is not None:
            self._breaking.cancel()

    # ---- the client's end

    async def __aiter__(self):
        while True:
            came = await self._carried.get()
            if isinstance(came, bytes):
                yield self._read(came)
                continue
            self._stop()
            code, details = came
            if code is grpc.StatusCode.OK:
                return
            nothing = grpc.aio.Metadata()
            raise grpc.aio.AioRpcError(code, nothing, nothing, details)

    def cancel(self) -> None:
        self._stop()


class _Aborted(Exception):
    def __init__(self, code, details) -> None:
        self.code, self.details = code, details
