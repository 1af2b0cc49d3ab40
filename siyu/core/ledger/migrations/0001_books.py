import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Proof',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True)),
                ('transfers', models.BigIntegerField()),
                ('findings', models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unit', models.CharField(choices=[('points', 'points'), ('growth', 'growth'), ('money', 'money')], max_length=20)),
                ('kind', models.CharField(max_length=20)),
                ('owner', models.BigIntegerField(null=True)),
                ('name', models.CharField(blank=True, max_length=80)),
                ('share', models.PositiveSmallIntegerField(default=0)),
                ('open', models.BooleanField(default=False)),
                ('balance', models.BigIntegerField(default=0)),
                ('version', models.BigIntegerField(default=0)),
            ],
            options={
                'indexes': [models.Index(fields=['unit', 'kind'], name='ledger_acco_unit_9c1407_idx')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('owner__isnull', False)), fields=('owner', 'unit', 'kind'), name='one_account_per_owner'), models.UniqueConstraint(condition=models.Q(('owner', None)), fields=('name', 'unit', 'kind', 'share'), name='one_account_per_name'), models.CheckConstraint(condition=models.Q(('open', True), ('balance__gte', 0), _connector='OR'), name='nothing_below_zero'), models.CheckConstraint(condition=models.Q(('owner', None), ('name', ''), _connector='XOR'), name='an_account_is_somebodys'), models.CheckConstraint(condition=models.Q(('unit__in', ['points', 'growth', 'money'])), name='units_are_known')],
            },
        ),
        migrations.CreateModel(
            name='Transfer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=150, unique=True)),
                ('digest', models.CharField(max_length=32)),
                ('amount', models.BigIntegerField()),
                ('reason', models.CharField(max_length=40)),
                ('about', models.CharField(blank=True, max_length=80)),
                ('at', models.DateTimeField()),
                ('by', models.CharField(blank=True, max_length=150)),
                ('memo', models.CharField(blank=True, max_length=200)),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account')),
                ('target', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('about', ''), _negated=True), fields=['about'], name='transfers_about')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='a_transfer_moves_something'), models.CheckConstraint(condition=models.Q(('source', models.F('target')), _negated=True), name='a_transfer_goes_elsewhere')],
            },
        ),
        migrations.CreateModel(
            name='Lot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner', models.BigIntegerField()),
                ('unit', models.CharField(choices=[('points', 'points'), ('growth', 'growth'), ('money', 'money')], max_length=20)),
                ('about', models.CharField(blank=True, max_length=80)),
                ('earned_at', models.DateTimeField()),
                ('matures_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('amount', models.BigIntegerField()),
                ('pending', models.BigIntegerField(default=0)),
                ('available', models.BigIntegerField(default=0)),
                ('held', models.BigIntegerField(default=0)),
                ('spent', models.BigIntegerField(default=0)),
                ('expired', models.BigIntegerField(default=0)),
                ('reversed', models.BigIntegerField(default=0)),
                ('settled', models.BigIntegerField(default=0)),
                ('owed', models.BigIntegerField(default=0)),
                ('covered', models.BigIntegerField(default=0)),
                ('origin', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='lot', to='ledger.transfer')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('pending__gt', 0), ('available__gt', 0), ('owed__gt', 0), _connector='OR'), fields=['owner', 'unit'], name='open_lots'), models.Index(condition=models.Q(('pending__gt', 0)), fields=['matures_at'], name='lots_to_mature'), models.Index(condition=models.Q(('available__gt', 0)), fields=['expires_at'], name='lots_to_expire')],
                'constraints': [models.CheckConstraint(condition=models.Q(('pending__gte', 0)), name='lot_pending_not_below_zero'), models.CheckConstraint(condition=models.Q(('available__gte', 0)), name='lot_available_not_below_zero'), models.CheckConstraint(condition=models.Q(('held__gte', 0)), name='lot_held_not_below_zero'), models.CheckConstraint(condition=models.Q(('spent__gte', 0)), name='lot_spent_not_below_zero'), models.CheckConstraint(condition=models.Q(('expired__gte', 0)), name='lot_expired_not_below_zero'), models.CheckConstraint(condition=models.Q(('reversed__gte', 0)), name='lot_reversed_not_below_zero'), models.CheckConstraint(condition=models.Q(('settled__gte', 0)), name='lot_settled_not_below_zero'), models.CheckConstraint(condition=models.Q(('owed__gte', 0)), name='lot_owed_not_below_zero'), models.CheckConstraint(condition=models.Q(('covered__gte', 0)), name='lot_covered_not_below_zero'), models.CheckConstraint(condition=models.Q(('amount', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('settled'), '+', models.F('pending')), '+', models.F('available')), '+', models.F('held')), '+', models.F('spent')), '+', models.F('expired')), '+', models.F('reversed')))), name='every_unit_of_a_lot_is_somewhere'), models.CheckConstraint(condition=models.Q(('held__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('owed'), '+', models.F('covered')), '-', models.F('spent')))), name='only_what_is_gone_is_owed')],
            },
        ),
        migrations.CreateModel(
            name='LotMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.BigIntegerField()),
                ('returned', models.BigIntegerField(default=0)),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='ledger.lot')),
                ('transfer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='ledger.transfer')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('transfer', 'lot'), name='one_move_per_lot'), models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('returned__gte', 0), ('returned__lte', models.F('amount'))), name='no_more_back_than_moved')],
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField()),
                ('amount', models.BigIntegerField()),
                ('balance', models.BigIntegerField()),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account')),
                ('transfer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='ledger.transfer')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account', 'version'), name='one_entry_per_version')],
            },
        ),
        migrations.CreateModel(
            name='Settlement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.BigIntegerField()),
                ('debtor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.lot')),
                ('payer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.lot')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('debtor', 'payer'), name='one_settlement_per_pair'), models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='a_settlement_is_not_below_zero')],
            },
        ),
    ]
