"""Web push: a push service at the other end of the wire, and browsers that decipher what it brings."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import transaction

from siyu.core.eventlog.models import Entry
from siyu.core.insight.trials import controls
from siyu.core.outreach import gate, posting, web_push
from siyu.core.outreach.models import Outgoing, PushSubscription
from siyu.core.outreach.web_push import subscribing
from siyu.core.outreach.web_push.held import Browsers
from siyu.core.people import consent
from siyu.core.people.holdings import Somebody
from siyu.core.people.members import sessions
from siyu.core.people.models import Member
from siyu.interfaces.connectors.web_push.sealing import MOST, sealed
from siyu.kit.base64url import decoded, encoded
from tests.core.outreach.people import NOON, dispatch
from tests.core.outreach.saying import member, person
from tests.interfaces.connectors.pushing import PushBrowser, PushService

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def service(monkeypatch, settings) -> Iterator[PushService]:
    controls.change(share=0, by="lin", at=NOON - timedelta(days=1))
    monkeypatch.setattr(settings.SIYU, "push_services", "127.0.0.1")
    made = PushService(NOON.timestamp())
    made.key = web_push.public_key()
    yield made
    made.close()


@pytest.fixture
def alice() -> Member:
    made = joins("13800000001")
    consent.give(person=person(made), channel="web_push", purpose="marketing", source="test", at=NOON)
    return made


def joins(phone: str) -> Member:
    with transaction.atomic():
        return member(phone)


def listen(who: Member, browser: PushBrowser) -> str:
    token, said = sessions.begin(who, NOON), browser.promise()
    web_push.subscribe(token=token, endpoint=said["endpoint"], at=NOON, **said["keys"])
    return token


def tell(*people: Member, text: str = "Hello", subject: str = "News", key: str = "hello", at=NOON) -> None:
    said = dispatch(key, channel="web_push", variants=[{"text": text, "subject": subject}])
    gate.let_through(said, np.array([person(one) for one in people]), at=at)
    posting.tick("web_push", at=at)


def names() -> list[str]:
    return list(Entry.objects.filter(name__startswith="push.").order_by("pk").values_list("name", flat=True))


def test_it_works(service, alice):
    phone = service.browser("phone")
    listen(alice, phone)
    tell(alice, text="春天来了 🌸 https://shop.example/spring")
    [said] = phone.shown
    assert (said["title"], said["body"]) == ("News", "春天来了 🌸")
    assert "/l/" in said["url"] and "?m=" in said["url"], "a link that counts"
    assert Outgoing.objects.get().state == "sent" and names() == ["push.subscribed"]


def test_the_seal_is_that_of_the_standard():
    """RFC 8291, appendix A."""
    said = {
        "p256dh": decoded("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        "auth": decoded("BTBZMqHH6r4Tts7J_aSIgg"),
        "salt": decoded("DGv6ra1nlYgDCS1FRnbzlw"),
    }
    number = int.from_bytes(decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
    body = sealed(
        b"When I grow up, I want to be a watermelon", **said, key=ec.derive_private_key(number, ec.SECP256R1())
    )
    assert encoded(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
        "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_the_longest_message_fits_into_a_record(service, alice):
    phone = service.browser("phone")
    listen(alice, phone)
    tell(alice, text="🌸" * 5_000 + " https://shop.example/" + "x" * 1_900, subject="🌸" * 200)
    assert len(phone.shown[0]["body"]) == 500 and len(sealed(b"x" * MOST, phone.point, phone.auth)) == 4096


def test_it_comes_to_all_browsers_of_a_person(service, alice):
    phone, desk = service.browser("phone"), service.browser("desk")
    listen(alice, phone), listen(alice, desk)
    tell(alice)
    assert len(phone.shown) == len(desk.shown) == 1


def test_who_has_no_browser_is_not_reachable(service, alice):
    tell(alice)
    assert not Outgoing.objects.exists() and gate.verdicts_of(person(alice))[0].reason == "unreachable"


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_not_asked_again(service, alice, status):
    listen(alice, service.browser("phone"))
    service.statuses.append(status)
    tell(alice)
    assert Outgoing.objects.get().state == "failed" and not PushSubscription.objects.exists()
    assert names() == ["push.subscribed", "push.ended"]
    tell(alice, key="again")
    assert gate.verdicts_of(person(alice))[0].reason == "unreachable" and len(service.asked) == 1


def test_one_that_is_gone_takes_nothing_from_the_others(service, alice):
    phone = service.browser("phone")
    listen(alice, phone), listen(alice, PushBrowser(f"{service.house}/push/nobody"))
    tell(alice)
    assert Outgoing.objects.get().state == "sent" and len(phone.shown) == 1
    assert PushSubscription.objects.get().endpoint == phone.endpoint


@pytest.mark.parametrize(("status", "state"), [(400, "failed"), (413, "failed"), (403, "queued"), (429, "queued")])
def test_what_is_refused_for_good_is_not_asked_again(service, alice, status, state):
    listen(alice, service.browser("phone"))
    service.statuses.append(status)
    tell(alice)
    assert Outgoing.objects.get().state == state and PushSubscription.objects.exists()


def test_a_lost_answer_is_asked_for_again_and_shown_once(service, alice):
    phone = service.browser("phone")
    listen(alice, phone)
    service.lose.append("POST")
    tell(alice)
    assert Outgoing.objects.get().state == "queued" and len(phone.shown) == 1
    posting.tick("web_push", at=NOON + timedelta(minutes=2))
    assert Outgoing.objects.get().state == "sent" and len(service.asked) == 2 and len(phone.shown) == 1


def test_who_signs_out_reads_nothing_there_any_more(service, alice):
    phone = service.browser("phone")
    token = listen(alice, phone)
    sessions.sign_out(token=token, at=NOON)
    assert not web_push.listens(token) and not web_push.reach(np.array([person(alice)]))
    tell(alice)
    assert not phone.shown
    assert subscribing.sweep(LATER) == 1 and subscribing.sweep(LATER) == 0
    assert names() == ["push.subscribed", "push.ended"]


def test_on_one_browser_the_last_one_reads(service, alice):
    bob, shared = joins("13800000002"), service.browser("shared")
    first = listen(alice, shared)
    listen(bob, shared)
    assert not web_push.listens(first) and PushSubscription.objects.get().identity == bob.identity_id


def test_asked_for_twice_it_was_asked_for_once(service, alice):
    said, token = service.browser("phone").promise(), sessions.begin(alice, NOON)
    for _ in range(2):
        web_push.subscribe(token=token, endpoint=said["endpoint"], at=NOON, **said["keys"])
    assert names() == ["push.subscribed"] and web_push.listens(token)
    for _ in range(2):
        web_push.stop(token=token, at=LATER)
    assert names() == ["push.subscribed", "push.ended"] and not web_push.listens(token)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://shop.example/push/1", "http://fcm.googleapis.com/x", "https://fcm.googleapis.com@10.0.0.1/x",
        "https://10.0.0.1/x", "https://xfcm.googleapis.com/x", "https://push.apple.com.evil.example/x", "nonsense",
        "https://[/", "https://web.push.apple.com/" + "x" * 1_000, "http://127.0.0.1/x",
    ],
)  # fmt: skip
def test_the_house_posts_to_push_services_only(alice, endpoint):
    token, said = sessions.begin(alice, NOON), PushBrowser(endpoint).promise()
    with pytest.raises(web_push.BadSubscription):
        web_push.subscribe(token=token, endpoint=endpoint, at=NOON, **said["keys"])


@pytest.mark.parametrize("house", ["fcm.googleapis.com", "web.push.apple.com", "updates.push.services.mozilla.com"])
def test_the_great_push_services_are_known(alice, house):
    listen(alice, PushBrowser(f"https://{house}/x"))
    assert PushSubscription.objects.exists()


def test_keys_that_are_none_are_refused(service, alice):
    token, said = sessions.begin(alice, NOON), service.browser("phone").promise()
    for bad in ({"p256dh": ""}, {"auth": "AAAA"}, {"p256dh": encoded(b"\4" + b"x" * 60)}, {"auth": "ä"}):
        with pytest.raises(web_push.BadSubscription):
            web_push.subscribe(token=token, endpoint=said["endpoint"], at=NOON, **said["keys"] | bad)


def test_a_point_beside_the_curve_is_no_browser(service, alice):
    token, said = sessions.begin(alice, NOON), service.browser("phone").promise()
    beside = {"p256dh": encoded(b"\4" + b"x" * 64), "auth": said["keys"]["auth"]}
    web_push.subscribe(token=token, endpoint=said["endpoint"], at=NOON, **beside)
    tell(alice)
    assert Outgoing.objects.get().state == "failed" and not PushSubscription.objects.exists() and not service.asked


def test_browsers_go_with_whose_they_are(service, alice):
    phone = service.browser("phone")
    listen(alice, phone)
    who = Somebody((alice.identity_id,))
    assert Browsers().export(who)["web_push"][0]["endpoint"] == phone.endpoint
    assert Browsers().count(who) == Browsers().erase(who).erased == {"browsers": 1}
    assert not PushSubscription.objects.exists() and Browsers().export(who) == {}
