"""Makes the shared test parts (servers.py, synthetic.py) importable by their names from every folder of
tests.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
