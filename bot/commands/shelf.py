"""The pictures of several shops below /pictures/, where cards name a picture by its file name alone."""

import filecmp
from collections.abc import Iterable
from pathlib import Path

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse

from products.catalogue import Catalogue
from products.errors import ContentError


class PictureShelf:
    """Pictures of products, by file name. Nothing else that lies in their folders is on the shelf."""

    def __init__(self, catalogues: Iterable[Catalogue]) -> None:
        """Raises ContentError when two products have different pictures of one name."""
        self._catalogues = tuple(catalogues)
        self._paths: dict[str, Path] = {}
        self.refresh()

    def refresh(self) -> None:
        """Looks again: a catalogue was read anew. Blocks. Raises as above, and then changes nothing."""
        paths: dict[str, Path] = {}
        for catalogue in self._catalogues:
            for product in catalogue.products():
                if product.picture is not None and product.picture.is_file():
                    other = paths.setdefault(product.picture.name, product.picture)
                    _must_be_same(other, product.picture)
        self._paths = paths

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
