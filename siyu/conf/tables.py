"""The tables of a database: laid at once where there are none yet, brought up to date by migrations where they stand.

Django walks through its migrations one by one and draws all models anew for each of them, which would take a new house
longer than all else that it does. What migrations say to rows says nothing where there are none.
"""

from django.apps import apps
from django.core.management import call_command
from django.db import connections, router
from django.db.migrations.executor import MigrationExecutor

from siyu.core.eventlog.routing import apps_of


def lay(alias: str) -> None:
    """Safe to repeat, and after a process that died at it."""
    if not connections[alias].introspection.table_names():
        lay_all(alias)
    call_command("migrate", *apps_of(alias), database=alias, verbosity=0, interactive=False)


def lay_all(alias: str) -> None:
    """Every table as its model is today, and every migration as applied, in one transaction."""
    connection = connections[alias]
    executor = MigrationExecutor(connection)
    mine = apps_of(alias) or executor.loader.migrated_apps
    leaves = [leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] in mine]
    with connection.schema_editor(atomic=True) as editor:
        for model in apps.get_models():
            ours = model._meta.app_label in mine and router.allow_migrate_model(alias, model)
            if ours and model._meta.can_migrate(connection):
                editor.create_model(model)
        executor.recorder.ensure_schema()
        for migration, _ in executor.migration_plan(leaves):
            executor.recorder.record_applied(migration.app_label, migration.name)
