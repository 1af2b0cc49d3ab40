"""Bots in the console: the rules, whom they caught, and an operator's word."""

import json

import pytest
from django.test import Client

from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.land import land
from siyu.core.eventlog.models import Source
from siyu.core.insight import visitors
from siyu.core.insight.models import Exclusion, Ruling
from siyu.core.people.codes import code
from siyu.core.people.models import Identity
from siyu.kit import clock
from tests.interfaces.console.team import NOON, operator

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
CRAWLER = {"userAgent": "Mozilla/5.0 (compatible; Baiduspider/2.0)"}


@pytest.fixture
def owner() -> Client:
    client = Client()
    client.force_login(operator(owner=True))
    return client


@pytest.fixture
def crawler() -> str:
    """The code of somebody who came as a search engine does."""
    return came("spider-1")


def came(*devices: str) -> str:
    Source.objects.get_or_create(
        name="app", defaults={"protocol": "segment", "key": "k", "namespace": "app", "made_at": NOON}
    )
    said = {"type": "track", "event": "Tea Tasted", "context": CRAWLER}
    lines = [json.dumps(said | {"anonymousId": one, "messageId": one}).encode() for one in devices]
    land(b"\n".join(lines), count=len(lines), source="app", dialect="segment", received_at=clock.now())
    drain_all()
    return code(Identity.objects.get(value=devices[0]).pk)


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_it_works(owner, crawler):
    visitors.apply(at=clock.now())
    told = page(owner, "/visitors")
    assert "1 visitor does not count" in told and "baiduspider" in told and crawler in told
    assert "Does not count." in page(owner, f"/people/{crawler}")
    assert owner.post(f"/people/{crawler}/readmit").status_code == 302
    assert "Does not count." not in page(owner, f"/people/{crawler}")
    assert "Nobody is out." in page(owner, "/visitors")


def test_somebody_is_left_out_with_a_reason(owner, crawler):
    refused = owner.post(f"/people/{crawler}/exclude", {"reason": " "})
    assert refused.status_code == 422 and "Say why" in refused.content.decode()
    owner.post(f"/people/{crawler}/exclude", {"reason": "our own probe"})
    assert "our own probe" in page(owner, f"/people/{crawler}")
    assert "our own probe" in page(owner, "/visitors?rule=operator")
    assert "our own probe" not in page(owner, "/visitors?rule=pace")
    assert "our own probe" in page(owner, "/audit?did=excluded")


def test_rules_are_changed_and_held_against_the_past(owner, crawler):
    visitors.apply(at=clock.now())
    owner.post("/visitors/rules", {"pace": "50", "words": "MyProbe/1\n"})
    ruling = Ruling.objects.latest("pk")
    assert (ruling.listed, ruling.words, ruling.pace, ruling.applied_at) == (False, ["myprobe/1"], 50, None)
    told = page(owner, "/visitors")
    assert "myprobe/1" in told and "about to hold the rules" in told
    visitors.apply(at=clock.now())
    assert "Nobody is out." in page(owner, "/visitors")


@pytest.mark.parametrize("said", [{"pace": "many"}, {"pace": "9", "words": "ab"}, {}])
def test_rules_that_are_none_are_refused(owner, said):
    assert owner.post("/visitors/rules", said).status_code == 422
    assert not Ruling.objects.exists()


def test_the_list_asks_no_more_for_more(owner, django_assert_num_queries):
    with_queries = []
    for n in range(2):
        came(*(f"spider-{n}-{i}" for i in range(10)))
        visitors.apply(at=clock.now())
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(
            connection,
        ) as asked:
            page(owner, "/visitors")
        with_queries.append(len(asked))
    assert with_queries[0] == with_queries[1] and Exclusion.objects.count() == 20
