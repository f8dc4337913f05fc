"""An ASGI application on a real port of this machine, for clients that want a socket."""

import asyncio
import socket
import threading
from contextlib import asynccontextmanager, contextmanager

import uvicorn


@asynccontextmanager
async def served(app):
    """Gives the address, http://127.0.0.1:PORT, once it answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
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
def served_beside(app):
    """The same in a thread of its own, for tests that do not run in a loop. Gives the address and a function
    that runs a coroutine there.
    """
    loop, begun, end, base = asyncio.new_event_loop(), threading.Event(), asyncio.Event(), []

    async def serve():
        async with served(app) as address:
            base.append(address)
            begun.set()
            await end.wait()

    def run():
        try:
            loop.run_until_complete(serve())
        finally:
            begun.set()

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(30)
    try:
        yield base[0], lambda coroutine: asyncio.run_coroutine_threadsafe(coroutine, loop).result(30)
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(60)
        loop.close()
