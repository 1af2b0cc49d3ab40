"""What happened to somebody, as sentences by day."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import Model

from siyu.core.insight.timeline import Stretch
from siyu.core.people.queries import Happening
from siyu.events import BY_NAME
from siyu.features.commerce.models import Order, Product, Store
from siyu.features.loyalty.models import Badge, CouponTemplate, MallItem, Task
from siyu.features.traffic import glance
from siyu.features.traffic.models import DOMAINS
from siyu.features.traffic.touchpoints import ways_of
from siyu.features.traffic.tree import UNKNOWN
from siyu.interfaces.console import sentences
from siyu.interfaces.console.sentences import Line, Told
from siyu.kit import formats

PAGE = 20
BEHAVIOUR = "behaviour"
KINDS = {
    BEHAVIOUR: (),
    "orders": ("order.", "gift.", "payment.", "money.", "refund.", "invoice.", "voucher."),
    "profile": ("person.appeared", "person.described", "identity.", "account.", "visitor."),
    "tags": ("person.tagged", "person.untagged"),
    "choices": ("candidate.",),
    "consent": ("consent.",),
    "loyalty": (
        "points.",
        "mall.",
        "coupon.",
        "benefit.",
        "level.",
        "membership.",
        "member.",
        "day.",
        "streak.",
        "card.",
        "task.",
        "badge.",
        "certificate.",
    ),
    "messages": ("message.", "errand.", "address."),
}
"""What can be looked at alone, and how its events' names begin."""


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


class Known(NamedTuple):
    """What the numbers on a page are called."""

    products: dict[int, str]
    orders: dict[int, str]
    things: dict[tuple[str, int], str]


@dataclass(frozen=True)
class Timeline:
    days: list[tuple[date, list[Moment]]]
    next: str
    looked_back_to: datetime | None = None


def days(page: Stretch) -> Timeline:
    """Newest day first; what its events name by number is asked once for the whole page."""
    known = Known(titles(page.rows), numbers(page.rows), things(page.rows))
    came = ways(page.rows)
    moments = [replace(told(one, known), way=came.get(one.position, "")) for one in page.rows]
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
    wanted = {order_of(row) for row in rows} - {None}
    return dict(Order.objects.filter(pk__in=wanted).values_list("pk", "number"))


def order_of(row: Happening) -> Any:
    if row.name.startswith(("order.", "gift.")):
        return row.body.get("subject")
    return properties(row).get("order") if row.name in BY_NAME else None


NAMED: dict[str, tuple[type[Model], str]] = {
    "badge": (Badge, "name"),
    "template": (CouponTemplate, "title"),
    "item": (MallItem, "title"),
    "store": (Store, "name"),
    "task": (Task, "title"),
}
"""What events name by number: where its name stands."""


def things(rows: Iterable[Happening]) -> dict[tuple[str, int], str]:
    """One question for each kind of thing that the page names."""
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for row in rows:
        if about := thing_of(row):
            wanted[about[0]].add(about[1])
    found: dict[tuple[str, int], str] = {}
    for kind, some in wanted.items():
        model, name = NAMED[kind]
        found |= {(kind, pk): said for pk, said in model._default_manager.filter(pk__in=some).values_list("pk", name)}
    return found


def thing_of(row: Happening) -> tuple[str, int] | None:
    """The kind and the number of what an event of ours names, as its subject or beside it."""
    event = BY_NAME.get(row.name)
    if event is None:
        return None
    said = properties(row) | ({event.about: row.body.get("subject")} if event.about else {})
    return next(((kind, said[kind]) for kind in NAMED if isinstance(said.get(kind), int)), None)


def properties(row: Happening) -> dict[str, Any]:
    return row.body.get("properties") or {}


def told(one: Happening, known: Known) -> Moment:
    """An event in words."""
    items = one.body.get("items") or ()
    sold = [Line(known.products.get(i["product"], "?"), formats.number(i["quantity"]), i["amount"]) for i in items]
    order, thing = known.orders.get(order_of(one) or 0, ""), thing_of(one)
    name = known.things.get(thing, "") if thing else ""
    icon, mark, sentence = sentences.of(one.name)
    title, text = sentence(Told(one.at, one.source, one.body, properties(one), order, sold, name))
    return Moment(one.at, icon, mark, title, text, sold)
