import sys
from pathlib import Path

import pytest

from persona.clone.reel import VectorReel, build_reel, open_reel
from persona.clone.vector import VectorClone

sys.path.insert(0, str(Path(__file__).parent))

SECONDS = 4.0  # of the test reels: half the shipped length, at half its size, keeps the suite quick


@pytest.fixture(scope="session")
def reels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, VectorReel]:
    folder = tmp_path_factory.mktemp("reels")
    return {
        look: open_reel(build_reel(look, 360, 640, 25, folder, lambda done: None, SECONDS))
        for look in ("mei", "tom")
    }


@pytest.fixture(scope="session")
def clones(reels: dict[str, VectorReel]) -> dict[str, VectorClone]:
    return {look: VectorClone(reel) for look, reel in reels.items()}


@pytest.fixture(params=("mei", "tom"))
def look(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def reel(reels: dict[str, VectorReel], look: str) -> VectorReel:
    return reels[look]


@pytest.fixture
def clone(clones: dict[str, VectorClone], look: str) -> VectorClone:
    return clones[look]
