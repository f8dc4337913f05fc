"""Coverage-guided fuzzing of what reads Bilibili's bytes. By hand, in an environment with atheris:

    pip install atheris brotli pydantic httpx pyyaml
    python tests/connectors/bilibili/fuzz.py -max_total_time=300 -rss_limit_mb=512 -malloc_limit_mb=64

An input that makes anything but Malformed or Unreadable, or takes more memory than that, is written down.
"""

import sys
from datetime import UTC, datetime

import atheris

with atheris.instrument_imports(include=["connectors.bilibili"]):
    from connectors.bilibili.commands import Unreadable, read_command
    from connectors.bilibili.wire import MOST_BYTES, Malformed, Op, packets

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def one(data: bytes) -> None:
    total = 0
    try:
        for packet in packets(data):
            total += len(packet.body)
            if packet.op == Op.MESSAGE:
                try:
                    read_command(packet.body, NOW)
                except Unreadable:
                    continue
    except Malformed:
        pass
    assert total <= len(data) + MOST_BYTES
    try:
        read_command(data, NOW)
    except Unreadable:
        pass


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
