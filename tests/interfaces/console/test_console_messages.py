"""Both languages are whole."""

import importlib.util
from gettext import GNUTranslations
from importlib.machinery import SourceFileLoader
from io import BytesIO
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def messages():
    loader = SourceFileLoader("messages", str(ROOT / "scripts" / "messages"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("messages", loader))
    loader.exec_module(module)
    return module


@pytest.mark.parametrize("locale", ["zh_Hans"])
def test_every_message_is_translated(messages, locale):
    """`scripts/messages` collects what is new; its translation is then written into the .po."""
    assert messages.wrong(locale) == []


@pytest.mark.parametrize("locale", ["zh_Hans"])
def test_what_is_compiled_is_what_is_written(messages, locale):
    kept = read(messages.place(locale).with_suffix(".mo").read_bytes())
    assert kept == read(messages.compiled(locale))


def read(compiled: bytes) -> dict:
    """Without the header, which names the tool's version."""
    return {key: text for key, text in GNUTranslations(BytesIO(compiled))._catalog.items() if key}
