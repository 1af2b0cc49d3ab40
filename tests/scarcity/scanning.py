"""The last seats of a live code: staff who take so many, and nobody more."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import F

from siyu.core.links import codes, scanning
from siyu.core.links.clicking import Knock
from siyu.core.links.models import Code, Place
from tests.features.shop.brand import NOW
from tests.scarcity.race import CLIENTS, expect

SEATS = 5


class LastSeats:
    """Sixteen phones scan one poster; two places have five seats, and the others are led to the fallback."""

    def open(self) -> None: ...

    def stage(self, trial: int) -> Code:
        code = codes.make(title=f"Poster {trial}", pool="staff", fallback="https://brand.example/", by="lin", at=NOW)
        for name, most in (("amy", 2), ("ben", SEATS - 2)):
            codes.put(code=code.pk, key=name, label=name, url=f"https://work.example/{name}", most=most, at=NOW)
        return code

    def attempt(self, code: Code, client: int) -> str:
        knock = Knock(code=code.code, agent="", address="", host="go", cookie=f"v{client:032x}")
        return scanning.decide(knock, at=NOW).target

    def broken(self, code: Code, got: Sequence[Any]) -> Iterator[str]:
        yield from expect("led to the fallback", got.count("fallback"), CLIENTS - SEATS)
        for place in Place.objects.filter(code=code).order_by("pk"):
            yield from expect(f"sent to {place.label}", got.count(place.label), place.most)
            yield from expect(f"counted at {place.label}", place.taken, place.most)


class OnePhone(LastSeats):
    """The same phone sixteen times at once: one seat."""

    def attempt(self, code: Code, client: int) -> str:
        return super().attempt(code, 1)

    def broken(self, code: Code, got: Sequence[Any]) -> Iterator[str]:
        yield from expect("places", len(set(got)), 1)
        yield from expect("seats", sum(place.taken for place in Place.objects.filter(code=code)), 1)


class SeatsThatAreLookedAt(LastSeats):
    """Racy on purpose."""

    def attempt(self, code: Code, client: int) -> str:
        for place in Place.objects.filter(code=code).order_by("pk"):
            if place.taken < (place.most or 0):
                Place.objects.filter(pk=place.pk, taken__lt=10**6).update(taken=F("taken"))
                place.taken += 1
                place.save()
                return place.label
        return "fallback"


RESOURCES = {"seats of a live code": LastSeats(), "one phone at a live code": OnePhone()}
