"""The packaged sample: a real grocer's half year, entered through the same imports as a user's own files."""

from datetime import UTC, datetime
from pathlib import Path

from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.imports import Kind, Options, Progress, Report, carry, silent
from siyu.core.people.imports import people
from siyu.features.commerce.imports import orders, products
from siyu.kit import clock
from siyu.sample.audiences import keep_questions
from siyu.sample.behaviour import land_behaviour
from siyu.sample.coming import come_back
from siyu.sample.coupons import hand_out_coupons
from siyu.sample.links import open_links
from siyu.sample.membership import open_memberships
from siyu.sample.outreach import tell_people
from siyu.sample.shop import open_shop
from siyu.sample.traffic import lead_people_here
from siyu.sample.trials import try_nothing

CURRENCY = "USD"
SOURCE = "completejourney"
BEGAN = datetime(2016, 12, 31, tzinfo=UTC)
"""Catalogue and demographics name no time; they held before the first basket."""
FILES: tuple[tuple[Kind, str], ...] = ((products, "products"), (people, "people"), (orders, "orders"))


def load(progress: Progress = silent) -> list[Report]:
    """Import products, people and orders and bring them into the lake; a second time changes nothing.

    The instance's base currency should be the sample's (`CURRENCY`); otherwise every order lacks a rate.
    """
    options = Options(source=SOURCE, currency=CURRENCY, said_at=BEGAN)
    here = Path(__file__).parent
    reports = [
        carry(kind, here / f"{name}.parquet", options=options, at=clock.now(), progress=progress)
        for kind, name in FILES
    ]
    land_behaviour(SOURCE, clock.now())
    lead_people_here(clock.now())
    open_shop(SOURCE, clock.now())
    hand_out_coupons(clock.now())
    come_back(SOURCE, clock.now())
    open_memberships(clock.now())
    open_links(clock.now())
    progress("filling the lake", 0, 0)
    drain_all()
    keep_questions(clock.now())
    try_nothing()
    tell_people(SOURCE, clock.now())
    drain_all()
    return reports
