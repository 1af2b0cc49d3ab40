import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0003_members'),
    ]

    operations = [
        migrations.CreateModel(
            name='Badge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=50, unique=True)),
                ('text', models.CharField(blank=True, max_length=200)),
                ('shape', models.CharField(max_length=10)),
                ('colour', models.CharField(max_length=10)),
                ('symbol', models.CharField(max_length=2)),
                ('made_at', models.DateTimeField()),
                ('by', models.CharField(max_length=150)),
                ('retired_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='CheckInProgramme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('steps', models.JSONField(default=list)),
                ('reaches_back', models.PositiveSmallIntegerField()),
                ('written_at', models.DateTimeField()),
                ('by', models.CharField(max_length=150)),
            ],
        ),
        migrations.CreateModel(
            name='LevelScheme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(unique=True)),
                ('body', models.JSONField()),
                ('written_at', models.DateTimeField()),
                ('by', models.CharField(max_length=150)),
                ('published_at', models.DateTimeField(null=True)),
                ('published_by', models.CharField(blank=True, max_length=150)),
            ],
        ),
        migrations.CreateModel(
            name='BadgeAward',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200, unique=True)),
                ('because', models.CharField(blank=True, max_length=200)),
                ('by', models.CharField(blank=True, max_length=150)),
                ('at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
                ('revoked_because', models.CharField(blank=True, max_length=200)),
                ('revoked_by', models.CharField(blank=True, max_length=150)),
                ('badge', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='awards', to='loyalty.badge')),
                ('identity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.identity')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('badge', 'identity'), name='a_badge_is_worn_once')],
            },
        ),
        migrations.CreateModel(
            name='Certificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=100)),
                ('holder', models.CharField(blank=True, max_length=50)),
                ('shows', models.CharField(choices=[('name', 'name'), ('initial', 'initial'), ('nobody', 'nobody')], default='initial', max_length=10)),
                ('issued_at', models.DateTimeField()),
                ('by', models.CharField(max_length=150)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('revoked_because', models.CharField(blank=True, max_length=200)),
                ('award', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='certificate', to='loyalty.badgeaward')),
            ],
        ),
        migrations.CreateModel(
            name='LevelRound',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('rose', models.PositiveIntegerField(default=0)),
                ('fell', models.PositiveIntegerField(default=0)),
                ('scheme', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.levelscheme')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('day', 'scheme'), name='judged_once_a_day')],
            },
        ),
        migrations.CreateModel(
            name='LevelChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('before', models.PositiveSmallIntegerField()),
                ('after', models.PositiveSmallIntegerField()),
                ('because', models.CharField(max_length=20)),
                ('numbers', models.JSONField(default=dict)),
                ('by', models.CharField(blank=True, max_length=150)),
                ('identity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.identity')),
                ('scheme', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.levelscheme')),
            ],
            options={
                'indexes': [models.Index(fields=['identity', 'at'], name='loyalty_lev_identit_949d1c_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(('before', models.F('after')), _negated=True), name='a_change_of_level_is_one')],
            },
        ),
        migrations.CreateModel(
            name='LevelStanding',
            fields=[
                ('identity', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='people.identity')),
                ('level', models.PositiveSmallIntegerField()),
                ('since', models.DateTimeField()),
                ('low_since', models.DateTimeField(null=True)),
                ('locked_until', models.DateTimeField(null=True)),
                ('locked_by', models.CharField(blank=True, max_length=150)),
                ('lock_reason', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'indexes': [models.Index(fields=['level'], name='loyalty_lev_level_846cad_idx')],
            },
        ),
        migrations.CreateModel(
            name='MakeUpCard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200)),
                ('because', models.CharField(blank=True, max_length=200)),
                ('granted_at', models.DateTimeField()),
                ('spent_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('identity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.identity')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('identity', 'key'), name='one_card_per_key'), models.CheckConstraint(condition=models.Q(('spent_at', None), ('revoked_at', None), _connector='OR'), name='a_spent_card_is_gone')],
            },
        ),
        migrations.CreateModel(
            name='CheckIn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('at', models.DateTimeField()),
                ('identity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.identity')),
                ('card', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.makeupcard')),
            ],
            options={
                'indexes': [models.Index(fields=['at'], name='loyalty_che_at_b76b03_idx')],
                'constraints': [models.UniqueConstraint(fields=('identity', 'day'), name='one_check_in_a_day')],
            },
        ),
        migrations.CreateModel(
            name='StreakStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('days', models.PositiveIntegerField()),
                ('day', models.DateField()),
                ('at', models.DateTimeField()),
                ('identity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.identity')),
                ('programme', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.checkinprogramme')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('identity', 'days', 'day'), name='a_step_is_reached_once')],
            },
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=100)),
                ('text', models.CharField(blank=True, max_length=500)),
                ('kind', models.CharField(choices=[('once', 'once'), ('daily', 'daily'), ('series', 'series')], max_length=10)),
                ('steps', models.JSONField()),
                ('gives', models.JSONField(default=list)),
                ('hidden', models.BooleanField(default=False)),
                ('begins_at', models.DateTimeField(null=True)),
                ('ends_at', models.DateTimeField(null=True)),
                ('written_at', models.DateTimeField()),
                ('by', models.CharField(max_length=150)),
                ('published_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('begins_at', None), ('ends_at', None), ('ends_at__gt', models.F('begins_at')), _connector='OR'), name='a_task_ends_after_it_begins')],
            },
        ),
        migrations.CreateModel(
            name='TaskRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period', models.CharField(blank=True, max_length=10)),
                ('step', models.PositiveSmallIntegerField(default=0)),
                ('count', models.PositiveIntegerField(default=0)),
                ('step_at', models.DateTimeField(null=True)),
                ('begun_at', models.DateTimeField()),
                ('completed_at', models.DateTimeField(null=True)),
                ('identity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.identity')),
                ('task', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='loyalty.task')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('task', 'identity', 'period'), name='one_run_a_period')],
            },
        ),
        migrations.CreateModel(
            name='TaskMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.BigIntegerField()),
                ('task', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='loyalty.task')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='marks', to='loyalty.taskrun')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('task', 'position'), name='an_event_counts_once')],
            },
        ),
    ]
