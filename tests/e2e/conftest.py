"""Makes shows.py and seeing.py importable by their names; their session's fixtures serve all tests here."""

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import small_model
from s3_server import s3_missing
from shows import home, rehearsal_en, rehearsal_zh, rehearsed

__all__ = ["home", "rehearsal_en", "rehearsal_zh", "rehearsed"]


def _mounts() -> bool:
    """Whether a small disk can be made here: root may, where the system lets it mount."""
    if os.getuid() != 0:
        return False
    with tempfile.TemporaryDirectory() as place:
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True)
        if made.returncode == 0:
            subprocess.run(["umount", "-l", place], check=True)
        return made.returncode == 0


def _own_network() -> bool:
    """Whether Ray can have a network of its own here (tests/ray_stand.py)."""
    if find_spec("ray") is None or shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode == 0


collect_ignore = [] if _mounts() else ["test_recording_live.py"]
if not (Path(__file__).parents[1] / "node" / "node_modules" / "axe-core").is_dir():
    collect_ignore += ["test_accessibility.py", "test_scripts_browser.py", "test_records_browser.py"]
    collect_ignore += ["test_fleet_page.py"]
    print("not run, since npm did not bring axe-core:", *collect_ignore[-4:], file=sys.stderr)
if not any(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
    collect_ignore += ["test_fleet_ray.py", "test_fleet.py", "test_fleet_commands.py", "test_fleet_page.py"]
    collect_ignore += ["test_fleet_backup.py", "test_fleet_placement.py"]
    print("not run, since PostgreSQL is not here:", *collect_ignore[-6:], file=sys.stderr)
if s3_missing():
    collect_ignore += ["test_storage_s3.py", "test_storage_show.py"]
    print(f"not run, since {s3_missing()}:", *collect_ignore[-2:], file=sys.stderr)
if "test_fleet_ray.py" not in collect_ignore and not _own_network():
    collect_ignore += ["test_fleet_ray.py"]
    print("not run, since Ray cannot have a network of its own here: test_fleet_ray.py", file=sys.stderr)
if "CASTMATE_PROOF_MINUTES" not in os.environ:  # whole shows on further platforms: `make prove`
    collect_ignore += ["test_air_facebook.py", "test_air_everywhere.py", "test_air_console.py"]
    collect_ignore += ["test_cohost_films.py", "test_cohost_returns.py", "test_cohost_challenges.py"]
    collect_ignore += ["test_load.py", "test_traces.py", "test_one_path.py"]
if not (os.environ.get("CASTMATE_TEST_LLM_URL") or small_model.installed()):
    collect_ignore += ["test_smollm.py"]
    print("not run, since SmolLM2 is not installed (tests/small_model.py): test_smollm.py", file=sys.stderr)
if "test_recording_live.py" in collect_ignore:
    print("not run, since no small disk can be made here: tests/e2e/test_recording_live.py", file=sys.stderr)
