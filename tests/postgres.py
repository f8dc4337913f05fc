"""A PostgreSQL of its own for tests: in a temporary folder, without fsync, run by an unprivileged user."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
from servers import free_port, wait_for

from bot.store import migrate, open_engine

_PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
BIN = next((p for p in _PLACES if (p / "initdb").exists()), None)


class Postgres:
    """A server with the database "castmate". It listens on a unix socket, and on 127.0.0.1 at `port` for the
    tests that put a proxy before it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, 0
        self._process: subprocess.Popen[bytes] | None = None
        self._as: dict[str, object] = {}
        if os.getuid() == 0:  # initdb refuses root; the Debian package makes this user
            user = pwd.getpwnam("postgres")
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(folder, user.pw_uid, user.pw_gid)

    def make(self) -> None:
        assert BIN is not None
        self._run(
            BIN / "initdb", "-N", "-D", self.folder / "data", "-U", "postgres", "-E", "UTF8",
            "--locale=C.UTF-8", "-A", "trust",
        )  # fmt: skip
        for _ in range(3):  # somebody else may have taken the port meanwhile
            self.port = free_port()
            with contextlib.suppress(AssertionError):
                self.start()
                break
        with self.connect("postgres") as connection:
            connection.execute("create database castmate")

    def _run(self, *command: object) -> None:
        done = subprocess.run(
            [str(c) for c in command], cwd=self.folder, env=self._env, capture_output=True, **self._as
        )
        assert done.returncode == 0, done.stderr.decode()

    @property
    def _env(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}

    def start(self) -> None:
        assert BIN is not None
        options = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder}
        options |= {"fsync": "off", "shared_buffers": "16MB", "max_connections": "40"}
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(BIN / "postgres"), "-D", str(self.folder / "data")]
                + [word for name, value in options.items() for word in ("-c", f"{name}={value}")],
                cwd=self.folder, env=self._env, stdout=log, stderr=log, **self._as,
            )  # fmt: skip
        wait_for(self._answers, 30)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "log").read_text()
        with contextlib.suppress(psycopg.OperationalError), self.connect("postgres"):
            return True
        return False

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: connections are ended and it shuts down in order; SIGQUIT: as after a crash."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(30)

    def connect(self, database: str = "castmate", user: str = "postgres") -> psycopg.Connection[tuple]:
        return psycopg.connect(
            host=str(self.folder), port=self.port, user=user, dbname=database, autocommit=True
        )

    def url(self, user: str = "postgres", port: int | None = None) -> str:
        """As in CASTMATE_DATABASE: by the unix socket, or by a TCP port on this machine."""
        if port is not None:
            return f"postgresql+psycopg://{user}@127.0.0.1:{port}/castmate"
        return f"postgresql+psycopg://{user}@/castmate?host={self.folder}&port={self.port}"


@contextlib.contextmanager
def postgres() -> Iterator[Postgres]:
    # Under root it runs as another user, who may not enter root's own temporary folders.
    folder = Path(tempfile.mkdtemp(prefix="castmate-pg-", dir="/tmp" if os.getuid() == 0 else None))
    made = Postgres(folder)
    try:
        made.make()
        yield made
    finally:
        made.stop(signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def migrated() -> Iterator[Postgres]:
    """One with Castmate's tables."""
    with postgres() as made:
        engine = open_engine(made.url())
        migrate(engine)
        engine.dispose()
        yield made
