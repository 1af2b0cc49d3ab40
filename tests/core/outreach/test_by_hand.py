"""What is carried by hand goes through the gate like the rest, to one operator, once, and is proved."""

import io
import threading
from datetime import timedelta

import numpy as np
import pytest
from django.db import connections
from PIL import Image

from siyu.core.eventlog.models import Entry
from siyu.core.insight.trials import controls
from siyu.core.links.qr import BadSign
from siyu.core.outreach import gate, posting, receipts
from siyu.core.outreach.by_hand import proofs, queries, verbs
from siyu.core.outreach.models import Errand, Outgoing
from siyu.core.people import consent, erasure
from siyu.core.team.models import Operator
from tests.core.outreach.people import NOON, dispatch, somebody

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def hand(name: str = "lin") -> int:
    return Operator.objects.create(username=name).pk


def waiting(names: str, **more) -> list[int]:
    """A message for each of these, on the desk."""
    controls.change(share=0, by="lin", at=NOON - timedelta(days=1))
    people = [somebody(name, channel="wechat") for name in names]
    made = dispatch(channel="by_hand", **more)
    gate.let_through(made, np.array(people), at=NOON)
    while posting.tick("by_hand", at=NOON):
        pass
    return people


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 10), "red").save(out, "PNG")
    return out.getvalue()


def test_it_works():
    lin = hand()
    waiting("ab")
    first, second = verbs.take(operator=lin, at=NOON)
    assert (first.text, first.to.isdigit(), queries.desk(lin).waiting) == ("Hello", True, 0)
    verbs.done(errand=first.pk, operator=lin, at=NOON, proof="in WeChat at noon", picture=picture())
    verbs.leave(errand=second.pk, operator=lin, at=NOON, reason="nobody of that name")
    assert [one.state for one in queries.desk(lin).ended] == ["left", "done"]
    receipt = receipts.Receipt.objects.get()
    assert (receipt.kind, receipt.message_id) == ("delivered", first.outgoing)
    assert proofs.path(Errand.objects.get(pk=first.pk).proof_picture).read_bytes()[:2] == b"\xff\xd8"
    assert set(Entry.objects.values_list("name", flat=True)) >= {"errand.done", "errand.left", "message.delivered"}


def test_it_is_ticked_once_by_whoever_has_it_and_with_a_proof():
    lin, mei = hand(), hand("mei")
    waiting("a")
    [one] = verbs.take(operator=lin, at=NOON)
    with pytest.raises(verbs.NotYours):
        verbs.done(errand=one.pk, operator=mei, at=NOON, proof="me")
    with pytest.raises(verbs.NoProof):
        verbs.done(errand=one.pk, operator=lin, at=NOON, proof=" ")
    with pytest.raises(BadSign):
        verbs.done(errand=one.pk, operator=lin, at=NOON, picture=b"<svg/>")
    verbs.done(errand=one.pk, operator=lin, at=NOON, proof="said")
    with pytest.raises(verbs.NotYours):
        verbs.leave(errand=one.pk, operator=lin, at=NOON, reason="no")


def test_whoever_says_no_meanwhile_is_not_shown():
    lin = hand()
    anna, _ = waiting("ab")
    consent.withdraw(person=anna, channel="wechat", source="phone", at=NOON + timedelta(hours=1))
    taken = verbs.take(operator=lin, at=NOON + timedelta(hours=2))
    assert len(taken) == 1
    gone = Errand.objects.get(state="withdrawn")
    assert (gone.text, gone.to) == ("", "") and Outgoing.objects.get(pk=gone.outgoing).person == anna


def test_what_is_put_back_is_anybodys():
    lin, mei = hand(), hand("mei")
    waiting("abc")
    assert len(verbs.take(operator=lin, at=NOON, count=2)) == 2
    assert verbs.give_back(operator=lin, at=NOON) == 2
    assert len(verbs.take(operator=mei, at=NOON)) == 3


def test_the_same_message_is_one_errand():
    waiting("a")
    Outgoing.objects.update(state="queued")  # as after a kill between the desk and the outbox
    posting.tick("by_hand", at=NOON + timedelta(hours=1))
    assert Errand.objects.count() == 1


def test_two_who_take_at_once_never_get_the_same():
    waiting("abcdefgh")
    hands = [hand(f"o{n}") for n in range(4)]
    got: list[list[int]] = []

    def grab(operator: int) -> None:
        got.append([one.pk for one in verbs.take(operator=operator, at=NOON, count=3)])
        connections.close_all()

    threads = [threading.Thread(target=grab, args=[one]) for one in hands]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = [pk for some in got for pk in some]
    assert len(taken) == len(set(taken)) == 8


def test_two_with_the_same_picture_have_one_each():
    lin = hand()
    anna, _ = waiting("ab")
    first, second = (
        verbs.done(errand=one.pk, operator=lin, at=NOON, picture=picture()) for one in verbs.take(operator=lin, at=NOON)
    )
    erasure.request(person=anna, by="lin", at=NOON)
    erasure.carry_on(NOON)
    left = {proofs.path(one.proof_picture).exists() for one in (first, second)}
    assert left == {True, False}


def test_an_erased_person_leaves_nothing_on_the_desk():
    lin = hand()
    anna, _ = waiting("ab")
    verbs.take(operator=lin, at=NOON)
    erasure.request(person=anna, by="lin", at=NOON)
    erasure.carry_on(NOON)
    gone = Errand.objects.get(state="withdrawn")
    assert (gone.text, gone.to, gone.operator) == ("", "", None)
    assert len(queries.desk(lin).mine) == 1
