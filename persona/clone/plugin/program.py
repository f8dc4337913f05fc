"""An engine of another package, at work in its own process: paints what the studio asks for.

stdin: the first line says what it is (products/confined/launch.py), then clauses; when it closes, the process
ends. stdout: persona/clone/plugin/pipe.py. The engine's code is imported in the closed cell.
"""

import os
import time
from pathlib import Path
from typing import Any

import products
from persona.clone.base import Clone
from persona.clone.plugin.pipe import Broken, Channel, patch_parts, speech_of
from products.confined.inside import begin, close_the_door, plugin_object

_PATIENCE = 1e9  # it waits for its studio as long as that lives


def main() -> None:
    """Until stdin closes."""
    told, to = begin()
    channel = Channel(0, to, time.monotonic, _PATIENCE)
    try:
        close_the_door(told, Path(products.__file__).resolve().parents[1])
        found: Any = plugin_object(told)
        opens = getattr(found, "opens", found)
        weights = None if told["weights"] is None else Path(told["weights"])
        clone: Clone = opens(Path(told["reel"]), weights, int(told["threads"]))
    except BaseException as error:  # noqa: BLE001  foreign code: whatever it raises is told
        channel.send({"broken": f"{type(error).__name__}: {error}"[:500]})
        os._exit(1)
    channel.send({"ready": True})
    try:
        while "render" in (head := channel.head()):
            asked = head["render"]
            speech = speech_of(asked, channel.data(4 * asked["samples"]))
            for patch in clone.render(speech, asked["first"]):
                channel.send(*_flat(patch_parts(patch)))
            channel.send({"done": True})
    except Broken:
        pass  # the studio is gone
    finally:
        os._exit(0)


def _flat(parts: tuple[dict[str, Any], list[bytes]]) -> tuple[Any, ...]:
    return (parts[0], *parts[1])
