"""Words for codes. The code is what programs see; the word is what an operator reads, in the chosen language."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from siyu.core.team.roles import ROLES
from siyu.interfaces.console.words.codes import word as word
from siyu.interfaces.console.words.faults import fault as fault
from siyu.interfaces.console.words.links import spelled as spelled
from siyu.interfaces.console.words.links import way as way
from siyu.interfaces.console.words.outreach import outreach as outreach
from siyu.interfaces.console.words.refusals import refusal as refusal
from siyu.kit.formats import chinese, masked

COUPONS: dict[str, str | Promise] = {
    "draft": _("Draft"),
    "published": _("Published"),
    "amount": _("Amount off"),
    "percent": _("Percent off"),
    "gift": _("A piece free"),
    "issued": _("Issued"),
    "reserved": _("Reserved"),
    "redeemed": _("Redeemed"),
    "reversed": _("Reversed"),
    "void": _("Void"),
    "expired": _("Expired"),
    "unclaimed": _("Unclaimed"),
    "known": _("Such a code is there already"),
    "no_code": _("No code: 4 to 40 letters and digits"),
    "twice": _("It stands there twice"),
    "closed": _("Closed"),
}


CYCLES: dict[str, str | Promise] = {
    "planned": _("Planned"),
    "doing": _("Under way"),
    "decided": _("Decided"),
    "adopt": _("Adopt"),
    "adapt": _("Adapt"),
    "drop": _("Drop"),
}


def cycle(code: str) -> str:
    return str(CYCLES.get(code, code))


def cycle_title(cycle: Any) -> str:
    """The house itself names a month's screening, in the reader's language."""
    return str(_("Screening %(month)s") % {"month": cycle.title}) if cycle.screening_id else cycle.title


def coupon(code: str) -> str:
    """Kinds and states of coupons, and why a line of codes was refused."""
    return str(COUPONS.get(code, code))


SEGMENTS: dict[str, str | Promise] = {
    "champions": _("Champions"),
    "loyal": _("Loyal buyers"),
    "potential_loyalist": _("Could become loyal"),
    "new": _("New buyers"),
    "promising": _("Promising"),
    "need_attention": _("Need attention"),
    "about_to_sleep": _("About to sleep"),
    "at_risk": _("Slipping away"),
    "cannot_lose": _("Cannot lose"),
    "hibernating": _("Hibernating"),
    "lost": _("Lost"),
}
TONES = {
    "new": "info",
    "loyal": "good",
    "won_back": "good",
    "at_risk": "warn",
    "lapsed": "bad",
    "active": "",
    "prospect": "",
}
"""The colour of a stage's tag; the word stands in it."""


def segment(code: str) -> str:
    return str(SEGMENTS.get(code, code))


def tone(stage: str) -> str:
    return TONES.get(stage, "")


def title(who: Any) -> str:
    """What somebody is called: the name, else how they are known, masked."""
    if who.name:
        return str(who.name)
    if not who.identities:
        return str(who.code)
    known = who.identities[0]
    namespace, known_as = (known.namespace, known.value) if hasattr(known, "namespace") else known
    return f"{word(namespace)} {masked(known_as)}"


def product(name: str) -> str:
    """Catalogues shout; a page does not."""
    return name.capitalize() if name.isupper() else name


def value(anything: Any) -> str:
    """A trait's value as one reads it."""
    if isinstance(anything, bool):
        return str(_("yes") if anything else _("no"))
    if isinstance(anything, list):
        return ", ".join(value(one) for one in anything)
    return "–" if anything is None else str(anything)


def trailed(text: Any) -> str:
    """What the audit trail wrote down of a field, which is always text."""
    return {"None": "", "True": value(True), "False": value(False)}.get(str(text), str(text))


def roles(names: list[str]) -> str:
    """Roles by their labels; anything else as it stands."""
    return ", ".join(str(ROLES[name].label) if name in ROLES else name for name in names)


def file_kind(kind: str) -> str:
    """What a file holds; the books call something else spend."""
    return str(_("Traffic spend")) if kind == "spend" else word(kind)


TOUCHES: dict[str, str | Promise] = {
    "visit": _("Visit"),
    "scan": _("Scan"),
    "add": _("Add"),
    "message": _("Message"),
    "view": _("View"),
    "order": _("Order"),
}


def touch(kind: str) -> str:
    """Kinds of touches."""
    return str(TOUCHES.get(kind, kind))


