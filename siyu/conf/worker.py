"""The loops behind the web, a process each, so that a long thought holds up no event.

`flow` carries what happens: reactions, drain, audience index. `study` thinks about it: portraits, rules, upkeep,
and takes what processor time the others leave, as they take what the web leaves.
`till` watches orders that are not paid and money on its way back: it waits for payment gateways, and nobody for it.
`post` sends messages, and waits for whoever carries them. `intake` takes in files that operators sent.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sized
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import close_old_connections

from siyu.core.eventlog import lake, lakeside
from siyu.core.eventlog.drain import drain, forget_landed
from siyu.core.eventlog.drain.weeding import weed
from siyu.core.eventlog.imports import uploads
from siyu.core.eventlog.imports.events import events
from siyu.core.eventlog.react import react
from siyu.core.insight import next_product, screening, visitors
from siyu.core.insight.actions import apply_tag_rules
from siyu.core.insight.audiences.index import advance
from siyu.core.insight.refresh import refresh_derived
from siyu.core.insight.trials import controls
from siyu.core.ledger import proving
from siyu.core.links import condensed, tallies, watching
from siyu.core.outreach import broadcasts, posting
from siyu.core.outreach.web_push import subscribing
from siyu.core.people import erasure
from siyu.core.people.imports import people
from siyu.core.people.members import asking, sessions
from siyu.core.team import answers
from siyu.features.commerce import checkout, margin, payments
from siyu.features.commerce.imports import listings, orders, products
from siyu.features.commerce.shops import taking
from siyu.features.loyalty import benefits
from siyu.features.loyalty.coupons import handing, issuing
from siyu.features.loyalty.levels.judging import judge_due
from siyu.features.loyalty.membership import birthdays
from siyu.features.loyalty.membership import ticking as memberships
from siyu.features.loyalty.points import ticking
from siyu.features.traffic import reckoned, returns, sightings, wasted
from siyu.features.traffic.imports import spend
from siyu.features.traffic.reports import sending as reports
from siyu.interfaces.connectors.outbox import sender as outbox
from siyu.interfaces.connectors.shops.door import retake
from siyu.kit import clock

log = logging.getLogger("siyu.worker")
PAUSE = 0.5
"""Seconds between two rounds in which nothing was to do; also the breath that web writes get between batches."""
BREATH = 0.02
SMALL_FILES = 64
BEHIND, PATIENT = 10, 15
"""What is added to the niceness of whoever works behind those that somebody waits for, and of whoever can wait long."""


@dataclass
class Chore:
    """Something to do again and again; `do` says how much it did."""

    name: str
    do: Callable[[], int]
    every: float = 0.0
    """Seconds from one time to the next, at least."""
    backlog: int = 0
    """What waits shares the price of a step, unless so much was done in the last one: then it goes on at once."""
    rest: float = 0.0
    """How many times as long as it took it lies still: what costs more gathers more."""
    longest: float = 10.0
    """Seconds that it lies still at most."""
    due: float = 0.0


def upkeep() -> int:
    """Merge small files once there are many, and delete what was replaced."""
    done = 0
    for name in lake.SCHEMAS:
        if len(lake.files(name)) > SMALL_FILES:
            done += lake.compact(name)
        done += lake.sweep(name)
    return done


def follow_rules(at: datetime) -> int:
    return sum(came + went for came, went in apply_tag_rules(at=at).values())


def timed(do: Callable[[datetime], Sized | int | None]) -> Callable[[], int]:
    """A chore that wants to know the time, and says what it did in its own way."""

    def run() -> int:
        done = do(clock.now())
        return done or 0 if isinstance(done, int | None) else len(done)

    return run


KINDS = {kind.name: kind for kind in (orders, people, products, listings, events, spend)}
ROOMS = {
    "flow": [
        Chore("reactions", react),
        Chore("drain", drain, every=1, backlog=5_000, rest=3, longest=1.5),
        Chore("audience index", advance, every=1),
        Chore("shop deliveries", retake, every=2),
    ],
    "study": [
        Chore("portraits", timed(refresh_derived), every=1, rest=9),
        Chore("cost and return", timed(returns.keep_fresh), every=2),
        Chore("answers of pages", timed(reckoned.work_off), every=2),
        Chore("old answers of pages", timed(reckoned.forget), every=3600),
        Chore("what the shop leaves", timed(margin.keep_fresh), every=600),
        Chore("clicks of links", tallies.keep_fresh, every=2, rest=12),
        Chore("trials", timed(wasted.keep_fresh), every=5),
        Chore("global control group", timed(controls.rotate), every=600),
        Chore("bots", timed(lambda at: visitors.apply(at=at)), every=60),
        Chore("tag rules", timed(follow_rules), every=60),
        Chore("screening", timed(screening.monthly), every=60),
        Chore("next products", timed(next_product.keep_fresh), every=60),
        Chore("levels", timed(judge_due), every=30),
        Chore("repetitions", timed(weed), every=600),
        Chore("upkeep", upkeep, every=60),
        Chore("touches of files that went", partial(lakeside.sweep, sightings.FOLDER), every=60),
        Chore("clicks of files that went", partial(lakeside.sweep, condensed.FOLDER), every=60),
        Chore("coupons for many", timed(handing.work_off)),
        Chore("coupons that expire", timed(issuing.expire_due), every=10),
        Chore("benefits that expire", timed(benefits.expire_due), every=10),
        Chore("points that ripen and expire", timed(ticking.tick), every=10),
        Chore("points about to expire", timed(ticking.remind), every=600),
        Chore("memberships that end", timed(memberships.tick), every=10),
        Chore("birthdays", timed(birthdays.celebrate), every=600),
        Chore("domains that go quiet", timed(watching.watch), every=600),
        Chore("proof of the books", timed(proving.nightly), every=600),
        Chore("erasures", timed(erasure.carry_on), every=5),
        Chore("landed batches", timed(forget_landed), every=60),
        Chore("old answers", timed(answers.forget), every=3600),
        Chore("old codes", timed(asking.forget), every=3600),
        Chore("browsers that signed out", timed(subscribing.sweep), every=60),
        Chore("old sessions", timed(sessions.forget), every=3600),
        Chore("old deliveries", timed(taking.forget), every=3600),
        Chore("old messages", timed(outbox.forget), every=3600),
    ],
    "till": [
        Chore("orders that lapse", timed(checkout.lapse), every=2),
        Chore("money that goes back", timed(payments.give_back_due), every=2),
        Chore("payments not heard of", timed(payments.ask_again), every=30),
    ],
    "post": [
        Chore("broadcasts", timed(broadcasts.work_off), every=0.5),
        Chore("messages", timed(posting.post_due)),
        Chore("reports", timed(reports.tick), every=30),
        Chore("old reports", timed(reports.forget), every=3600),
    ],
    "intake": [
        Chore("files", partial(uploads.take, KINDS)),
        Chore("old files", timed(uploads.forget), every=3600),
    ],
}


def work(*rooms: str, once: bool = False) -> None:
    """Do the chores of these rooms until told to stop; `once` ends when a round finds nothing to do."""
    stop = threading.Event()
    os.nice(PATIENT if rooms == ("study",) else BEHIND)
    for number in (signal.SIGTERM, signal.SIGINT):
        # a file takes as long as it takes, and bears it to be left at any point
        signal.signal(number, signal.SIG_DFL if rooms == ("intake",) else lambda *_: stop.set())
    while not stop.is_set():
        busy = sum(attempt(chore, hurry=once) for room in rooms for chore in ROOMS[room])
        if "flow" in rooms:
            beat()
        if once and not busy:
            return
        close_old_connections()
        stop.wait(BREATH if busy else PAUSE)


def attempt(chore: Chore, *, hurry: bool) -> int:
    """A chore that fails is logged and tried again; it keeps no other from being done. `hurry`: none gathers."""
    now = clock.now().timestamp()
    if now < chore.due and not (hurry and chore.backlog):
        return 0
    chore.due = now + chore.every
    began = time.monotonic()
    try:
        done = chore.do()
        took = time.monotonic() - began
        chore.due = now if chore.backlog and done >= chore.backlog else now + lies_still(chore, took)
        return done
    except Exception:
        log.exception("%s failed", chore.name)
        chore.due = now + max(chore.every, 5)
        return 0


def lies_still(chore: Chore, took: float) -> float:
    """Seconds from when it began."""
    return max(chore.every, took + min(chore.rest * took, chore.longest) if chore.rest else 0)


def beat() -> None:
    """A sign of life for /readyz: the file's time."""
    pulse().touch()


def pulse() -> Path:
    return Path(settings.SIYU.home) / "worker.alive"
