"""A console in a process of its own, for the test of its load: `python tests/load_console.py PORT`."""

import asyncio
import sys

from bot.console.server import serve
from bot.console.settings import ConsoleSettings

LINK, KEY = "load-link", "load-key"


def main() -> None:
    settings = ConsoleSettings(LINK, KEY, max_viewers=5000, key_uses=100_000)
    asyncio.run(serve(settings, port=int(sys.argv[1])))


if __name__ == "__main__":
    main()
