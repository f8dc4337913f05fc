"""Makes the shared test parts (servers.py, synthetic.py) importable by their names from every folder of
tests, and lets no test be skipped in CI (skips.py).
"""

import os
import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))
os.environ.pop("COLUMNS", None)  # pytest's workers are told a width, and a console keeps its first one

from skips import pytest_make_collect_report, pytest_runtest_makereport

__all__ = ["pytest_make_collect_report", "pytest_runtest_makereport"]

settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")
