import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('commerce', '0005_memberships_are_sold'),
        ('loyalty', '0003_points'),
        ('people', '0004_contested_ties'),
    ]

    operations = [
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tier', models.CharField(max_length=10)),
                ('opened_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('grace_until', models.DateTimeField()),
                ('remind_at', models.DateTimeField()),
                ('reminded_at', models.DateTimeField(null=True)),
                ('lapsed_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_because', models.CharField(blank=True, choices=[('expired', 'expired'), ('refunded', 'refunded')], max_length=10)),
                ('identity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.identity')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('ended_at', None), ('lapsed_at', None)), fields=['ends_at'], name='memberships_to_lapse'), models.Index(condition=models.Q(('ended_at', None)), fields=['grace_until'], name='memberships_to_expire'), models.Index(condition=models.Q(('ended_at', None), ('reminded_at', None)), fields=['remind_at'], name='memberships_to_remind')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('identity',), name='one_current_membership'), models.CheckConstraint(condition=models.Q(('tier__in', ('ordinary', 'senior', 'exclusive'))), name='a_membership_has_a_tier'), models.CheckConstraint(condition=models.Q(('ends_at__lte', models.F('grace_until')), ('opened_at__lte', models.F('ends_at'))), name='grace_follows_the_end'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_because', '')), models.Q(('ended_at__isnull', False), models.Q(('ended_because', ''), _negated=True)), _connector='OR'), name='a_membership_ends_for_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='MembershipPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=100)),
                ('text', models.CharField(blank=True, max_length=500)),
                ('tier', models.CharField(choices=[('ordinary', 'ordinary'), ('senior', 'senior'), ('exclusive', 'exclusive')], max_length=10)),
                ('period', models.CharField(choices=[('month', 'month'), ('quarter', 'quarter'), ('half_year', 'half_year'), ('year', 'year')], max_length=10)),
                ('price', models.BigIntegerField()),
                ('gives', models.JSONField(default=list)),
                ('cooling_days', models.PositiveSmallIntegerField()),
                ('grace_days', models.PositiveSmallIntegerField()),
                ('remind_days', models.PositiveSmallIntegerField()),
                ('written_at', models.DateTimeField()),
                ('by', models.CharField(max_length=150)),
                ('published_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('listing', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='commerce.listing')),
                ('replaces', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.membershipplan')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('price__gt', 1)), name='a_plan_has_a_price'), models.CheckConstraint(condition=models.Q(('tier__in', ('ordinary', 'senior', 'exclusive'))), name='tiers_are_known'), models.CheckConstraint(condition=models.Q(('period__in', ['half_year', 'month', 'quarter', 'year'])), name='periods_are_known'), models.CheckConstraint(condition=models.Q(('published_at', None), ('listing__isnull', False), _connector='OR'), name='what_is_on_sale_is_listed')],
            },
        ),
        migrations.CreateModel(
            name='MembershipPurchase',
            fields=[
                ('identity', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='people.identity')),
                ('at', models.DateTimeField()),
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='commerce.order')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.membershipplan')),
            ],
        ),
        migrations.CreateModel(
            name='MembershipTerm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=150, unique=True)),
                ('kind', models.CharField(choices=[('bought', 'bought'), ('renewed', 'renewed'), ('upgraded', 'upgraded')], max_length=10)),
                ('paid', models.BigIntegerField(default=0)),
                ('credit', models.BigIntegerField(default=0)),
                ('at', models.DateTimeField()),
                ('begins_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('by', models.CharField(blank=True, max_length=150)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_because', models.CharField(blank=True, choices=[('upgraded', 'upgraded'), ('refunded', 'refunded')], max_length=10)),
                ('carried', models.BigIntegerField(default=0)),
                ('back', models.BigIntegerField(default=0)),
                ('into', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced', to='loyalty.membershipterm')),
                ('membership', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='terms', to='loyalty.membership')),
                ('order', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='commerce.order')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='terms', to='loyalty.membershipplan')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('begins_at__lt', models.F('ends_at'))), name='a_term_lasts'), models.CheckConstraint(condition=models.Q(('credit__gte', 0), ('paid__gte', 0)), name='a_term_is_worth_something_or_nothing'), models.CheckConstraint(condition=models.Q(('paid', 0), ('order__isnull', False), _connector='OR'), name='what_was_paid_has_an_order'), models.CheckConstraint(condition=models.Q(('carried__gte', 0), ('carried__lte', django.db.models.expressions.CombinedExpression(models.F('paid'), '+', models.F('credit')))), name='no_more_carried_than_paid'), models.CheckConstraint(condition=models.Q(('back__gte', 0), ('back__lte', django.db.models.expressions.CombinedExpression(models.F('paid'), '+', models.F('credit')))), name='no_more_back_than_paid'), models.CheckConstraint(condition=models.Q(models.Q(('carried', 0), ('into', None)), ('ended_because', 'upgraded'), _connector='XOR'), name='an_upgrade_goes_somewhere'), models.CheckConstraint(condition=models.Q(('ended_at', None), models.Q(('ended_because', ''), _negated=True), _connector='XOR'), name='a_term_ends_for_a_reason'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('membership', 'begins_at'), name='one_term_at_a_time')],
            },
        ),
    ]
