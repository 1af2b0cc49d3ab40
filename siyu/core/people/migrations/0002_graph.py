import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('join', 'join'), ('split', 'split')], max_length=10)),
                ('person', models.BigIntegerField()),
                ('other', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('by', models.CharField(max_length=150)),
                ('undone_at', models.DateTimeField(null=True)),
                ('undone_by', models.CharField(blank=True, max_length=150)),
            ],
        ),
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.BigIntegerField()),
                ('requested_at', models.DateTimeField()),
                ('by', models.CharField(max_length=150)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('finished_at', models.DateTimeField(null=True)),
                ('receipt', models.JSONField(default=dict)),
                ('subject', models.JSONField(default=dict)),
            ],
            options={
                'ordering': ['-requested_at'],
            },
        ),
        migrations.CreateModel(
            name='Tombstone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.BinaryField(max_length=32, unique=True)),
                ('erased_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=30)),
                ('purpose', models.CharField(max_length=30)),
                ('granted', models.BooleanField()),
                ('source', models.CharField(max_length=100)),
                ('at', models.DateTimeField()),
                ('identity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.identity')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('identity', 'channel', 'purpose'), name='one_consent_per_purpose')],
            },
        ),
        migrations.CreateModel(
            name='Edge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(max_length=30)),
                ('at', models.DateTimeField()),
                ('source', models.CharField(max_length=100)),
                ('message', models.BigIntegerField(null=True)),
                ('refused', models.CharField(blank=True, max_length=30)),
                ('reviewed_at', models.DateTimeField(null=True)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('withdrawn_by', models.CharField(blank=True, max_length=150)),
                ('a', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.identity')),
                ('b', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.identity')),
                ('decision', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='edges', to='people.decision')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(models.Q(('refused', ''), _negated=True), ('reviewed_at', None), ('withdrawn_at', None)), fields=['-at'], name='contested')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('decision', None)), fields=('a', 'b', 'rule'), name='one_edge_per_rule'), models.UniqueConstraint(fields=('a', 'b', 'decision'), name='one_edge_per_decision'), models.CheckConstraint(condition=models.Q(('a__lt', models.F('b'))), name='edge_from_lower_to_higher')],
            },
        ),
        migrations.CreateModel(
            name='Separation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('a', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.identity')),
                ('b', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.identity')),
                ('decision', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='separations', to='people.decision')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('a', 'b', 'decision'), name='separated_once'), models.CheckConstraint(condition=models.Q(('a__lt', models.F('b'))), name='separation_from_lower_to_higher')],
            },
        ),
        migrations.AddField(
            model_name='trait',
            name='settled_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='trait',
            name='once_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='identity',
            name='cluster',
            field=models.BigIntegerField(db_index=True, null=True),
        ),
    ]
