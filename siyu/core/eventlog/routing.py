"""Landing batches live in a database of their own on SQLite, so that a small write never waits behind a worker's."""

from typing import Any

from django.conf import settings
from django.db import connections


class LandingRouter:
    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return settings.LANDING if getattr(model, "lands", False) else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool | None:
        if settings.LANDING == "default":
            return None
        lands = app_label == "eventlog" and model_name in ("batch", "failedmessage")
        return lands == (db == "landing")


def unapplied(alias: str) -> list[Any]:
    """Migrations that a database lacks."""
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connections[alias])
    apps = apps_of(alias)
    leaves = executor.loader.graph.leaf_nodes()
    return executor.migration_plan([leaf for leaf in leaves if not apps or leaf[0] in apps])


def apps_of(alias: str) -> list[str]:
    """Whose tables stand in it; none: everybody's. The landing has a few of our own, and all else would be walked
    through for nothing."""
    return ["eventlog"] if alias == "landing" else []
