"""A brand with one broadcast by mail, planned, in a data folder: `python -m … HOUSE`."""

import sys

import django

django.setup()

from django.db import transaction  # noqa: E402

from siyu.cli import running  # noqa: E402
from siyu.core.insight.trials import controls  # noqa: E402
from siyu.core.outreach import broadcasts  # noqa: E402
from siyu.core.outreach.templates import writing  # noqa: E402
from siyu.core.people import consent  # noqa: E402
from siyu.core.people.numbers import number  # noqa: E402
from siyu.kit import clock  # noqa: E402

WORDS = {
    "subject": "May", "text": "See {link:/m/} or {unsubscribe}",
    "html": '<body><a id="may" href="{link:/m/}">May</a> <a id="out" href="{unsubscribe}">no more</a></body>',
}  # fmt: skip


@transaction.atomic
def plan() -> None:
    at, by = clock.now(), "lin"
    controls.change(share=0, by=by, at=at)
    bob = number({("email", "bob@example.com"): at}, source="test")["email", "bob@example.com"]
    consent.give(person=bob, channel="email", source="test", at=at)
    said = {"kind": "marketing", "channels": ["email"], "bodies": {"en": WORDS, "zh-hans": WORDS}}
    version = writing.write(code="may", title="May", **said, by=by, at=at)
    wish = broadcasts.Wish(title="May", channel="email", variants=[{"version": version.pk}], people=[bob], holdout=0)
    one = broadcasts.draft(wish=wish, by=by, at=at)
    broadcasts.plan(broadcast=one.pk, by=by, at=at)


if __name__ == "__main__":
    running.prepare(brand="Corner shop", currency="CNY", zone="Asia/Shanghai", address=sys.argv[1])
    plan()
