"""The audit asks once for all locked packages, names those with faults, and says when it could not ask."""

import importlib.util
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCK = "".join(f"{name}==1.{n} \\\n    --hash=sha256:{'a' * 64}\n" for n, name in enumerate(("one", "Two_x")))


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / "scripts" / "audit.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = before
    return module


@pytest.fixture
def osv() -> Iterator[SimpleNamespace]:
    """A service that answers `results`, and keeps what it was asked."""
    seen = SimpleNamespace(results=[{}, {}], asked=[], url="")

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            body = json.dumps({"results": seen.results}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answers)
    seen.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield seen
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def lock(tmp_path: Path) -> str:
    (tmp_path / "lock.txt").write_text(LOCK)
    return str(tmp_path / "lock.txt")


def test_a_known_fault_fails_and_is_named(audit, osv, lock: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main([lock], osv.url) == 0
    assert "0 of 2" in capsys.readouterr().out
    osv.results = [{}, {"vulns": [{"id": "PYSEC-2"}, {"id": "GHSA-1"}]}]
    assert audit.main([lock], osv.url) == 1
    said = capsys.readouterr().out
    assert "two-x 1.1: GHSA-1, PYSEC-2" in said and "1 of 2" in said
    asked = [(q["package"]["name"], q["version"], q["package"]["ecosystem"]) for q in osv.asked[0]["queries"]]
    assert asked == [("one", "1.0", "PyPI"), ("two-x", "1.1", "PyPI")] and len(osv.asked) == 2


def test_who_cannot_ask_says_so(audit, osv, lock: str, capsys: pytest.CaptureFixture[str]) -> None:
    osv.results = [{}]  # an answer for one of two
    nobody = "http://127.0.0.1:1/"
    for url in (osv.url, nobody):
        assert audit.main([lock], url) == 0
        assert "NOT ASKED" in capsys.readouterr().out
        assert audit.main(["--must", lock], url) == 2


def test_it_asks_of_what_is_installed_here(audit, osv, capsys: pytest.CaptureFixture[str]) -> None:
    osv.results = []
    audit.main([], osv.url)
    names = {q["package"]["name"] for q in osv.asked[0]["queries"]}
    assert {"fastapi", "sqlalchemy", "cryptography"} <= names


def test_ci_audits() -> None:
    (rule,) = (
        line
        for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
        if "check.py lint" in line and "unit" in line
    )
    assert " audit" in rule
