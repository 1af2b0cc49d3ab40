"""An event as the outside sees it: its numbers are codes."""

from typing import Any

from ninja import Schema

from siyu.core.people.queries import Happening as Entry
from siyu.events import BY_NAME
from siyu.interfaces.api.shapes import Amount, Moment, code

PREFIXES = {
    "order": "ord",
    "refund": "rfd",
    "product": "prd",
    "person": "per",
    "tag_id": "tag",
    "round": "rnd",
    "audience": "aud",
    "run": "run",
    "link": "lnk",
    "live_code": "lvc",
}
"""How a field of an event that holds a number of ours is called outside."""


class Item(Schema):
    product: str
    quantity: int
    amount: Amount
    discount: Amount


class Happening(Schema):
    """`about` is the code of the order, product, tag … that the event tells of."""

    name: str
    at: Moment
    source: str
    imported: bool
    about: str | None
    amount: Amount | None
    discount: Amount | None
    items: list[Item]
    properties: dict[str, Any]
    personal: dict[str, Any]


def happened(entry: Entry) -> dict[str, Any]:
    body = entry.body
    return {
        "name": entry.name,
        "at": entry.at,
        "source": entry.source,
        "imported": entry.imported,
        "about": about(entry.name, body.get("subject")),
        "amount": body.get("amount"),
        "discount": body.get("discount"),
        "items": items(body.get("items")),
        "properties": properties(entry.name, body.get("properties")),
        "personal": body.get("personal") or {},
    }


def about(name: str, subject: int | None) -> str | None:
    kind = BY_NAME.get(name)
    return code(PREFIXES[kind.about], subject) if kind and subject is not None else None


def items(told: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    return [{"discount": 0, **item, "product": code("prd", item["product"])} for item in told or []]


def properties(name: str, told: dict[str, Any] | None) -> dict[str, Any]:
    """What others sent is theirs; what we announced may hold numbers of ours."""
    if name not in BY_NAME:
        return told or {}
    return {
        field: code(PREFIXES[field], value) if field in PREFIXES and isinstance(value, int) else value
        for field, value in (told or {}).items()
    }
