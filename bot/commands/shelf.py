"""The pictures of several shops below /pictures/, where cards name a picture by its file name alone."""

import filecmp
from collections.abc import Callable, Iterable
from pathlib import Path

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse

from products.catalogue import Catalogue
from products.errors import ContentError


class PictureShelf:
    """Pictures of products, by file name. Nothing else that lies in their folders is on the shelf."""

    def __init__(
        self, catalogues: Iterable[Catalogue], find: Callable[[Path], Path | None] = lambda path: None
    ) -> None:
        """`find`: where one lies that is not under its path (bot/storage/pictures.py). Raises ContentError
        when two products have different pictures of one name.
        """
        self._catalogues, self._find = tuple(catalogues), find
        self._paths: dict[str, Path] = {}
        self.refresh()

    def refresh(self) -> None:
        """Looks again: a catalogue was read anew. Blocks. Raises as above, and then changes nothing."""
        paths: dict[str, Path] = {}
        for catalogue in self._catalogues:
            for product in catalogue.products():
                if product.picture is None:
                    continue
                path = product.picture if product.picture.is_file() else self._find(product.picture)
                if path is not None:
                    _must_be_same(paths.setdefault(product.picture.name, path), path)
        self._paths = paths

    def wanted(self) -> tuple[Path, ...]:
        """The paths of all pictures by the catalogues, here or not. Blocks."""
        found = (p.picture for c in self._catalogues for p in c.products())
        return tuple(path for path in found if path is not None)

    def find(self, name: str) -> Path | None:
        return self._paths.get(name)


def _must_be_same(one: Path, other: Path) -> None:
    if one != other and not filecmp.cmp(one, other, shallow=False):
        raise ContentError(
            f"{one} and {other} are different pictures of the same name.", remedy="Rename one of them."
        )


def add_pictures(app: FastAPI, shelf: PictureShelf) -> None:
    """GET /pictures/NAME: a picture of the shelf, or 404."""

    @app.get("/pictures/{name}")
    def picture(name: str) -> FileResponse:
        path = shelf.find(name)
        if path is None or not path.is_file():
            raise HTTPException(404)
        return FileResponse(path, headers={"Cache-Control": "no-cache"})
