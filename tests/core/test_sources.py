"""A source is opened, found by its key, and closed."""

import pytest

from siyu.core.eventlog import sources
from siyu.core.eventlog.sources import BadSource, SourceExists, UnknownSource
from siyu.kit import clock

pytestmark = pytest.mark.django_db


def open_app(**given):
    return sources.create(**{"name": "app", "protocol": "segment", "at": clock.now()} | given)


def test_it_works():
    app = open_app()
    assert (app.name, app.namespace, app.closed_at) == ("app", "app", None)
    assert sources.open_by_key(app.key) == ("app", "segment")
    assert sources.named("app") == app


def test_its_user_ids_may_be_of_another_kind():
    assert open_app(namespace="member").namespace == "member"


def test_no_two_have_a_name_or_a_key():
    app, other = open_app(), open_app(name="web")
    assert app.key != other.key
    with pytest.raises(SourceExists):
        open_app(protocol="sensors")


@pytest.mark.parametrize("wrong", [{"name": " "}, {"name": "x" * 51}, {"name": "a\nb"}, {"protocol": "smtp"}])
def test_what_cannot_be_a_source(wrong):
    with pytest.raises(BadSource):
        open_app(**wrong)


def test_it_is_closed_once():
    app = sources.close(source=open_app(), at=clock.now())
    first = app.closed_at
    assert sources.close(source=app, at=clock.now()).closed_at == first
    assert sources.open_by_key(app.key) is None


def test_what_is_known_of_a_key_is_believed_for_seconds_only():
    app = open_app()
    assert sources.open_by_key(app.key)
    sources.close(source=app, at=clock.now())
    assert sources.open_by_key(app.key)
    sources.forget_keys()
    assert sources.open_by_key(app.key) is None


def test_guesses_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(sources, "MOST_KNOWN", 3)
    assert not any(sources.open_by_key(f"guess{n}") for n in range(10))
    assert len(sources._known) <= 3


def test_a_name_that_nobody_has():
    with pytest.raises(UnknownSource):
        sources.named("nobody")
