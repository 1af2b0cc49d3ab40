"""Points, coupons, benefits, levels, memberships, habits: what somebody got for staying."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from siyu.interfaces.console import words
from siyu.interfaces.console.sentences.told import Sentence, Told
from siyu.kit import formats

LOYALTY: dict[str, Sentence] = {
    "growth.earned": ("levels", "money", lambda e: (grown(e, _("Earned %(n)s growth")), "")),
    "growth.reversed": ("levels", "kept", lambda e: (grown(e, _("%(n)s growth was taken back")), "")),
    "points.earned": ("points", "money", lambda e: (some(e, _("Earned %(n)s points")), pending(e))),
    "points.matured": ("points", "money", lambda e: (some(e, _("%(n)s points can be used now")), "")),
    "points.spent": ("points", "", lambda e: (some(e, _("Spent %(n)s points")), "")),
    "points.returned": ("back", "", lambda e: (some(e, _("Got %(n)s points back")), "")),
    "points.reversed": ("points", "kept", lambda e: (some(e, _("%(n)s points were taken back")), "")),
    "points.expiring": ("clock", "", lambda e: (some(e, _("%(n)s points are about to expire")), until(e, "until"))),
    "points.expired": ("clock", "kept", lambda e: (some(e, _("%(n)s points expired")), "")),
    "mall.redeemed": ("mall", "money", lambda e: (_("Took something in the mall"), both(e.name, priced(e)))),
    "mall.reversed": ("back", "kept", lambda e: (_("An exchange in the mall was called off"), both(e.name, priced(e)))),
    "coupon.issued": ("coupons", "", lambda e: (_("Has a coupon"), both(e.name, until(e, "until")))),
    "coupon.reserved": ("coupons", "", lambda e: (_("An order holds a coupon"), both(e.name, off(e)))),
    "coupon.redeemed": ("coupons", "money", lambda e: (_("Used a coupon"), both(e.name, off(e)))),
    "coupon.released": ("coupons", "", lambda e: (_("A coupon can be used again"), e.name)),
    "coupon.reversed": ("back", "kept", lambda e: (_("A coupon's order went back"), e.name)),
    "coupon.expired": ("clock", "kept", lambda e: (_("A coupon expired"), e.name)),
    "coupon.voided": ("cross", "kept", lambda e: (_("A coupon was taken back"), e.name)),
    "benefit.granted": ("benefits", "", lambda e: (_("Has a benefit"), both(benefit(e), until(e, "until")))),
    "benefit.used": ("benefits", "money", lambda e: (_("Used a benefit"), benefit(e))),
    "benefit.returned": ("back", "", lambda e: (_("A benefit can be used again"), benefit(e))),
    "benefit.expired": ("clock", "kept", lambda e: (_("A benefit expired"), benefit(e))),
    "benefit.revoked": ("cross", "kept", lambda e: (_("A benefit was taken away"), benefit(e))),
    "level.reached": ("levels", "money", lambda e: (_("Rose to level %(level)s") % {"level": level(e)}, score(e))),
    "level.lost": ("levels", "kept", lambda e: (_("Fell to level %(level)s") % {"level": level(e)}, score(e))),
    "membership.bought": ("membership", "money", lambda e: (_("Became a paying member"), term(e))),
    "membership.renewed": ("membership", "money", lambda e: (_("Renewed the membership"), term(e))),
    "membership.upgraded": ("membership", "money", lambda e: (_("Moved up to a higher membership"), term(e))),
    "membership.lapsing": ("clock", "", lambda e: (_("The membership is about to end"), until(e, "ends_at"))),
    "membership.lapsed": (
        "clock",
        "kept",
        lambda e: (_("The membership is unpaid; grace has begun"), until(e, "grace_until")),
    ),
    "membership.expired": ("cross", "kept", lambda e: (_("The membership is over"), "")),
    "membership.refunded": ("back", "kept", lambda e: (_("A membership was refunded"), e.amount)),
    "member.checked_in": ("check_in", "", lambda e: (_("Checked in"), streak(e))),
    "day.made_up": ("check_in", "", lambda e: (_("Made up for a missed day"), streak(e))),
    "streak.reached": ("star", "money", lambda e: (in_a_row(e), "")),
    "card.granted": (
        "check_in",
        "",
        lambda e: (_("Was given make-up cards"), formats.number(e.more.get("cards") or 0)),
    ),
    "task.completed": ("tasks", "money", lambda e: (_("Completed a task"), e.name)),
    "badge.awarded": ("badges", "money", lambda e: (_("Earned a badge"), e.name)),
    "badge.revoked": ("badges", "kept", lambda e: (_("Lost a badge"), e.name)),
    "certificate.issued": ("badges", "money", lambda e: (_("Was given a certificate"), e.name)),
    "certificate.revoked": ("badges", "kept", lambda e: (_("A certificate holds no more"), e.name)),
}


def some(e: Told, sentence: str) -> str:
    return sentence % {"n": e.points}


def grown(e: Told, sentence: str) -> str:
    return sentence % {"n": formats.number(e.more.get("growth") or 0)}


def pending(e: Told) -> str:
    return _("Pending until what earned them stands") if e.more.get("pending") else ""


def priced(e: Told) -> str:
    return ngettext("%(n)s point", "%(n)s points", e.more.get("points") or 0) % {"n": e.points}


def off(e: Told) -> str:
    return _("%(amount)s off") % {"amount": e.amount}


def benefit(e: Told) -> str:
    kind = e.more.get("kind", "")
    return str(words.BENEFITS.get(kind) or words.word(kind))


def level(e: Told) -> str:
    return e.more.get("level") or _("none")


def score(e: Told) -> str:
    said = (e.more.get("numbers") or {}).get("score")
    return _("score %(n)s") % {"n": formats.number(said)} if said is not None else ""


def term(e: Told) -> str:
    return both(e.more.get("title") or "", until(e, "ends_at"))


def streak(e: Told) -> str:
    return ngettext("%(n)s day in a row", "%(n)s days in a row", days(e, "streak")) % {"n": days(e, "streak")}


def in_a_row(e: Told) -> str:
    return ngettext("%(n)s day in a row", "%(n)s days in a row", days(e, "days")) % {"n": days(e, "days")}


def days(e: Told, what: str) -> int:
    return int(e.more.get(what) or 0)


def until(e: Told, what: str) -> str:
    said = e.more.get(what)
    return _("until %(day)s") % {"day": formats.day(datetime.fromisoformat(said))} if said else ""


def both(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
