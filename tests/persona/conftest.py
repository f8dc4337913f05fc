"""Fixtures of the words: the small shop of tests/persona/shop.py and its host."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("words_shop", Path(__file__).with_name("shop.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def goods() -> ModuleType:
    """The module: goods.shop(), goods.host(), goods.sayable, goods.NOW, goods.product(), goods.variant()."""
    return _load()
