"""Makes the shared test parts (servers.py, synthetic.py) importable by their names from every folder of
tests, and lets no test be skipped in CI (skips.py).
"""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.scheduler import LoadGroupScheduling

sys.path.insert(0, str(Path(__file__).parent))
os.environ.pop("COLUMNS", None)  # pytest's workers are told a width, and a console keeps its first one

from skips import pytest_make_collect_report, pytest_runtest_makereport

__all__ = ["pytest_make_collect_report", "pytest_runtest_makereport"]

settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")


class BySharedShow(LoadGroupScheduling):  # type: ignore[misc]  # it has no types
    """Where tests run side by side a file stays together, and so do all that look at the same rehearsal.

    xdist's own groups are names in a test's id, which pytest 9.2 lets nobody write (xdist issue 1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        of_a_rehearsal = Path(file).stem in ("test_heard", "test_lips", "test_rehearsal")
        return f"rehearsal {test[-3:-1]}" if of_a_rehearsal and test.endswith("]") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadGroupScheduling | None:
    return BySharedShow(config, log) if config.getvalue("dist") == "loadgroup" else None
