"""A console in a process of its own, for `python -m bench crowd`: `python -m bench.crowd_console PORT FOLDER
SESSIONS`. The cookies of its signed-in operators stand in FOLDER/cookies.txt, one a line.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.console.accounts import open_accounts
from bot.console.app import create_app
from bot.console.roles import Role
from bot.console.server import serve
from bot.console.sessions import Browser
from bot.console.settings import ConsoleSettings
from products.store import open_engine

LINK = "load-link"
BROWSERS = 20  # of one person; a person may have 30
BROWSER = Browser("127.0.0.1", "a browser")


def main() -> None:
    port, folder, sessions = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    engine = open_engine(f"sqlite:///{folder / 'console.db'}")
    accounts = open_accounts(engine, lambda: datetime.now(UTC), bytes(32))
    accounts.book.make_tables()
    people = [accounts.people.found("Owner", None)]
    while len(people) * BROWSERS < sessions:
        name = f"Operator {len(people)}"
        key = accounts.people.invite(name, Role.OPERATOR, people[0].id)
        people.append(accounts.people.accept(key, name, None))
    settings = ConsoleSettings(LINK, "key", max_viewers=5000, accounts=accounts)
    app = create_app(settings)
    name = app.state.access.cookie_name()
    tokens = (accounts.sessions.begin(people[n // BROWSERS].id, "password", BROWSER) for n in range(sessions))
    (folder / "cookies.txt").write_text("".join(f"{name}={token}\n" for token in tokens))
    asyncio.run(serve(settings, port=port, app=app))


if __name__ == "__main__":
    main()
