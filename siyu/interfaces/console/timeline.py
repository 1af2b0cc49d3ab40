"""What happened to somebody, as sentences by day."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from siyu.core.insight.timeline import Stretch
from siyu.core.people.queries import Happening
from siyu.events import BY_NAME
from siyu.features.commerce.models import Order, Product
from siyu.features.traffic import glance
from siyu.features.traffic.models import DOMAINS
from siyu.features.traffic.touchpoints import ways_of
from siyu.features.traffic.tree import UNKNOWN
from siyu.interfaces.console import words
from siyu.kit import formats

PAGE = 20
BEHAVIOUR = "behaviour"
KINDS = {
    BEHAVIOUR: (),
    "orders": ("order.", "gift."),
    "profile": ("person.appeared", "person.described", "identity.", "visitor."),
    "tags": ("person.tagged", "person.untagged"),
    "choices": ("candidate.",),
    "consent": ("consent.",),
    "messages": ("message.",),
}
"""What can be looked at alone, and how its events' names begin."""
SHOWN = 4
LONGEST = 160


class Line(NamedTuple):
    """A line of an order."""

    title: str
    quantity: str
    amount: int


@dataclass(frozen=True)
class Moment:
    at: datetime
    icon: str
    mark: str
    title: str
    text: str = ""
    lines: list[Line] = field(default_factory=list)
    way: str = ""
    """Of a touch: the domain and the channel that it came through."""


@dataclass(frozen=True)
class Timeline:
    days: list[tuple[date, list[Moment]]]
    next: str
    looked_back_to: datetime | None = None


def days(page: Stretch) -> Timeline:
    """Newest day first; titles of products and numbers of orders are asked once for the whole page."""
    products, orders = titles(page.rows), numbers(page.rows)
    came = ways(page.rows)
    moments = [replace(told(one, products, orders), way=came.get(one.position, "")) for one in page.rows]
    by_day = [(day, list(some)) for day, some in groupby(moments, lambda one: formats.local(one.at).date())]
    following = f"{page.next[0].isoformat()}~{page.next[1]}" if page.next else ""
    return Timeline(by_day, following, page.looked_back_to)


def ways(rows: Iterable[Happening]) -> dict[int, str]:
    """{position: domain and channel, as one says them} of what touched them; what no rule knows is left out."""
    sent = [one.position for one in rows if one.name not in BY_NAME]
    found = {position: way for position, way in ways_of(sent).items() if way[0] != UNKNOWN}
    called, domains = (glance.names() if found else {}), {code: str(name) for code, name in DOMAINS}
    return {
        position: " · ".join(part for part in (domains.get(domain), called.get(channel, channel)) if part)
        for position, (channel, domain) in found.items()
    }


def names(kind: str) -> list[str]:
    """The events of a kind; of none: no choice among them."""
    return [name for name in BY_NAME if name.startswith(KINDS[kind])] if KINDS.get(kind) else []


def token(text: str) -> tuple[datetime, int] | None:
    moment, _sign, position = text.partition("~")
    try:
        at = datetime.fromisoformat(moment.replace(" ", "+"))
    except ValueError:
        return None
    if not position.isdecimal() or len(position) > 19:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC), int(position)


def titles(rows: Iterable[Happening]) -> dict[int, str]:
    wanted = {item["product"] for row in rows for item in row.body.get("items") or ()}
    known = Product.objects.filter(pk__in=wanted).values_list("pk", "title", "sku")
    return {pk: title or sku for pk, title, sku in known}


def numbers(rows: Iterable[Happening]) -> dict[int, str]:
    about = (row.body.get("subject") for row in rows if row.name.startswith(("order.", "gift.")))
    wanted = {subject for subject in about if subject is not None}
    return dict(Order.objects.filter(pk__in=wanted).values_list("pk", "number"))


