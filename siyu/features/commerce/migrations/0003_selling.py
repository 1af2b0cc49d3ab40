import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('commerce', '0002_shops'),
        ('eventlog', '0002_sources'),
        ('people', '0003_members'),
    ]

    operations = [
        migrations.CreateModel(
            name='Cart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('visitor', models.CharField(blank=True, max_length=64)),
                ('changed_at', models.DateTimeField()),
                ('identity', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.identity')),
            ],
            options={
                'indexes': [models.Index(fields=['changed_at'], name='commerce_ca_changed_544f33_idx')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('visitor', ''), _negated=True), fields=('visitor',), name='one_cart_per_visitor'), models.CheckConstraint(condition=models.Q(('identity', None), ('visitor', ''), _connector='XOR'), name='a_cart_has_one_owner')],
            },
        ),
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('position', models.IntegerField(default=0)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='commerce.category')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('parent', 'name'), name='one_category_per_name'), models.UniqueConstraint(condition=models.Q(('parent', None)), fields=('name',), name='one_category_per_name_at_the_top')],
            },
        ),
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('person', 'person'), ('company', 'company')], max_length=10)),
                ('title', models.CharField(max_length=200)),
                ('tax_number', models.CharField(blank=True, max_length=30)),
                ('email', models.CharField(blank=True, max_length=200)),
                ('asked_at', models.DateTimeField()),
                ('issued_at', models.DateTimeField(null=True)),
                ('number', models.CharField(blank=True, max_length=50)),
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='invoice', to='commerce.order')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('issued_at', None)), fields=['asked_at'], name='invoices_to_issue')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('number', ''), _negated=True), fields=('number',), name='one_invoice_per_number')],
            },
        ),
        migrations.CreateModel(
            name='Listing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('goods', 'goods'), ('digital', 'digital'), ('course', 'course'), ('service', 'service')], default='goods', max_length=10)),
                ('title', models.CharField(max_length=200)),
                ('text', models.TextField(blank=True)),
                ('brand', models.CharField(blank=True, max_length=100)),
                ('content', models.TextField(blank=True)),
                ('created_at', models.DateTimeField()),
                ('published_at', models.DateTimeField(null=True)),
                ('category', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='listings', to='commerce.category')),
            ],
            options={
                'indexes': [models.Index(fields=['-published_at', '-id'], name='commerce_li_publish_5e6afb_idx'), models.Index(fields=['category', '-published_at'], name='commerce_li_categor_35448b_idx')],
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gateway', models.CharField(max_length=20)),
                ('number', models.CharField(max_length=40, unique=True)),
                ('amount', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('begun_at', models.DateTimeField()),
                ('paid_at', models.DateTimeField(null=True)),
                ('reference', models.CharField(blank=True, max_length=100)),
                ('settles', models.BooleanField(default=False)),
                ('returned', models.BigIntegerField(default=0)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='commerce.order')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('settles', True)), fields=('order',), name='an_order_is_paid_once'), models.UniqueConstraint(condition=models.Q(('reference', ''), _negated=True), fields=('gateway', 'reference'), name='money_counts_once'), models.CheckConstraint(condition=models.Q(('returned__gte', 0), ('returned__lte', models.F('amount'))), name='no_more_goes_back_than_came'), models.CheckConstraint(condition=models.Q(('settles', False), ('paid_at__isnull', False), _connector='OR'), name='only_money_settles'), models.CheckConstraint(condition=models.Q(('returned', 0), ('paid_at__isnull', False), _connector='OR'), name='only_money_goes_back')],
            },
        ),
        migrations.CreateModel(
            name='MoneyBack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64, unique=True)),
                ('amount', models.BigIntegerField()),
                ('reason', models.CharField(max_length=30)),
                ('wanted_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('done_at', models.DateTimeField(null=True)),
                ('reference', models.CharField(blank=True, max_length=100)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('refund', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='commerce.refund')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='backs', to='commerce.payment')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('done_at', None)), fields=['due_at'], name='money_back_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='money_back_is_money')],
            },
        ),
        migrations.CreateModel(
            name='Picture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.CharField(max_length=100)),
                ('alt', models.CharField(blank=True, max_length=200)),
                ('position', models.IntegerField(default=0)),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pictures', to='commerce.listing')),
            ],
        ),
        migrations.CreateModel(
            name='PriceStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ordinal', models.PositiveIntegerField()),
                ('rule', models.CharField(max_length=30)),
                ('label', models.CharField(max_length=200)),
                ('amount', models.BigIntegerField()),
                ('subject', models.BigIntegerField()),
                ('line', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='commerce.line')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('line', 'ordinal'), name='one_step_per_ordinal')],
            },
        ),
        migrations.CreateModel(
            name='RefundRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pieces', models.JSONField()),
                ('reason', models.CharField(max_length=200)),
                ('asked_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('by', models.CharField(blank=True, max_length=150)),
                ('answer', models.CharField(blank=True, max_length=200)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='requests', to='commerce.order')),
                ('refund', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='commerce.refund')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('decided_at', None)), fields=['asked_at'], name='requests_to_decide')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('decided_at', None)), fields=('order',), name='one_open_request_per_order')],
            },
        ),
        migrations.CreateModel(
            name='Reservation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(max_length=30)),
                ('subject', models.BigIntegerField()),
                ('quantity', models.BigIntegerField()),
                ('state', models.CharField(choices=[('reserved', 'reserved'), ('confirmed', 'confirmed'), ('released', 'released')], max_length=10)),
                ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='reservations', to='commerce.order')),
            ],
            options={
                'indexes': [models.Index(fields=['rule', 'subject'], name='commerce_re_rule_a22138_idx')],
                'constraints': [models.UniqueConstraint(fields=('order', 'rule', 'subject'), name='reserved_once_per_order'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='a_reservation_holds_something')],
            },
        ),
        migrations.CreateModel(
            name='Store',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True)),
                ('address', models.CharField(blank=True, max_length=300)),
                ('phone', models.CharField(blank=True, max_length=30)),
                ('hours', models.CharField(blank=True, max_length=100)),
                ('ships', models.BooleanField(default=False)),
                ('picks_up', models.BooleanField(default=True)),
                ('closed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Fulfilment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('ship', 'ship'), ('pick_up', 'pick up'), ('none', 'none')], max_length=10)),
                ('address', models.JSONField(default=dict)),
                ('carrier', models.CharField(blank=True, max_length=50)),
                ('tracking', models.CharField(blank=True, max_length=100)),
                ('shipped_at', models.DateTimeField(null=True)),
                ('ready_at', models.DateTimeField(null=True)),
                ('received_at', models.DateTimeField(null=True)),
                ('handed_by', models.CharField(blank=True, max_length=150)),
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='fulfilment', to='commerce.order')),
                ('store', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='commerce.store')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('received_at', None), ('shipped_at', None)), fields=['kind'], name='to_deliver')],
            },
        ),
        migrations.CreateModel(
            name='Stock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on_hand', models.BigIntegerField(default=0)),
                ('reserved', models.BigIntegerField(default=0)),
                ('product', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='stock', to='commerce.product')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stock', to='commerce.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('product', 'store'), name='one_stock_per_product_and_store'), models.CheckConstraint(condition=models.Q(('reserved__gte', 0), ('reserved__lte', models.F('on_hand'))), name='no_more_promised_than_there_is')],
            },
        ),
        migrations.CreateModel(
            name='Movement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.BigIntegerField()),
                ('reason', models.CharField(choices=[('received', 'received'), ('counted', 'counted'), ('sold', 'sold'), ('returned', 'returned'), ('damaged', 'damaged'), ('sample', 'sample')], max_length=10)),
                ('at', models.DateTimeField()),
                ('by', models.CharField(blank=True, max_length=150)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('order', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='commerce.order')),
                ('stock', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='commerce.stock')),
            ],
            options={
                'indexes': [models.Index(fields=['stock', '-id'], name='commerce_mo_stock_i_725cf6_idx')],
            },
        ),
        migrations.CreateModel(
            name='Supplier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, unique=True)),
                ('contact', models.CharField(blank=True, max_length=200)),
                ('note', models.TextField(blank=True)),
                ('retired_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Selection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('price', models.BigIntegerField()),
                ('commission', models.PositiveIntegerField(default=0)),
                ('samples', models.PositiveIntegerField(default=0)),
                ('budget', models.BigIntegerField()),
                ('spent', models.BigIntegerField(default=0)),
                ('begins_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='selections', to='commerce.product')),
                ('supplier', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='selections', to='commerce.supplier')),
            ],
            options={
                'indexes': [models.Index(fields=['product', 'ends_at'], name='commerce_se_product_e423d2_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(('spent__gte', 0), ('spent__lte', models.F('budget'))), name='a_promotion_keeps_to_its_budget'), models.CheckConstraint(condition=models.Q(('begins_at__lt', models.F('ends_at'))), name='a_promotion_ends_after_it_began'), models.CheckConstraint(condition=models.Q(('commission__lte', 10000)), name='no_more_commission_than_price'), models.CheckConstraint(condition=models.Q(('price__gte', 0)), name='a_promotion_price_is_not_below_zero')],
            },
        ),
        migrations.CreateModel(
            name='Variant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('label', models.CharField(blank=True, max_length=100)),
                ('position', models.IntegerField(default=0)),
                ('price', models.BigIntegerField()),
                ('member_price', models.BigIntegerField(blank=True, null=True)),
                ('cost', models.BigIntegerField(blank=True, null=True)),
                ('tracked', models.BooleanField(default=True)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='variants', to='commerce.listing')),
                ('product', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='variant', to='commerce.product')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('price__gte', 0)), name='a_price_is_not_below_zero'), models.CheckConstraint(condition=models.Q(('member_price', None), models.Q(('member_price__gte', 0), ('member_price__lte', models.F('price'))), _connector='OR'), name='members_pay_no_more'), models.CheckConstraint(condition=models.Q(('cost', None), ('cost__gte', 0), _connector='OR'), name='a_cost_is_not_below_zero')],
            },
        ),
        migrations.CreateModel(
            name='CartItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.PositiveIntegerField()),
                ('added_by', models.CharField(blank=True, db_default='', max_length=40)),
                ('cart', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='items', to='commerce.cart')),
                ('variant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='commerce.variant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('cart', 'variant'), name='one_item_per_variant'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='a_cart_holds_pieces')],
            },
        ),
        migrations.CreateModel(
            name='Voucher',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ordinal', models.PositiveIntegerField()),
                ('issued_at', models.DateTimeField()),
                ('redeemed_at', models.DateTimeField(null=True)),
                ('by', models.CharField(blank=True, max_length=150)),
                ('void_at', models.DateTimeField(null=True)),
                ('line', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='vouchers', to='commerce.line')),
                ('store', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='commerce.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('line', 'ordinal'), name='one_voucher_per_piece'), models.CheckConstraint(condition=models.Q(('redeemed_at', None), ('void_at', None), _connector='OR'), name='what_was_redeemed_is_not_void')],
            },
        ),
        migrations.AddField(
            model_name='line',
            name='cost',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='line',
            name='returned',
            field=models.BigIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name='order',
            name='closed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='closed_because',
            field=models.CharField(blank=True, db_default='', max_length=30),
        ),
        migrations.AddField(
            model_name='order',
            name='opened_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='shipping',
            field=models.BigIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name='order',
            name='until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='refund',
            name='shipping',
            field=models.BigIntegerField(db_default=0),
        ),
        migrations.AlterField(
            model_name='order',
            name='placed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('opened_at__isnull', False)), fields=['identity', 'opened_at'], name='own_orders'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('opened_at__isnull', False)), fields=['-opened_at'], name='own_orders_by_time'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('closed_at', None), ('placed_at', None)), fields=['until'], name='orders_to_lapse'),
        ),
        migrations.AddConstraint(
            model_name='line',
            constraint=models.CheckConstraint(condition=models.Q(('returned__gte', 0), ('returned__lte', models.F('quantity'))), name='no_more_returned_than_sold'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('placed_at', None), ('closed_at', None), _connector='OR'), name='closed_orders_were_not_paid'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('placed_at__isnull', False), ('opened_at__isnull', False), _connector='OR'), name='an_order_began_somehow'),
        ),
    ]
