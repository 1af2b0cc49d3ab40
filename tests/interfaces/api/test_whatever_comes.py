"""Whatever comes in by the description, no request is a crash, and every answer is what the description says."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from siyu.conf.wsgi import application
from siyu.core.people.actions import introduce, make_tag
from siyu.core.people.codes import code
from siyu.core.team import keys
from siyu.features.commerce.models import Listing
from siyu.interfaces.api import desk, shapes
from siyu.kit import clock
from tests.features.shop.brand import open_shop, order
from tests.interfaces.api.conftest import NOON

pytestmark = pytest.mark.django_db(databases="__all__")
schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def bounded(examples: int, *phases: Phase) -> settings:
    """The same examples every time."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(autouse=True)
def one_connection():
    """A real server opens and closes connections around a request; a test has one for all."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.fixture
def there(owner) -> dict[str, str]:
    """Codes of what there is, so that requests come further than to a 404."""
    desk.pace.left.clear()
    alice, _ = introduce(claim=("phone", "13800000001"), source="crm", at=NOON, traits={"city": "上海"})
    brand = open_shop()
    return {
        "person": code(alice),
        "tag": shapes.code("tag", make_tag("价值", "高").pk),
        "listing": shapes.code("lst", Listing.objects.latest("pk").pk),
        "order": shapes.code("ord", order(brand, by=brand.fetched).pk),
    }


@pytest.fixture
def secret(owner) -> str:
    return keys.make(name="fuzz", scopes=keys.SCOPES, by=owner, at=clock.now())[1]


@schema.include(method="GET").parametrize()
@bounded(4, Phase.generate)
def test_no_question_is_a_crash(case, secret, there):
    ask(case, secret, there)


@schema.exclude(method="GET").parametrize()
@bounded(3, Phase.explicit, Phase.generate)
def test_no_write_is_a_crash(case, secret, there):
    """What is written has bodies, so the edges of every field are tried too: those are the explicit examples."""
    ask(case, secret, there)


def ask(case, secret: str, there: dict[str, str]) -> None:
    for name in case.path_parameters or {}:
        if name in there and len(str(case.body)) % 2:
            case.path_parameters[name] = there[name]
    case.call_and_validate(headers={"Authorization": f"Bearer {secret}"}, checks=CHECKS)
