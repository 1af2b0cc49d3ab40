import django.db.models.deletion
from django.db import migrations, models

from siyu.core.ledger.guards import unguard


def free(apps, editor):
    """SQLite renames no table of which a trigger speaks; the guards stand again after the migration."""
    unguard(editor.connection.alias)


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0002_rates'),
    ]

    operations = [
        migrations.RunPython(free, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='entry',
            name='account',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account'),
        ),
        migrations.AlterField(
            model_name='entry',
            name='transfer',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='ledger.transfer'),
        ),
        migrations.AlterField(
            model_name='transfer',
            name='key',
            field=models.CharField(max_length=150),
        ),
        migrations.AlterField(
            model_name='transfer',
            name='source',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account'),
        ),
        migrations.AlterField(
            model_name='transfer',
            name='target',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.UniqueConstraint(fields=('key',), name='a_key_counts_once'),
        ),
        migrations.RunPython(migrations.RunPython.noop, free),
    ]
