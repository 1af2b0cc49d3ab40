"""Products as their source describes them."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import transaction

from siyu.core.eventlog import announce
from siyu.core.eventlog.locks import one_at_a_time
from siyu.events.commerce import ProductListed
from siyu.features.commerce.history.sources import as_rows, not_our_own
from siyu.features.commerce.models import Product
from siyu.kit.rows import insert


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """What a source says of a product, and since when that holds; empty: nothing."""

    at: datetime
    title: str = ""
    category: str = ""
    department: str = ""
    brand: str = ""


@dataclass(frozen=True)
class Listing:
    """Numbers by code, and the codes of which something new was learnt."""

    ids: dict[str, int]
    changed: set[str]


@transaction.atomic
def list_products(
    said: dict[str, Description], *, source: str, imported: bool, by_the_way: bool = False, own: bool = False
) -> Listing:
    """Put products into the catalogue, or describe them anew. Only what is new or changed is announced.

    `by_the_way`: said by an order line, which fills what is not known yet and overrules nothing. `own`: our own shop
    says so, for whose products nobody else may speak.
    """
    if not own:
        not_our_own(source)
    one_at_a_time(f"products of {source}")
    known = {p.sku: p for p in Product.objects.filter(source=source, sku__in=list(said))}
    new = {sku: description for sku, description in said.items() if sku not in known}
    insert(Product, ("source", "sku", *FACETS), [(source, sku, *facets(d)) for sku, d in new.items()])
    ids = {sku: product.pk for sku, product in known.items()}
    ids |= dict(Product.objects.filter(source=source, sku__in=list(new)).values_list("sku", "pk"))
    changed = [p for sku, p in known.items() if describe(p, said[sku], by_the_way)]
    Product.objects.bulk_update(changed, FACETS, batch_size=200)
    events = [listed(ids[sku], description, description.at) for sku, description in new.items()]
    events += [listed(product.pk, product, said[product.sku].at) for product in changed]
    announce.record(as_rows(events), source=source, imported=imported)
    return Listing(ids, {*new, *(product.sku for product in changed)})


def listed(product: int, what: Description | Product, at: datetime) -> ProductListed:
    return ProductListed(
        at=at,
        product=product,
        title=what.title,
        category=what.category or None,
        department=what.department or None,
        brand=what.brand or None,
    )


FACETS = ("title", "category", "department", "brand")


def facets(description: Description) -> tuple[str, ...]:
    return description.title, description.category, description.department, description.brand


def describe(product: Product, said: Description, by_the_way: bool) -> bool:
    """Take over what is said; whether that changed anything."""
    changed = False
    for name in FACETS:
        known, value = getattr(product, name), getattr(said, name)
        if value and value != known and not (known and by_the_way):
            setattr(product, name, value)
            changed = True
    return changed
