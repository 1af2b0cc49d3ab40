"""Whatever happens in which order, nobody who is refused gets a message: neither at the gate nor at the door."""

import contextlib
from datetime import timedelta

import numpy as np
import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from siyu.core.insight.trials import controls
from siyu.core.outreach import channels, gate, posting, suppressing
from siyu.core.outreach.models import Cap, Outgoing, Suppression
from siyu.core.people import consent, erasure
from siyu.core.people.graph import deciding
from siyu.core.people.models import Identity
from siyu.kit.refusals import Refused
from tests.core.outreach.people import NOON, dispatch, known
from tests.core.outreach.test_posting import Carrier

MOST = 2
PHONES = [f"1390000000{n}" for n in range(4)]
WHO = st.sampled_from(range(len(PHONES)))


class Watched(Carrier):
    """Looks at the moment of sending whether it may be."""

    def send(self, decision, message, *, at):
        person = Identity.objects.get(namespace="phone", value=message.to).person_id
        assert person, "erased"
        words = {(one.channel, one.purpose): one.granted for one in consent.standing(person)}
        assert words.get(("sms", "marketing")), "no consent"
        assert not suppressing.is_suppressed("phone", message.to), "suppressed"
        return super().send(decision, message, at=at)


class Gate(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.at, self.asked = NOON, 0
        self.numbers: list[int] = []

    @initialize()
    def begin(self) -> None:
        self.example = transaction.atomic()
        self.example.__enter__()
        controls.change(share=0, by="lin", at=NOON - timedelta(days=1))
        Cap.objects.create(period="day", most=MOST)
        self.numbers = [known("phone", phone) for phone in PHONES]
        channels.serve("sms", Watched())

    def later(self) -> None:
        self.at += timedelta(seconds=30)

    def tries(self, verb, **said) -> None:
        self.later()
        with contextlib.suppress(Refused):
            verb(**said, at=self.at)

    @rule(who=WHO, yes=st.booleans())
    def say(self, who, yes):
        verb = consent.give if yes else consent.withdraw
        self.tries(verb, person=self.numbers[who], channel="sms", source="test")

    @rule(who=WHO)
    def suppress(self, who):
        self.tries(suppressing.suppress, namespace="phone", value=PHONES[who], reason="bounced", by="lin")

    @rule()
    def free(self):
        for one in Suppression.objects.order_by("pk")[:1]:
            self.tries(suppressing.free, number=one.pk, by="lin")

    @rule(one=WHO, other=WHO)
    def join(self, one, other):
        self.tries(deciding.join, person=self.numbers[one], other=self.numbers[other], by="lin")

    @rule(who=WHO)
    def split(self, who):
        self.tries(deciding.split, person=self.numbers[who], leaving=[self.numbers[who]], by="lin")

    @rule(who=WHO)
    def erase(self, who):
        self.tries(erasure.request, person=self.numbers[who], by="lin")

    @rule()
    def ask(self):
        self.later()
        self.asked += 1
        gate.let_through(dispatch(f"d{self.asked} {id(self)}"), np.array(self.numbers), at=self.at)

    @rule()
    def post(self):
        self.later()
        posting.tick("sms", at=self.at)

    def teardown(self) -> None:
        """Nobody who is one person now, and was when told, heard more than the cap of a day under one number."""
        for number in self.numbers:
            told = Outgoing.objects.filter(person=number).exclude(state__in=("stopped", "failed"))
            assert told.count() <= MOST
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)


@pytest.mark.django_db
def test_nobody_who_is_refused_gets_a_message(monkeypatch):
    monkeypatch.setitem(channels._senders, "sms", None)
    run_state_machine_as_test(
        Gate,
        settings=settings(
            max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
