"""How a plug-in's process is begun: the command, the environment, the first line that it reads. Pure."""

import os
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import products
from products.confined.found import Plugin

ROOT = Path(products.__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Launch:
    """`program`: the module of ours whose `main` runs in the cell; `ours`: folders of Castmate that it reads;
    `home`: the plug-in's own folder, None for none; `proxy`: its way out, None for no network; `reads`:
    what else it was granted, e.g. weights.
    """

    plugin: Plugin
    program: str
    ours: tuple[str, ...]
    home: Path | None = None
    proxy: str | None = None
    port: int | None = None
    reads: tuple[Path, ...] = ()

    def command(self) -> list[str]:
        """Isolated: no variable, no user's folder and no file of site-packages that Python runs by itself."""
        paths = f"sys.path[:0] = [{str(ROOT)!r}]; sys.path += {_libraries()!r}"
        start = f"import sys; {paths}; import {self.program} as p; p.main()"
        return [sys.executable, "-I", "-S", "-B", "-c", start]

    def environment(self) -> dict[str, str]:
        """All of it: nothing of ours goes along."""
        home = "/nonexistent" if self.home is None else str(self.home)
        told = {"LANG": "C.UTF-8", "TZ": "UTC", "HOME": home, "TMPDIR": home, "MALLOC_ARENA_MAX": "2"}
        if self.proxy is not None:
            told |= {"HTTPS_PROXY": self.proxy, "https_proxy": self.proxy}
            told |= {"HTTP_PROXY": self.proxy, "http_proxy": self.proxy}
        return told

    def first_line(self, **more: Any) -> Mapping[str, Any]:
        """What products/confined/inside.py reads. `more`: for the program."""
        plugin = self.plugin
        libraries = _libraries()
        reads = [Path(sys.base_prefix) / "lib", *map(Path, libraries), *(ROOT / name for name in self.ours)]
        return {
            "name": plugin.name,
            "place": plugin.place,
            "folder": str(plugin.folder),
            "libraries": libraries,
            "reads": [str(path) for path in (*reads, plugin.folder, *self.reads)],
            "home": None if self.home is None else str(self.home),
            "port": self.port,
            "memory": plugin.declared.memory_mb << 20,
            **more,
        }


def _libraries() -> list[str]:
    """Where installed packages lie, and the standard library's own; never our working folder."""
    found = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    real = (os.path.realpath(path) for path in found if path)
    return list(dict.fromkeys(path for path in real if Path(path).is_dir()))
