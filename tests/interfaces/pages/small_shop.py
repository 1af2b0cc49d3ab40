"""A brand with a small shop of its own in a data folder, for tests that meet a served house: `python -m … `."""

import django

django.setup()

from siyu.cli import running  # noqa: E402
from tests.features.shop.brand import open_shop  # noqa: E402

if __name__ == "__main__":
    running.prepare(brand="Corner shop", currency="CNY", zone="Asia/Shanghai", demo_payments="true")
    open_shop(500)
