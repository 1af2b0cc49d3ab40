"""What landed is let go of a day after it stands in the lake, and everything still adds up."""

import json
from datetime import timedelta

import pytest

from siyu.conf import doctor
from siyu.core.eventlog.drain import drain_all, forget_landed, landed
from siyu.core.eventlog.land import land
from siyu.core.eventlog.models import Drain
from siyu.kit import clock

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def send(name: str) -> None:
    said = {"type": "track", "event": "Tapped", "userId": "u1", "messageId": name}
    land(json.dumps(said).encode(), count=1, source="app", dialect="segment", received_at=clock.now())


def well() -> bool:
    return doctor.log_and_drains()[0]


def test_it_works():
    for name in "abc":
        send(name)
        drain_all()
    send("d")
    assert forget_landed(clock.now()) == 0
    assert well()
    oldest = Drain.objects.exclude(messages=0).order_by("number").first()
    Drain.objects.filter(number__lte=oldest.number).update(done_at=clock.now() - timedelta(hours=25))
    assert forget_landed(clock.now()) == 1
    assert landed().count() == 3
    assert well()
    assert forget_landed(clock.now() + timedelta(days=2)) == 2
    assert landed().count() == 1, "what has not been drained stays"
    drain_all()
    assert well()


def test_a_batch_that_was_passed_over_is_noticed():
    for name in "abc":
        send(name)
        drain_all()
    landed().filter(pk=landed().order_by("-pk").first().pk).update(count=2)
    assert not well()
