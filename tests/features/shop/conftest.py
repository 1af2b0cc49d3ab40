from collections.abc import Iterator

import pytest

from siyu.features.commerce import payments
from tests.features.shop.brand import Shop, Till, open_shop


@pytest.fixture
def shop(db) -> Shop:
    return open_shop()


@pytest.fixture
def till() -> Iterator[Till]:
    gateway = Till()
    payments.add(gateway)
    yield gateway
    del payments.GATEWAYS["till"]
