"""Landing batches live in a database of their own on SQLite, so that a small write never waits behind a worker's."""

from typing import Any

from django.conf import settings


class LandingRouter:
    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return settings.LANDING if getattr(model, "lands", False) else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool | None:
        if settings.LANDING == "default":
            return None
        lands = app_label == "eventlog" and model_name in ("batch", "failedmessage")
        return lands == (db == "landing")
