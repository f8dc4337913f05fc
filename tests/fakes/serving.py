"""Servers of the tests on real ports of this machine, for clients that want a socket."""

import asyncio
import socket
import threading
from contextlib import ExitStack, asynccontextmanager, contextmanager

import uvicorn


@asynccontextmanager
async def served(app, port=0):
    """An ASGI application. Gives the address, http://127.0.0.1:PORT, once it answers. `port`: 0 for any."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(64)
        config = uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        server.install_signal_handlers = lambda: None
        serving = asyncio.ensure_future(server.serve(sockets=[listening]))
        try:
            async with asyncio.timeout(30):
                while not server.started:
                    await asyncio.sleep(0.01)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await asyncio.wait_for(serving, 30)


@contextmanager
def beside(entering):
    """An async context manager held open in a thread with a loop of its own, for tests that run in none.
    Gives what it gives, and a function that runs a coroutine there.
    """
    loop, begun, end, given = asyncio.new_event_loop(), threading.Event(), asyncio.Event(), []

    async def hold():
        async with entering as value:
            given.append(value)
            begun.set()
            await end.wait()

    def run():
        try:
            loop.run_until_complete(hold())
        finally:
            begun.set()

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(30) and given
    try:
        yield given[0], lambda coroutine: asyncio.run_coroutine_threadsafe(coroutine, loop).result(30)
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(60)
        loop.close()


def served_beside(app, port=0):
    """`served` in a thread of its own."""
    return beside(served(app, port))


class Comes:
    """An ASGI application on one port that goes away and comes back there, as a platform does that fails."""

    def __init__(self, app):
        self._app, self._port, self._stack = app, 0, ExitStack()
        self.base = ""

    def come(self):
        self.base, self.there = self._stack.enter_context(served_beside(self._app, self._port))
        self._port = int(self.base.rpartition(":")[2])

    def go(self):
        self._stack.close()

    def __enter__(self):
        self.come()
        return self

    def __exit__(self, *_):
        self.go()