@dataclass(frozen=True)
class Told:
    """What a sentence about an event may use."""

    at: datetime
    source: str
    body: dict[str, Any]
    more: dict[str, Any]
    """The event's own properties."""
    order: str
    lines: list[Line]

    @property
    def amount(self) -> str:
        return formats.money(self.body.get("amount"))


def told(one: Happening, products: dict[int, str], orders: dict[int, str]) -> Moment:
    """An event in words; one without words of its own reads by its name."""
    items = one.body.get("items") or ()
    sold = [Line(products.get(i["product"], "?"), formats.number(i["quantity"]), i["amount"]) for i in items]
    order = orders.get(one.body.get("subject") or 0, "")
    about = Told(one.at, one.source, one.body, one.body.get("properties") or {}, order, sold)
    icon, mark, sentence = SENTENCES.get(one.name) or SENT.get(one.name) or ("clock", "", lambda e: other(one.name, e))
    title, text = sentence(about)
    return Moment(one.at, icon, mark, title, text, sold)


SENTENCES: dict[str, tuple[str, str, Callable[[Told], tuple[str, str]]]] = {
    "order.placed": ("order", "money", lambda e: (_("Ordered for %(amount)s") % {"amount": e.amount}, bought(e))),
    "order.corrected": (
        "pencil",
        "",
        lambda e: (_("An order was corrected to %(amount)s") % {"amount": e.amount}, bought(e)),
    ),
    "order.cancelled": ("cross", "kept", lambda e: (_("An order was cancelled"), e.order)),
    "order.refunded": ("back", "kept", lambda e: (_("Got %(amount)s back") % {"amount": e.amount}, "")),
    "gift.sent": ("star", "", lambda e: (_("Was sent a gift"), "")),
    "person.appeared": ("people", "", lambda e: (_("Became known"), known_as(e))),
    "person.described": ("pencil", "", lambda e: (_("Something was learnt"), learnt(e))),
    "person.tagged": ("tags", "", lambda e: (_("Tagged %(tag)s") % {"tag": e.more.get("tag", "")}, by(e))),
    "person.untagged": ("tags", "kept", lambda e: (_("Lost the tag %(tag)s") % {"tag": e.more.get("tag", "")}, by(e))),
    "visitor.excluded": ("visitors", "kept", lambda e: (_("Does not count from now on"), set_aside(e))),
    "visitor.readmitted": ("visitors", "", lambda e: (_("Counts again"), by(e))),
    "identity.matched": ("people", "", lambda e: (_("Something says who is who"), tied(e))),
    "identity.unmatched": ("people", "kept", lambda e: (_("Evidence of who is who was withdrawn"), tied(e))),
    "identity.separated": ("people", "kept", lambda e: (_("Kept apart from somebody"), by(e))),
    "identity.reconciled": ("people", "", lambda e: (_("No longer kept apart from somebody"), by(e))),
    "identity.linked": ("people", "", lambda e: (_("Found to be this person"), "")),
    "account.joined": ("people", "", lambda e: (_("Another account of theirs became part of this one"), "")),
    "account.parted": ("people", "kept", lambda e: (_("That account is one of its own again"), "")),
    "consent.given": ("check", "", lambda e: (_("Said yes to %(channel)s") % {"channel": channel(e)}, e.source)),
    "consent.withdrawn": ("cross", "kept", lambda e: (_("Said no to %(channel)s") % {"channel": channel(e)}, e.source)),
    "candidate.accepted": ("check", "money", lambda e: (_("Chosen as a seed user"), by(e))),
    "candidate.rejected": ("cross", "kept", lambda e: (_("Not chosen as a seed user"), e.more.get("reason") or by(e))),
    "candidate.reopened": ("back", "", lambda e: (_("The choice was taken back"), by(e))),
}
"""Event: icon, mark, and what is said: a title and a line."""


