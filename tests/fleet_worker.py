"""Stands for `castmate air` in the fleet's tests: sends to a receiver under its lease, keeps a ledger, goes
on where it is told to. Standard library alone, so that twenty of them start at once.

    python -S fleet_worker.py air FILE --seed N [--until T] [--resume POSITION]

FILE is JSON: {"show", "receiver": path of a datagram socket}; CASTMATE_DATA: where the ledger goes.
"""

import json
import os
import signal
import socket
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bot.fleet.fence import inherited

EVERY_S = 0.02
LINES = 5  # packets to a line of the script


def main() -> None:
    fence = inherited()
    assert fence is not None
    arguments = sys.argv[2:]
    file, options = Path(arguments[0]), dict(zip(arguments[1::2], arguments[2::2], strict=True))
    plan = json.loads(file.read_text())
    line = int(options.get("--resume", "0.0-q").partition(".")[2].partition("-")[0])
    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: ended.append(number))
    folder = Path(os.environ["CASTMATE_DATA"]) / "shows" / f"{file.stem}-{os.getpid()}-{fence.epoch}"
    folder.mkdir(parents=True)
    out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    out.connect(plan["receiver"])
    with (folder / "ledger.jsonl").open("w", buffering=1) as ledger:
        number = 0

        def note(kind: str, **data: object) -> None:
            nonlocal number
            entry = {"at": datetime.now(UTC).isoformat(), "kind": kind, "data": data}
            ledger.write(json.dumps({"entry": entry, "i": number}) + "\n")
            number += 1

        note("ledger", show=plan["show"])
        sent = 0
        while not ended:
            if not fence.holds():
                sys.exit(9)
            out.send(f"{plan['show']} {fence.epoch} {os.getpid()} {sent} {line}".encode())
            sent += 1
            if sent % LINES == 0:
                note("line.aired", line=f"0.{line}-q.1.0")
                line += 1
            time.sleep(EVERY_S)
        note("show.ended")


main()
