import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='TagGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=50, unique=True)),
                ('exclusive', models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name='Tag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=50)),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tags', to='people.taggroup')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('group', 'name'), name='one_tag_per_name')],
            },
        ),
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('since', models.DateTimeField()),
                ('name', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'indexes': [models.Index(fields=['-since', '-id'], name='people_pers_since_2a10e1_idx'), models.Index(fields=['name'], name='people_pers_name_3035d1_idx')],
            },
        ),
        migrations.CreateModel(
            name='Identity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('namespace', models.CharField(max_length=50)),
                ('value', models.CharField(max_length=200)),
                ('source', models.CharField(max_length=100)),
                ('seen_at', models.DateTimeField()),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='identities', to='people.person')),
            ],
            options={
                'verbose_name_plural': 'identities',
                'constraints': [models.UniqueConstraint(fields=('namespace', 'value'), name='one_identity_per_value'), models.CheckConstraint(condition=models.Q(('value', ''), _negated=True), name='identity_has_a_value')],
                'indexes': [models.Index(fields=['value'], name='people_iden_value_4fc996_idx')],
            },
        ),
        migrations.CreateModel(
            name='Tagging',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('by', models.CharField(max_length=150)),
                ('identity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='taggings', to='people.identity')),
                ('tag', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='taggings', to='people.tag')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tag', 'identity'), name='tagged_once')],
            },
        ),
        migrations.CreateModel(
            name='Trait',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('value', models.JSONField()),
                ('source', models.CharField(max_length=100)),
                ('at', models.DateTimeField()),
                ('private', models.BooleanField(default=False)),
                ('identity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='traits', to='people.identity')),
            ],
            options={
                'indexes': [models.Index(fields=['name'], name='people_trai_name_7ec3d3_idx')],
                'constraints': [models.UniqueConstraint(fields=('identity', 'name'), name='one_trait_per_name')],
            },
        ),
    ]
