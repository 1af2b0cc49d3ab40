import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('commerce', '0003_selling'),
        ('loyalty', '0001_habits'),
        ('people', '0003_members'),
    ]

    operations = [
        migrations.CreateModel(
            name='CouponTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('amount', 'amount off'), ('percent', 'percent off'), ('gift', 'a piece free')], max_length=10)),
                ('worth', models.BigIntegerField()),
                ('cap', models.BigIntegerField(null=True)),
                ('minimum', models.BigIntegerField(default=0)),
                ('stacks', models.BooleanField(default=False)),
                ('group', models.CharField(blank=True, max_length=30)),
                ('begins_at', models.DateTimeField(null=True)),
                ('ends_at', models.DateTimeField(null=True)),
                ('days', models.PositiveIntegerField(null=True)),
                ('budget', models.BigIntegerField(null=True)),
                ('count', models.BigIntegerField(null=True)),
                ('issued', models.BigIntegerField(default=0)),
                ('each', models.PositiveIntegerField(default=1)),
                ('word', models.CharField(blank=True, max_length=30)),
                ('returns', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('published_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('categories', models.ManyToManyField(related_name='+', to='commerce.category')),
                ('listings', models.ManyToManyField(related_name='+', to='commerce.listing')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('worth__gt', 0)), name='a_coupon_is_worth_something'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'percent'), _negated=True), ('worth__lte', 10000), _connector='OR'), name='no_more_off_than_the_price'), models.CheckConstraint(condition=models.Q(('cap', None), models.Q(('cap__gt', 0), ('kind', 'percent')), _connector='OR'), name='a_cap_is_for_percents'), models.CheckConstraint(condition=models.Q(('minimum__gte', 0)), name='a_minimum_is_not_below_zero'), models.CheckConstraint(condition=models.Q(('budget', None), ('budget__gte', 0), _connector='OR'), name='a_budget_is_not_below_zero'), models.CheckConstraint(condition=models.Q(('issued__gte', 0), models.Q(('count', None), ('issued__lte', models.F('count')), _connector='OR')), name='no_more_issued_than_meant'), models.CheckConstraint(condition=models.Q(('each__gt', 0)), name='a_member_may_have_one'), models.CheckConstraint(condition=models.Q(('ends_at__isnull', False), ('days__gt', 0), _connector='OR'), name='a_coupon_ends'), models.CheckConstraint(condition=models.Q(('begins_at', None), ('ends_at', None), ('begins_at__lt', models.F('ends_at')), _connector='OR'), name='a_coupon_ends_after_it_began'), models.UniqueConstraint(condition=models.Q(models.Q(('word', ''), _negated=True), ('closed_at', None)), fields=('word',), name='a_word_means_one_coupon')],
            },
        ),
        migrations.CreateModel(
            name='CouponBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=150, unique=True)),
                ('count', models.BigIntegerField()),
                ('made_at', models.DateTimeField()),
                ('by', models.CharField(max_length=150)),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='batches', to='loyalty.coupontemplate')),
            ],
        ),
        migrations.CreateModel(
            name='CouponHandout',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=150, unique=True)),
                ('title', models.CharField(max_length=120)),
                ('wanted_at', models.DateTimeField()),
                ('by', models.CharField(max_length=150)),
                ('asked', models.BigIntegerField()),
                ('members', models.BigIntegerField()),
                ('given', models.BigIntegerField(default=0)),
                ('passed', models.BigIntegerField(default=0)),
                ('done_at', models.DateTimeField(null=True)),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='handouts', to='loyalty.coupontemplate')),
            ],
        ),
        migrations.CreateModel(
            name='CouponCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=40, unique=True)),
                ('n', models.PositiveIntegerField(null=True)),
                ('state', models.CharField(choices=[('issued', 'issued'), ('reserved', 'reserved'), ('redeemed', 'redeemed'), ('reversed', 'reversed'), ('expired', 'expired'), ('void', 'void')], default='issued', max_length=10)),
                ('issued_at', models.DateTimeField()),
                ('begins_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('key', models.CharField(max_length=150, null=True, unique=True)),
                ('because', models.CharField(max_length=60)),
                ('until', models.DateTimeField(null=True)),
                ('turn', models.PositiveIntegerField(default=0)),
                ('amount', models.BigIntegerField(default=0)),
                ('back', models.BigIntegerField(default=0)),
                ('redeemed_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('batch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='codes', to='loyalty.couponbatch')),
                ('identity', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.identity')),
                ('order', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='commerce.order')),
                ('template', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='codes', to='loyalty.coupontemplate')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('identity__isnull', False)), fields=['identity', 'state'], name='coupons_of_a_member'), models.Index(fields=['template', 'state'], name='loyalty_cou_templat_5ded03_idx'), models.Index(fields=['template', '-id'], name='loyalty_cou_templat_2d8ae5_idx'), models.Index(condition=models.Q(('order__isnull', False)), fields=['order'], name='coupons_of_an_order'), models.Index(condition=models.Q(('state', 'issued')), fields=['expires_at'], name='coupons_to_expire')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('identity__isnull', False), models.Q(('state', 'void'), _negated=True)), fields=('template', 'identity', 'n'), name='so_many_coupons_for_a_member'), models.CheckConstraint(condition=models.Q(('identity', None), ('n__gt', 0), _connector='XOR'), name='a_members_coupon_is_counted'), models.CheckConstraint(condition=models.Q(models.Q(('amount', 0), ('back', 0), ('order', None)), models.Q(('amount__gt', 0), ('order__isnull', False), ('state__in', ('reserved', 'redeemed', 'reversed'))), _connector='XOR'), name='a_held_coupon_has_an_order'), models.CheckConstraint(condition=models.Q(('back__gte', 0), ('back__lte', models.F('amount'))), name='no_more_back_than_off'), models.CheckConstraint(condition=models.Q(('redeemed_at', None), ('state__in', ['redeemed', 'reversed']), _connector='XOR'), name='redeemed_at_a_time'), models.CheckConstraint(condition=models.Q(('begins_at__lt', models.F('expires_at'))), name='a_code_can_be_used'), models.CheckConstraint(condition=models.Q(('ended_at', None), ('state__in', ['expired', 'void']), _connector='XOR'), name='ended_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='Grant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=30)),
                ('terms', models.JSONField()),
                ('audience', models.CharField(choices=[('consumer', 'consumer'), ('business', 'business')], default='consumer', max_length=10)),
                ('key', models.CharField(max_length=150, unique=True)),
                ('because', models.CharField(max_length=60)),
                ('granted_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('used_at', models.DateTimeField(null=True)),
                ('expired_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('identity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.identity')),
            ],
            options={
                'indexes': [models.Index(fields=['identity', 'kind'], name='loyalty_gra_identit_8a80b3_idx'), models.Index(condition=models.Q(('expired_at', None), ('expires_at__isnull', False), ('revoked_at', None), ('used_at', None)), fields=['expires_at'], name='benefits_to_expire')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('expired_at', None), ('used_at', None)), models.Q(('revoked_at', None), ('used_at', None)), models.Q(('expired_at', None), ('revoked_at', None)), _connector='OR'), name='a_benefit_ends_once'), models.CheckConstraint(condition=models.Q(('expires_at', None), ('expires_at__gt', models.F('granted_at')), _connector='OR'), name='a_benefit_lasts'), models.CheckConstraint(condition=models.Q(('expired_at', None), ('expires_at__isnull', False), _connector='OR'), name='what_expires_says_when'), models.CheckConstraint(condition=models.Q(('audience__in', ['consumer', 'business'])), name='audiences_are_known')],
            },
        ),
        migrations.CreateModel(
            name='HandoutPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ordinal', models.PositiveIntegerField()),
                ('identities', models.JSONField()),
                ('done_at', models.DateTimeField(null=True)),
                ('handout', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='loyalty.couponhandout')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('done_at', None)), fields=['id'], name='parts_to_hand_out')],
                'constraints': [models.UniqueConstraint(fields=('handout', 'ordinal'), name='one_part_per_ordinal')],
            },
        ),
    ]
