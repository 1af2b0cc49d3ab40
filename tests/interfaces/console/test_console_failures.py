"""What reactions could not take: shown with the reason, tried again, let be."""

from contextlib import contextmanager

import pytest
from django.db import transaction

from siyu.core.eventlog import react
from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.models import Failure
from siyu.core.team import queries
from siyu.events.commerce import OrderCancelled
from siyu.kit import clock
from tests.interfaces.console.team import operator

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


@pytest.fixture
def owner(client):
    client.force_login(operator(owner=True))
    return client


@contextmanager
def reaction(run):
    react.REACTIONS["points.earn"] = react.Reaction("points.earn", (OrderCancelled.name,), run, False)
    try:
        yield
    finally:
        del react.REACTIONS["points.earn"]


@transaction.atomic
def cancel(*orders: int) -> None:
    announce(*(OrderCancelled(at=clock.now(), order=order) for order in orders))


def settle() -> None:
    while react.react():
        pass


def test_it_works(owner):
    assert "Nothing waits here" in owner.get("/failures").content.decode()
    broken, seen = {1}, []

    def earn(event):
        if event.body["subject"] in broken:
            raise ValueError("no <account> for order 1")
        seen.append(event.body["subject"])

    with reaction(earn):
        cancel(1, 2)
        settle()
        page = owner.get("/failures").content.decode()
        assert "points.earn" in page and "ValueError: no &lt;account&gt; for order 1" in page and "Traceback" in page
        broken.clear()
        settle()
        assert seen == [2], "it is not due yet"
        owner.post(f"/failures/{Failure.objects.get().pk}/try-again")
        settle()
    assert seen == [2, 1]
    assert "Nothing waits here" in owner.get("/failures").content.decode()
    assert [deed.did for deed in queries.trail(kind="failure")] == ["tried_again"]


def test_what_is_given_up_is_not_tried_until_somebody_asks(owner):
    seen = []

    def earn(event):
        seen.append(event)
        raise ValueError

    with reaction(earn):
        cancel(1)
        settle()
        owner.post(f"/failures/{Failure.objects.get().pk}/give-up")
        assert Failure.objects.get().due_at is None
        assert "Given up" in owner.get("/failures").content.decode()
        settle()
        assert len(seen) == 1
        owner.post(f"/failures/{Failure.objects.get().pk}/try-again")
        settle()
    assert len(seen) == 2


def test_what_was_taken_meanwhile_is_said_to_be(owner):
    answer = owner.post("/failures/999/try-again")
    assert answer.status_code == 404 and "taken meanwhile" in answer.content.decode()


def test_the_list_goes_on(owner):
    def earn(event):
        raise ValueError

    with reaction(earn):
        cancel(*range(51))
        settle()
    page = owner.get("/failures").content.decode()
    assert page.count("try-again") == 50 and "?before=" in page
    assert (
        owner.get(f"/failures?before={Failure.objects.order_by('pk')[1].pk}").content.decode().count("try-again") == 1
    )


def test_what_was_given_up_can_be_dismissed_with_a_reason(owner):
    from siyu.conf import doctor

    def earn(event):
        raise ValueError("never")

    with reaction(earn):
        cancel(1)
        settle()
        failure = Failure.objects.get()
        path = f"/failures/{failure.pk}/dismiss"
        assert owner.post(path, {"reason": "old"}).status_code == 409, "it is still tried again"
        owner.post(f"/failures/{failure.pk}/give-up")
        assert not doctor.reactions()[0] and "Dismiss" in owner.get("/failures").content.decode()
        assert owner.post(path, {"reason": " "}).status_code == 422
        assert owner.post(path, {"reason": "paid by hand"}).status_code == 302
    assert doctor.reactions()[0] and not Failure.objects.exists()
    deed = queries.trail(did="dismissed")[0]
    assert "paid by hand" in str(deed)
    assert owner.post(path, {"reason": "again"}).status_code == 404