SENT: dict[str, tuple[str, str, Callable[[Told], tuple[str, str]]]] = {
    "Product Viewed": ("eye", "", lambda e: (_("Looked at a product"), thing(e))),
    "Product Clicked": ("eye", "", lambda e: (_("Looked at a product"), thing(e))),
    "Product Added": ("plus", "", lambda e: (_("Put into the cart"), thing(e))),
    "Product Removed": ("cross", "kept", lambda e: (_("Took out of the cart"), thing(e))),
    "Product Shared": ("people", "", lambda e: (_("Shared a product"), thing(e))),
    "Products Searched": ("search", "", lambda e: (_("Searched"), text(e, "query"))),
    "Product List Viewed": ("eye", "", lambda e: (_("Looked at a list"), text(e, "category", "list_id"))),
    "Cart Viewed": ("order", "", lambda e: (_("Looked into the cart"), e.source)),
    "Checkout Started": ("order", "", lambda e: (_("Began to check out"), text(e, "order_id"))),
    "Order Completed": ("order", "", lambda e: (_("The app says: ordered"), text(e, "order_id"))),
    "Page Viewed": ("eye", "", lambda e: (_("Looked at a page"), text(e, "title", "name", "path", "url"))),
    "Screen Viewed": ("eye", "", lambda e: (_("Looked at a screen"), text(e, "title", "name"))),
    "Identified": ("pencil", "", lambda e: (_("The app said who it is"), e.source)),
}
"""The same for what apps and pages send under names that many use."""


def other(name: str, e: Told) -> tuple[str, str]:
    """What has no sentence reads by its name, with the first things that were said."""
    said = [f"{key}: {value}" for key, value in e.more.items() if isinstance(value, str | int | float)][:SHOWN]
    return words.word(name), (" · ".join(said) if name not in BY_NAME else "")[:LONGEST]


def thing(e: Told) -> str:
    return text(e, "name", "title", "sku", "product_id")


def text(e: Told, *names: str) -> str:
    """The first of these that was said, and who says so."""
    said = next((str(e.more[name]) for name in names if e.more.get(name) not in (None, "")), "")
    return " · ".join(part for part in (said[:LONGEST], e.source) if part)


def known_as(e: Told) -> str:
    return _("As %(namespace)s, by %(source)s") % {
        "namespace": words.word(e.more.get("namespace", "")),
        "source": e.source,
    }


def bought(e: Told) -> str:
    """How many things, what was taken off, which order."""
    said = [ngettext("%(n)s line", "%(n)s lines", len(e.lines)) % {"n": formats.number(len(e.lines))}]
    if e.body.get("discount"):
        said.append(_("%(amount)s off") % {"amount": formats.money(e.body["discount"])})
    if coupons := e.more.get("coupons"):
        said.append(ngettext("%(n)s coupon", "%(n)s coupons", len(coupons)) % {"n": len(coupons)})
    if e.order:
        said.append(_("no. %(number)s") % {"number": e.order})
    return " · ".join(said)


def learnt(e: Told) -> str:
    """Names of what was learnt; the values of what is personal stay out."""
    private = (e.body.get("personal") or {}).get("private") or {}
    said = [f"{words.word(name)}: {words.value(value)}" for name, value in (e.more.get("traits") or {}).items()]
    said += [words.word(name) for name in private]
    more = len(said) - SHOWN
    return "; ".join(said[:SHOWN]) + (_(" and %(n)s more") % {"n": more} if more > 0 else "")


def tied(e: Told) -> str:
    return " · ".join(said for said in (words.tie(e.more.get("rule", "")), by(e)) if said)


def set_aside(e: Told) -> str:
    said = (words.rule(e.more.get("rule", "")), str(e.more.get("reason") or ""), by(e))
    return " · ".join(part for part in said if part)


def channel(e: Told) -> str:
    return f"{words.word(e.more.get('channel', ''))} · {words.word(e.more.get('purpose', ''))}"


def by(e: Told) -> str:
    return _("by %(who)s") % {"who": e.more["by"]} if e.more.get("by") else ""