EVENTS: dict[str, str | Promise] = {
    "order.placed": _("placed an order"),
    "order.line": _("bought a product"),
    "order.refunded": _("sent something back"),
    "order.cancelled": _("cancelled an order"),
    "benefit.granted": _("was given a benefit"),
    "benefit.used": _("used a benefit"),
    "benefit.returned": _("got a benefit back"),
    "benefit.expired": _("let a benefit expire"),
    "benefit.revoked": _("lost a benefit"),
    "membership.bought": _("bought a membership"),
    "membership.renewed": _("renewed the membership"),
    "membership.upgraded": _("upgraded the membership"),
    "membership.refunded": _("gave the membership back"),
    "membership.lapsing": _("was told that the membership ends"),
    "membership.lapsed": _("let the membership run out"),
    "membership.expired": _("lost the membership"),
    "growth.earned": _("earned growth"),
    "growth.reversed": _("lost growth"),
    "points.earned": _("earned points"),
    "points.matured": _("can use points"),
    "points.expired": _("let points expire"),
    "points.expiring": _("was told that points expire"),
    "points.spent": _("spent points"),
    "points.returned": _("got points back"),
    "points.reversed": _("lost points with what earned them"),
    "mall.redeemed": _("exchanged points in the mall"),
    "mall.reversed": _("had an exchange called off"),
    "books.disproved": _("the books did not hold"),
    "message.sent": _("was sent a message"),
    "message.failed": _("could not be reached"),
    "message.delivered": _("had a message arrive"),
    "message.opened": _("opened a message"),
    "message.clicked": _("clicked in a message"),
    "message.replied": _("replied to a message"),
    "message.bounced": _("had a message come back"),
    "message.complained": _("called a message spam"),
    "message.unsubscribed": _("wants no more messages of a kind"),
    "coupon.issued": _("got a coupon"),
    "coupon.reserved": _("chose a coupon for an order"),
    "coupon.released": _("got a coupon back from an order"),
    "coupon.redeemed": _("used a coupon"),
    "coupon.reversed": _("sent back what a coupon was used for"),
    "coupon.expired": _("let a coupon expire"),
    "coupon.voided": _("lost a coupon"),
    "gift.sent": _("was sent a gift"),
    "person.appeared": _("became known"),
    "member.joined": _("became a member"),
    "member.signed_in": _("signed in as a member"),
    "member.checked_in": _("checked in"),
    "day.made_up": _("made up a missed day"),
    "streak.reached": _("came to a step of their streak"),
    "card.granted": _("got make-up cards"),
    "task.completed": _("completed a task"),
    "badge.awarded": _("was awarded a badge"),
    "badge.revoked": _("lost a badge"),
    "certificate.issued": _("was issued a certificate"),
    "certificate.revoked": _("had a certificate revoked"),
    "level.reached": _("rose to a level"),
    "level.lost": _("fell from a level"),
}


def event(name: str) -> str:
    return str(EVENTS.get(name, name))


def trait(name: str) -> str:
    """Portrait columns have words of their own in the audience language."""
    from siyu.core.insight.audiences.words import NAMES

    known = NAMES.get(name)
    return known[chinese()] if known else word(name)


STEPS: dict[str, str | Promise] = {
    "reading": _("Reading the file"),
    "judging": _("Judging the rows"),
    "people": _("Numbering buyers"),
    "products": _("Listing products"),
    "writing": _("Writing"),
}


def step(code: str) -> str:
    return str(STEPS.get(code, code))


RULES = {
    "score": _("Our score"),
    "rfm": _("RFM sum"),
    "spend": _("Past spend"),
    "chance": _("Chance"),
    # what leaves a visitor out
    "list": _("Known bot"),
    "agent": _("Own word"),
    "pace": _("Pace"),
    "operator": _("By hand"),
}


def rule(code: str) -> str:
    return str(RULES.get(code, code))


def reason(said: dict[str, Any]) -> str:
    """A reason that comes in both languages."""
    return str(said.get("text_zh" if chinese() else "text_en") or word(said.get("code")))


TIES: dict[str, str | Promise] = {
    "identify": _("The app said so"),
    "login": _("Signed in"),
    "alias": _("The app said so"),
    "bind": _("The app said so"),
    "order": _("Named on an order"),
    "import": _("In one row of a file"),
    "api": _("A program said so"),
    "verified": _("A member showed it with a code"),
    "manual": _("An operator joined them"),
    "split": _("An operator kept them together"),
}
GUARDS: dict[str, str | Promise] = {
    "member": _("two member accounts"),
    "unionid": _("two WeChat accounts"),
    "phone": _("too many phones"),
    "email": _("too many addresses"),
    "separated": _("kept apart by an operator"),
    "shared": _("shared by two"),
    "crowded": _("used by a crowd"),
}
"""Why two stay two."""


def tie(rule: str) -> str:
    return str(TIES.get(rule, rule.replace("_", " ")))


def guard(reason: str) -> str:
    return str(GUARDS.get(reason, reason))


SHOPS = {"shopify": "Shopify", "woocommerce": "WooCommerce"}


def shop_kind(kind: str) -> str:
    return SHOPS.get(kind, kind)


OUTCOMES: dict[str, str | Promise] = {
    "taken": _("taken"),
    "unchanged": _("nothing new"),
    "skipped": _("skipped"),
    "unknown": _("of no use here"),
    "failed": _("could not be taken"),
    "early": _("waits for its order"),
    "waiting": _("is tried again"),
}
"""Of a shop's delivery."""


def outcome(code: str) -> str:
    return str(OUTCOMES.get(code, code))


DEALS: dict[str, str | Promise] = {
    "bought": _("A first purchase"),
    "renewed": _("A renewal from the end of theirs"),
    "upgraded": _("An upgrade from now on"),
    "lower": _("They hold a higher tier"),
}
BENEFITS: dict[str, str | Promise] = {
    "access": _("Access to an activity"),
    "birthday": _("Birthday gift"),
    "boost": _("Boost"),
    "coupon": _("Coupon"),
    "course": _("Course"),
    "distribution": _("Right to sell for us"),
    "offline": _("Offline experience"),
}
"""Kinds of benefits whose words mean something else on other pages."""
GIVEN: dict[str, str | Promise] = {
    "granted": _("Not used yet"),
    "used": _("Used"),
    "expired": _("Expired"),
    "revoked": _("Taken back"),
}


def initial(name: str) -> str:
    """What stands in an avatar: the first letter; of a number its end, which tells people apart."""
    name = name.strip()
    if name[-2:].isdigit():
        return name[-2:]
    return name[:1].upper() if name else "·"


def tint(number: int) -> str:
    """One of five tints that mean nothing, the same for the same person."""
    return "abcde"[number % 5]


def currency() -> str:
    from django.conf import settings

    return settings.SIYU.currency
