import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('eventlog', '0001_initial'),
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=100)),
                ('number', models.CharField(max_length=100)),
                ('placed_at', models.DateTimeField()),
                ('amount', models.BigIntegerField()),
                ('discount', models.BigIntegerField(default=0)),
                ('currency', models.CharField(max_length=3)),
                ('rate', models.DecimalField(decimal_places=10, default=1, max_digits=20)),
                ('gift', models.BooleanField(default=False)),
                ('cancelled_at', models.DateTimeField(null=True)),
                ('state_at', models.DateTimeField(null=True)),
                ('digest', models.CharField(max_length=32)),
                ('identity', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.identity')),
                ('run', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='eventlog.importrun')),
            ],
            options={
                'indexes': [models.Index(fields=['identity', 'placed_at'], name='commerce_or_identit_001c8e_idx'), models.Index(fields=['placed_at'], name='commerce_or_placed__1ea83d_idx')],
                'constraints': [models.UniqueConstraint(fields=('source', 'number'), name='one_order_per_number')],
            },
        ),
        migrations.CreateModel(
            name='CouponUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=100)),
                ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='coupons', to='commerce.order')),
            ],
            options={
                'indexes': [models.Index(fields=['code'], name='commerce_co_code_493f8a_idx')],
                'constraints': [models.UniqueConstraint(fields=('order', 'code'), name='coupon_once_per_order')],
            },
        ),
        migrations.CreateModel(
            name='OrderVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=32)),
                ('left_at', models.DateTimeField()),
                ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='commerce.order')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('order', 'digest'), name='one_version_per_digest')],
            },
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=100)),
                ('sku', models.CharField(max_length=100)),
                ('title', models.CharField(blank=True, max_length=300)),
                ('category', models.CharField(blank=True, max_length=200)),
                ('department', models.CharField(blank=True, max_length=200)),
                ('brand', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'indexes': [models.Index(fields=['category'], name='commerce_pr_categor_dac6f7_idx')],
                'constraints': [models.UniqueConstraint(fields=('source', 'sku'), name='one_product_per_sku')],
            },
        ),
        migrations.CreateModel(
            name='Line',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ordinal', models.PositiveIntegerField()),
                ('quantity', models.BigIntegerField()),
                ('amount', models.BigIntegerField()),
                ('discount', models.BigIntegerField(default=0)),
                ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='commerce.order')),
                ('product', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='commerce.product')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('order', 'ordinal'), name='one_line_per_ordinal'), models.CheckConstraint(condition=models.Q(('quantity__gte', 0)), name='a_line_sells')],
            },
        ),
        migrations.CreateModel(
            name='Rate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3)),
                ('day', models.DateField()),
                ('rate', models.DecimalField(decimal_places=10, max_digits=20)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('currency', 'day'), name='one_rate_per_day'), models.CheckConstraint(condition=models.Q(('rate__gt', 0)), name='rate_is_positive')],
            },
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=100)),
                ('number', models.CharField(max_length=100)),
                ('at', models.DateTimeField()),
                ('amount', models.BigIntegerField()),
                ('digest', models.CharField(max_length=32)),
                ('identity', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.identity')),
                ('order', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='commerce.order')),
                ('run', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='eventlog.importrun')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('source', 'number'), name='one_refund_per_number'), models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='a_refund_gives_back')],
            },
        ),
        migrations.CreateModel(
            name='RefundLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ordinal', models.PositiveIntegerField()),
                ('quantity', models.BigIntegerField()),
                ('amount', models.BigIntegerField()),
                ('line', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='commerce.line')),
                ('product', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='commerce.product')),
                ('refund', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='commerce.refund')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('refund', 'ordinal'), name='one_refund_line_per_ordinal')],
            },
        ),
    ]
