"""What is written about the house is true of it."""

import importlib.util
from importlib.machinery import SourceFileLoader
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from siyu.events import BY_NAME

ROOT = Path(__file__).parents[2]


def script(name: str):
    loader = SourceFileLoader(name, str(ROOT / "scripts" / name))
    spec = importlib.util.spec_from_loader(name, loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_the_settings_page_is_what_the_settings_say():
    assert (ROOT / "docs" / "settings.md").read_text() == script("settings_page").page()


@pytest.mark.django_db
def test_migrations_are_complete():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0, stdout=StringIO())


def test_events_are_past_tense_dotted_and_explained():
    for name, event in BY_NAME.items():
        noun, _, verb = name.partition(".")
        assert noun.islower() and verb.islower(), name
        assert event.__name__.lower() == name.replace(".", "").replace("_", ""), f"{event.__name__} announces {name}"


def test_no_registry_is_named():
    locks = [path.read_text() for path in ROOT.glob("requirements*.lock")]
    assert locks and not any("://" in lock for lock in locks)
