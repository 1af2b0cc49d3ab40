"""A new house has its tables at once. They are those that a walk through all migrations leaves."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests import home

WALK = """
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
from siyu.core.eventlog.routing import apps_of
for alias in settings.DATABASES:
    call_command("migrate", *apps_of(alias), database=alias, verbosity=0, interactive=False)
"""
DYING = """
import os
from django.db.migrations.recorder import MigrationRecorder
MigrationRecorder.record_applied = lambda *it: os._exit(9)
from siyu.cli import main
main(["init"])
"""
pytestmark = pytest.mark.django_db  # a database of its own, and on both of them


def test_tables_laid_at_once_are_those_of_the_migrations(tmp_path):
    """Also where a process died at it: half a house would be taken for an old one."""
    laid, walked = (settled(tmp_path / name) for name in ("laid", "walked"))
    assert begun(laid, "-c", DYING) == 9
    assert begun(laid, "-m", "siyu", "init") == begun(walked, "-c", WALK) == 0

    assert len(shape(laid)) > 1_000
    assert shape(laid) == shape(walked)


def settled(folder: Path) -> Path:
    folder.mkdir()
    if home._server:
        home._server.psql(f"CREATE DATABASE {folder.name}")
    return folder


def begun(folder: Path, *command: str) -> int:
    environment = os.environ | {
        "SIYU_HOME": str(folder), "SIYU_DATABASE_URL": url_of(folder), "DJANGO_SETTINGS_MODULE": "siyu.conf.settings",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, *command], env=environment, check=False, stdout=subprocess.DEVNULL
    ).returncode


def url_of(folder: Path) -> str:
    return f"{os.environ['SIYU_DATABASE_URL'].rpartition('/')[0]}/{folder.name}" if home._server else ""


def shape(folder: Path) -> list[str]:
    """Every column, constraint, index and trigger; in which order they stand matters to nobody."""
    if home._server:
        return on_postgresql(url_of(folder))
    return [line for name in ("state", "landing") for line in on_sqlite(folder / f"{name}.sqlite3")]


def on_sqlite(file: Path) -> list[str]:
    with sqlite3.connect(file) as db:
        said = db.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        applied = db.execute("SELECT app, name FROM django_migrations").fetchall()
    parts = [f"{kind} {name}: {part}" for kind, name, sql in said for part in parted(sql)]
    return sorted(parts + [f"migration {app} {name}" for app, name in applied])


def parted(sql: str) -> list[str]:
    """Split where no bracket but the table's own is open."""
    depth, parts = 0, [""]
    for sign in re.findall(r"'[^']*'|\"[^\"]*\"|.", sql, re.S):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        parts[-1] += sign
        if depth == 1 and sign in ",(":
            parts.append("")
    return [part.strip().rstrip(",)").strip() for part in parts]


def on_postgresql(url: str) -> list[str]:
    with psycopg.connect(url) as db:
        return sorted(" ".join(map(str, row)) for row in db.execute(SHAPE).fetchall())


# Django says of its own tables between two models that they are numbered in one width, and walks to another.
SHAPE = """
    SELECT 'column', table_name, column_name,
        CASE WHEN table_name LIKE 'auth_%' THEN replace(data_type, 'bigint', 'integer') ELSE data_type END,
        character_maximum_length::text, is_nullable, column_default,
        is_identity, collation_name
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '', '', '', ''
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'index', tablename, indexname, indexdef, '', '', '', '', '' FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), '', '', '', '', ''
    FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT 'migration', app, name, '', '', '', '', '', '' FROM django_migrations"""
