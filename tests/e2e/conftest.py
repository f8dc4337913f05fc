"""Makes shows.py and seeing.py importable by their names; their session's fixtures serve all tests here."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from shows import home, rehearsal_en, rehearsal_zh, rehearsed

__all__ = ["home", "rehearsal_en", "rehearsal_zh", "rehearsed"]
