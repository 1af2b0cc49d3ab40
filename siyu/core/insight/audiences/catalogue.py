"""What a definition may speak of: traits, events and their fields, as the lake knows them at this moment."""

import functools
from collections.abc import Callable
from typing import Any

import msgspec

from siyu.core.eventlog import lakeside
from siyu.core.insight.audiences.index import current
from siyu.core.insight.audiences.vocabulary import FIELDS, LINE, ORDER, PLAIN_FIELDS, PORTRAIT, PROPERTY, VALUES
from siyu.core.insight.facts import open_facts
from siyu.core.people.models import Tag
from siyu.events import BY_NAME

SAMPLE = 20_000
TOP = 12


def by_lake_version[T](function: Callable[..., T]) -> Callable[..., T]:
    """Remember what the lake said until it says more."""

    @functools.lru_cache(64)
    def remembered(table: str, version: int, *args: Any) -> T:
        return function(*args)

    @functools.wraps(function)
    def ask(*args: Any) -> T:
        now = lakeside.now()
        return remembered(now.table, now.version, *args)

    return ask


@by_lake_version
def told() -> frozenset[str]:
    """Names of the traits that people told or imports brought."""
    with open_facts() as db:
        return frozenset(name for (name,) in db.execute("SELECT DISTINCT name FROM traits").fetchall())


@by_lake_version
def is_told(name: str) -> bool:
    """Whether anybody has the trait; found at the first one."""
    with open_facts() as db:
        rows = db.execute(
            """SELECT 1 FROM log WHERE name = 'person.described'
            AND list_contains(json_keys(properties, '$.traits'), ?) LIMIT 1""",
            [name],
        )
        return rows.fetchone() is not None


@by_lake_version
def seen() -> dict[str, int]:
    """Every event name in the lake, with how many there are."""
    with open_facts() as db:
        return dict(db.execute("SELECT name, count(*) FROM log GROUP BY name").fetchall())


def tags() -> list[tuple[str, str]]:
    """(group, tag) of every tag there is."""
    return list(Tag.objects.values_list("group__name", "name"))


def event_names() -> set[str]:
    """Every event that can be asked for: those of the house, and those that were ever sent."""
    index = current()
    return {LINE, *BY_NAME, *(index.newest if index else seen())}


def properties(event: str) -> frozenset[str]:
    """Names in the properties of an event: as declared, or as the first that were sent have them."""
    declared = BY_NAME.get(event)
    if declared is None:
        return sent_properties(event)
    columns = {"at", "identity", "amount", "discount", "items", declared.about, *declared.personal}
    return frozenset(set(declared.__struct_fields__) - columns)


@by_lake_version
def sent_properties(event: str) -> frozenset[str]:
    with open_facts() as db:
        rows = db.execute(
            f"""SELECT DISTINCT unnest(json_keys(properties)) FROM (
                SELECT properties FROM log WHERE name = ? AND properties IS NOT NULL LIMIT {SAMPLE})""",
            [event],
        ).fetchall()
    return frozenset(key for (key,) in rows)


@by_lake_version
def has_property(event: str, name: str) -> bool:
    """Whether any event has it: the sample may have missed a rare one."""
    with open_facts() as db:
        found = db.execute(
            "SELECT 1 FROM log WHERE name = ? AND list_contains(json_keys(properties), ?) LIMIT 1", [event, name]
        )
        return found.fetchone() is not None


def fields(event: str) -> dict[str, str]:
    """The fields of an event that do not live in its properties, with their kinds."""
    return FIELDS.get(event, PLAIN_FIELDS)


def field_kind(event: str, field: str) -> str | None:
    """What kind a field of an event is; None where the event has no such field."""
    if field in fields(event):
        return fields(event)[field]
    name = field.removeprefix(PROPERTY)
    if name == field or event == LINE:
        return None
    return "json" if name in properties(event) or has_property(event, name) else None


def known_fields(event: str) -> list[str]:
    extra = [] if event == LINE else [PROPERTY + name for name in properties(event)]
    return [*fields(event), *extra]


def traits() -> list[dict[str, Any]]:
    """For the builder: name, type and the values people have most often."""
    return [*portrait_traits(), *told_traits()]


def portrait_traits() -> list[dict[str, Any]]:
    return [
        {"name": name, "type": kind, "portrait": True, "values": list(VALUES.get(name, ()))}
        for name, kind in PORTRAIT.items()
    ]


@by_lake_version
def told_traits() -> list[dict[str, Any]]:
    with open_facts() as db:
        rows = db.execute(f"""
            SELECT name, list(value ORDER BY n DESC, value)[:{TOP}],
                bool_and(json_type(value::JSON) IN ('BIGINT', 'UBIGINT', 'DOUBLE'))
            FROM (SELECT name, value::VARCHAR AS value, count(*) AS n FROM traits
                  WHERE json_type(value) <> 'NULL' GROUP BY ALL)
            GROUP BY name ORDER BY name""").fetchall()
    return [
        {
            "name": name,
            "type": "number" if number else "text",
            "portrait": False,
            "values": [decoded(v) for v in values],
        }
        for name, values, number in rows
        if name not in PORTRAIT
    ]


def events() -> list[dict[str, Any]]:
    """For the builder: every event with how many there are and its fields with their kinds."""
    counts = seen()
    return [
        {
            "name": name,
            "count": counts.get(ORDER if name == LINE else name, 0),
            "fields": [
                {"name": field, "type": fields(name).get(field, "json"), "values": top_values(field)}
                for field in sorted(known_fields(name))
            ],
        }
        for name in sorted(event_names(), key=lambda name: (-counts.get(name, 0), name))
    ]


def top_values(field: str) -> list[Any]:
    """What stands in the field most often; only where a choice helps, and the lake is not asked about others."""
    return top_of_products(field) if field in ("category", "department", "brand") else []


@by_lake_version
def top_of_products(field: str) -> list[Any]:
    query = f"SELECT {field} FROM products WHERE {field} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {TOP}"
    with open_facts() as db:
        return [value for (value,) in db.execute(query).fetchall()]


def decoded(value: str) -> Any:
    return msgspec.json.decode(value)
