import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('eventlog', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Expectation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.CharField(max_length=200, unique=True)),
                ('schema', models.JSONField()),
                ('by', models.CharField(max_length=150)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True)),
                ('protocol', models.CharField(max_length=20)),
                ('key', models.CharField(max_length=64, unique=True)),
                ('namespace', models.CharField(max_length=50)),
                ('made_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='FailedMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=100)),
                ('dialect', models.CharField(max_length=20)),
                ('batch', models.BigIntegerField(null=True)),
                ('ordinal', models.PositiveIntegerField()),
                ('received_at', models.DateTimeField()),
                ('code', models.CharField(max_length=50)),
                ('reason', models.TextField()),
                ('head', models.JSONField(default=dict)),
                ('body', models.TextField()),
                ('replayed_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['source', '-received_at'], name='eventlog_fa_source_b18e4a_idx')],
                'constraints': [models.UniqueConstraint(fields=('batch', 'ordinal'), name='a_message_fails_once')],
            },
        ),
        migrations.CreateModel(
            name='Sighting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=100)),
                ('event', models.CharField(max_length=200)),
                ('property', models.CharField(blank=True, max_length=200)),
                ('type', models.CharField(blank=True, max_length=20)),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('volume', models.BigIntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('source', 'event', 'property', 'type'), name='one_sighting_per_type')],
            },
        ),
        migrations.CreateModel(
            name='Violation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=100)),
                ('event', models.CharField(max_length=200)),
                ('property', models.CharField(blank=True, max_length=200)),
                ('fault', models.CharField(max_length=200)),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('volume', models.BigIntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('source', 'event', 'property', 'fault'), name='one_violation_per_fault')],
            },
        ),
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('source', models.CharField(max_length=100)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('file', models.CharField(max_length=100)),
                ('folder', models.CharField(max_length=32, unique=True)),
                ('sent_at', models.DateTimeField()),
                ('by', models.CharField(max_length=150)),
                ('judged_at', models.DateTimeField(null=True)),
                ('preview', models.JSONField(default=dict)),
                ('wanted_at', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('progress', models.JSONField(default=dict)),
                ('taken_at', models.DateTimeField(null=True)),
                ('refused_at', models.DateTimeField(null=True)),
                ('code', models.CharField(blank=True, max_length=50)),
                ('reason', models.TextField(blank=True)),
                ('run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='eventlog.importrun')),
            ],
            options={
                'ordering': ['sent_at', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('wanted_at__isnull', True), ('judged_at__isnull', False), _connector='OR'), name='nobody_wants_a_file_unseen'), models.CheckConstraint(condition=models.Q(('taken_at__isnull', True), ('wanted_at__isnull', False), _connector='OR'), name='only_a_wanted_file_is_taken')],
            },
        ),
        migrations.AddField(
            model_name='batch',
            name='head',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='batch',
            name='retries',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='drain',
            name='entries',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='drain',
            name='messages',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='drain',
            name='failed',
            field=models.BigIntegerField(default=0),
        ),
    ]
