"""Whatever happens in whatever order: who was erased is nowhere, unless they came back of their own."""

import contextlib
import random
from datetime import timedelta

import pytest

from siyu.core.eventlog.dialects import Message
from siyu.core.eventlog.drain import drain_all
from siyu.core.people import erasure, queries
from siyu.core.people.actions import WasErased, introduce
from siyu.core.people.graph import deciding
from siyu.core.people.models import Identity
from siyu.core.people.tombstones import erased
from tests.core.test_erasure import NOON, behave, found, imported, order

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
STEPS = 14
HOUR = timedelta(hours=1)
PERSONS = {
    "alice": {"member": "M-70001-A", "phone": "13911112222", "name": "欧阳娜娜子", "email": "alice.ou@example.cn"},
    "bob": {"member": "M-70002-B", "phone": "13922221111", "name": "司马相如子", "email": "bob.sima@example.cn"},
}
HEAD = "member_no,phone,email,name,updated_at,file"


class Life:
    """What happens, and who may be named after it."""

    def __init__(self, seed: int, folder) -> None:
        self.random, self.folder, self.hour = random.Random(seed), folder, 0
        self.erased: set[str] = set()
        self.files = 0

    def go(self) -> None:
        self.hour += 1
        who = self.random.choice(list(PERSONS))
        doings = [
            self.event, self.late_event, self.import_, self.sell, self.late_sale, self.register, self.merge, self.erase
        ]  # fmt: skip
        self.random.choice(doings)(who)

    def before(self, who: str) -> float:
        """An hour before any of their values was erased."""
        stones = buried(who).values()
        return (min(stones) - NOON) / HOUR - 0.5 if stones else self.hour

    def claim(self, who: str) -> tuple[str, str]:
        kind = self.random.choice(["member", "phone"])
        return kind, PERSONS[who][kind]

    def message(self, who: str, hour: float) -> None:
        said = PERSONS[who]
        name = f"{who}-{self.hour}"
        properties = {"title": f"hello {said['phone']}"}
        private = {"name": said["name"], "email": said["email"]}
        behave(Message("Form Sent", NOON + timedelta(hours=hour), name, self.claim(who), properties, private))

    def event(self, who: str) -> None:
        """Of their own, at this hour: an erased person comes back with it."""
        self.message(who, self.hour)
        self.erased.discard(who)

    def late_event(self, who: str) -> None:
        self.message(who, self.before(who))

    def import_(self, who: str) -> None:
        said = PERSONS[who]
        self.files += 1
        row = f"{said['member']},{said['phone']},{said['email']},{said['name']},,{self.files}"
        broken = f"{said['member']},,,{said['name']},no date,{self.files}"
        imported(self.folder, HEAD, row, broken, name=f"{self.files}.csv")

    def sell(self, who: str) -> None:
        order(f"o-{self.hour}", NOON + timedelta(hours=self.hour), self.claim(who))
        self.erased.discard(who)

    def late_sale(self, who: str) -> None:
        order(f"o-{self.hour}", NOON + timedelta(hours=self.before(who)), self.claim(who))

    def register(self, who: str) -> None:
        try:
            at = NOON + timedelta(hours=self.before(who))
            introduce(claim=self.claim(who), source="app", at=at, private={"name": PERSONS[who]["name"]})
        except WasErased:
            assert who in self.erased

    def merge(self, who: str) -> None:
        """An operator says that two persons are one, as a rule two halves of the same, now and then alice and bob."""
        drain_all()
        some = PERSONS[who] if self.random.random() < 0.8 else PERSONS["alice"] | {"other": PERSONS["bob"]["phone"]}
        found = sorted({person for value in some.values() for person in queries.find(value)})
        if len(found) > 1:
            with contextlib.suppress(deciding.KeptApart):
                deciding.join(person=found[0], other=found[1], by="owner", at=NOON + timedelta(hours=self.hour))

    def erase(self, who: str) -> None:
        """All that any of their values leads to."""
        drain_all()
        values = PERSONS[who].values()
        for person in {p for value in values for p in queries.find(value)}:
            at = NOON + timedelta(hours=self.hour)
            erasure.carry_out(erasure.request(person=person, by="owner", at=at), at=at)
        assert not alive(who)
        self.erased |= {name for name in PERSONS if len(buried(name)) == 3 and not alive(name)}


def alive(who: str) -> bool:
    return Identity.objects.filter(value__in=PERSONS[who].values()).exists()


def buried(who: str) -> dict:
    return erased([(kind, PERSONS[who][kind]) for kind in ("member", "phone", "email")])


@pytest.mark.parametrize("seed", range(8))
def test_the_erased_never_come_back_unless_they_do(tmp_path, seed):
    life = Life(seed, tmp_path)
    life.import_("alice")
    life.import_("bob")
    for _ in range(STEPS):
        life.go()
    life.hour += 1
    life.erase("alice")
    life.late_event("alice")
    life.import_("alice")
    drain_all()
    erasure.carry_on(NOON)
    forbidden = {value for who in life.erased for value in PERSONS[who].values()}
    assert "alice" in life.erased
    assert found(tuple(forbidden)) == {}
