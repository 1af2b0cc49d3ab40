from django.db import migrations


def copy(apps, schema_editor):
    new = apps.get_model("ledger", "Rate")
    old = apps.get_model("commerce", "Rate").objects.order_by("pk")
    new.objects.bulk_create(new(currency=rate.currency, day=rate.day, rate=rate.rate) for rate in old)


class Migration(migrations.Migration):
    dependencies = [("commerce", "0003_selling"), ("ledger", "0002_rates")]
    operations = [
        migrations.RunPython(copy, migrations.RunPython.noop, elidable=True),
        migrations.DeleteModel("Rate"),
    ]
