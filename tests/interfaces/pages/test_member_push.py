"""A member asks for messages on the browser that they hold, and stops them again."""

import json

import pytest
from django.test import Client

from siyu.core.outreach import web_push
from siyu.core.outreach.models import PushSubscription
from siyu.interfaces.pages.access import COOKIE
from tests.interfaces.connectors.pushing import PushBrowser
from tests.interfaces.pages.visiting import me, visitor

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
PHONE = PushBrowser("https://fcm.googleapis.com/fcm/send/abc")


def ask(client: Client, said: object) -> object:
    return client.post("/m/me/push", {"subscription": said if isinstance(said, str) else json.dumps(said)})


def test_it_works():
    alice = visitor("13812345678")
    page = alice.get("/m/me/consents").content.decode()
    assert f'data-push="{web_push.public_key()}"' in page and "Web push: Offers" in page
    assert ask(alice, PHONE.promise())["Location"] == "/m/me/consents"
    assert PushSubscription.objects.get().identity == me(alice).identity
    page = alice.get("/m/me/consents").content.decode()
    assert "data-push" not in page and "This browser shows our messages" in page
    assert alice.post("/m/me/push/stop").status_code == 302 and not PushSubscription.objects.exists()


def test_another_browser_of_hers_is_asked_for_itself():
    phone, desk = visitor("13812345678"), visitor("13812345678")
    ask(phone, PHONE.promise())
    assert "data-push" in desk.get("/m/me/consents").content.decode()
    assert desk.post("/m/me/push/stop").status_code == 302 and PushSubscription.objects.exists()


def test_signed_out_it_is_over():
    alice = visitor("13812345678")
    ask(alice, PHONE.promise())
    token = alice.cookies[COOKIE].value
    alice.post("/m/sign-out")
    assert not web_push.listens(token)


@pytest.mark.parametrize("said", ["", "x", "[]", {"endpoint": "https://fcm.googleapis.com/x"}, "\ud800"])
def test_nonsense_is_refused(said):
    answer = ask(visitor("13812345678"), said if said != "\ud800" else '"\\ud800"')
    assert answer.status_code == 422 and "cannot show" in answer.content.decode()


def test_a_house_that_is_no_push_service_is_refused():
    said = PHONE.promise() | {"endpoint": "https://169.254.169.254/latest"}
    assert ask(visitor("13812345678"), said).status_code == 422 and not PushSubscription.objects.exists()


def test_the_pages_worker_shows_what_is_pushed():
    said = Client().get("/m/worker.js").content.decode()
    assert "showNotification" in said and "notificationclick" in said
