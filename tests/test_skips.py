"""In CI a skipped test fails, unless its reason is one that CI cannot mend."""

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent
SUITE = """
import pytest

def test_runs(): assert True
def test_lacks_a_program(): pytest.skip("nginx is missing")
@pytest.mark.skipif(True, reason="chromium is missing")
def test_lacks_a_browser(): pass
def test_lacks_data(): pytest.skip("../shared is absent")
@pytest.mark.skipif(True, reason="needs a GPU")
def test_lacks_a_gpu(): pass
"""


def run(folder: Path, suite: str, **environment: str) -> str:
    (folder / "conftest.py").write_text((TESTS / "conftest.py").read_text())
    (folder / "skips.py").write_text((TESTS / "skips.py").read_text())
    (folder / "test_it.py").write_text(suite)
    clean = {k: v for k, v in os.environ.items() if k != "CI"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder)]
    done = subprocess.run(
        [*command, str(folder)], env={**clean, **environment}, cwd=folder, capture_output=True, text=True
    )
    return done.stdout


def test_at_a_desk_skips_are_skips(tmp_path: Path) -> None:
    assert "1 passed, 4 skipped" in run(tmp_path, SUITE)


def test_in_ci_they_fail_but_for_shared_data_and_gpu(tmp_path: Path) -> None:
    said = run(tmp_path, SUITE, CI="true")
    assert "1 failed, 1 passed, 2 skipped, 1 error" in said
    assert "in CI counts as failed: Skipped: nginx is missing" in said


def test_in_ci_a_whole_module_cannot_be_skipped(tmp_path: Path) -> None:
    said = run(tmp_path, "import pytest\npytest.importorskip('no_such_module')\n", CI="true")
    assert "1 error" in said
