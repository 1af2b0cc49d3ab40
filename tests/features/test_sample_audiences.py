"""The sample's saved questions can be asked, and stand there once."""

from datetime import timedelta

import pytest

from siyu.core.eventlog.drain import drain_all
from siyu.core.insight import audiences
from siyu.core.insight.models import Audience
from siyu.core.people.numbers import number
from siyu.kit import clock
from siyu.sample.audiences import KEPT, keep_questions
from tests.selling import order, sell

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def test_they_are_kept_once():
    today = clock.now().date()
    [who] = number({("member", "lin"): clock.now()}, source="shop").values()
    sell(*(order(n, who, today - timedelta(days=n), (1, 100)) for n in range(1, 9)))
    drain_all()
    for _ in range(2):
        keep_questions(clock.now())
        said = {one.name: audiences.count(one.definition) for one in Audience.objects.all()}
        assert said == {"Spent much and fell silent": 0, "Eight orders in ninety days": 1, "Buy what is reduced": 0}
    assert set(said) == set(KEPT)
