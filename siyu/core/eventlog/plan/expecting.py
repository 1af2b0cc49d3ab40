"""What an event's properties ought to be: a part of JSON Schema that a set of messages can be asked for at once.

Known are, for the event: `type` ("object"), `required`, `properties`, `additionalProperties` (false); for a property:
`type`, `enum`, `const`, `minimum`, `maximum`, `minLength`, `maxLength`, `pattern`; and `title` and `description`.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import duckdb
import msgspec

from siyu.core.eventlog import lake
from siyu.core.eventlog.models import Expectation, Violation
from siyu.kit.refusals import Refused

TYPES = {
    "string": ("VARCHAR",),
    "number": ("BIGINT", "UBIGINT", "HUGEINT", "DOUBLE"),
    "integer": ("BIGINT", "UBIGINT", "HUGEINT"),
    "boolean": ("BOOLEAN",),
    "array": ("ARRAY",),
    "object": ("OBJECT",),
    "null": ("NULL",),
}
WORDS = {"type", "required", "properties", "additionalProperties", "title", "description", "$schema"}
LARGEST = 32_000
MOST = 200
Question = tuple[str, dict[str, Any]]


class BadSchema(Refused):
    code = "bad_schema"
    status = 422


def expect(*, event: str, schema: dict[str, Any], by: str, at: datetime) -> Expectation:
    """From now on messages of this name are held against the schema. What was counted against an older one goes."""
    if not 0 < len(event) <= 200:
        raise BadSchema("an event has a name of 1 to 200 characters")
    check(event, schema)
    Violation.objects.filter(event=event).delete()
    said = {"schema": schema, "by": by, "at": at}
    return Expectation.objects.update_or_create(event=event, defaults=said)[0]


def let_go(*, event: str) -> None:
    """Nothing is expected of the event any more."""
    Violation.objects.filter(event=event).delete()
    Expectation.objects.filter(event=event).delete()


def check(event: str, schema: Any) -> None:
    """Refuse what cannot be asked: the questions are put to an event that never came."""
    if not isinstance(schema, dict) or not schema:
        raise BadSchema("a schema is a JSON object with `properties` or `required`")
    if unknown := schema.keys() - WORDS:
        raise BadSchema(f"this part of JSON Schema is not known: {', '.join(sorted(unknown))}")
    if len(msgspec.json.encode(schema)) > LARGEST or len(schema.get("properties") or {}) > MOST:
        raise BadSchema(f"a schema has at most {MOST} properties and {LARGEST:,} bytes")
    if schema.get("type", "object") != "object" or schema.get("additionalProperties", False) not in (True, False):
        raise BadSchema("an event's properties are an `object`; `additionalProperties` is true or false")
    try:
        with lake.connect() as db:
            db.execute(
                "CREATE TEMP TABLE seen (source VARCHAR, name VARCHAR, happened_at TIMESTAMPTZ, properties VARCHAR)"
            )
            db.execute("INSERT INTO seen VALUES ('', ?, TIMESTAMPTZ '2026-01-01', '{}')", [event])
            for query, values in questions(event, schema):
                db.execute(query, values).fetchall()
    except (duckdb.Error, TypeError, ValueError, AttributeError, KeyError) as wrong:
        raise BadSchema(f"the schema cannot be asked for: {str(wrong).splitlines()[0][:200]}") from wrong


def questions(event: str, schema: dict[str, Any]) -> Iterator[Question]:
    """Queries over `seen`, one a rule: source, event, property, fault, first and last moment, how many."""
    for name in schema.get("required", ()):
        yield asked(event, name, "missing", "json_type(properties, $path) IS NULL", {})
    for name, rule in schema.get("properties", {}).items():
        for word, wanted in rule.items():
            if word not in RULES and word not in ("title", "description"):
                raise BadSchema(f"this part of JSON Schema is not known: {word}")
            if word in RULES:
                condition, values = RULES[word](wanted)
                yield asked(event, name, word, f"json_type(properties, $path) IS NOT NULL AND ({condition})", values)
    if schema.get("additionalProperties") is False:
        yield unexpected(event, sorted(schema.get("properties", {})))


def asked(event: str, name: str, fault: str, condition: str, values: dict[str, Any]) -> Question:
    if not isinstance(name, str) or not 0 < len(name) <= 200:
        raise BadSchema("a property has a name of 1 to 200 characters")
    path = "/" + name.replace("~", "~0").replace("/", "~1")
    query = f"""
        SELECT source, name, $property, $fault, epoch_us(min(happened_at)), epoch_us(max(happened_at)), count(*)
        FROM (SELECT source, name, happened_at, coalesce(properties, '{{}}') AS properties FROM seen)
        WHERE name = $event AND {condition} GROUP BY source, name ORDER BY source"""
    given = {"event": event, "property": name, "fault": fault, "path": path} | values
    return query, {key: value for key, value in given.items() if f"${key}" in query}


def unexpected(event: str, known: list[str]) -> Question:
    query = """
        SELECT source, name, left(property, 200), 'unexpected', epoch_us(min(happened_at)),
            epoch_us(max(happened_at)), count(*)
        FROM (SELECT source, name, happened_at, unnest(json_keys(properties)) AS property FROM seen
              WHERE name = $event)
        WHERE NOT list_contains($known::VARCHAR[], property) GROUP BY ALL ORDER BY 7 DESC, 1, 2, 3 LIMIT 50"""
    return query, {"event": event, "known": known}


def typed(wanted: Any) -> tuple[str, dict[str, Any]]:
    kinds = [kind for name in (wanted if isinstance(wanted, list) else [wanted]) for kind in TYPES[name]]
    return "NOT list_contains($kinds, json_type(properties, $path))", {"kinds": kinds}


def among(wanted: list[Any]) -> tuple[str, dict[str, Any]]:
    values = [msgspec.json.encode(value).decode() for value in wanted]
    return "NOT list_contains($among, json_extract(properties, $path)::VARCHAR)", {"among": values}


def number(compared: str) -> Callable[[Any], tuple[str, dict[str, Any]]]:
    def rule(wanted: Any) -> tuple[str, dict[str, Any]]:
        value = "TRY_CAST(json_extract_string(properties, $path) AS DOUBLE)"
        return f"coalesce({value} {compared} $limit, false)", {"limit": float(wanted)}

    return rule


def length(compared: str) -> Callable[[Any], tuple[str, dict[str, Any]]]:
    def rule(wanted: Any) -> tuple[str, dict[str, Any]]:
        text = "length(json_extract_string(properties, $path))"
        return f"json_type(properties, $path) = 'VARCHAR' AND {text} {compared} $limit", {"limit": int(wanted)}

    return rule


def like(wanted: Any) -> tuple[str, dict[str, Any]]:
    text = "json_extract_string(properties, $path)"
    return f"json_type(properties, $path) = 'VARCHAR' AND NOT regexp_matches({text}, $pattern)", {"pattern": wanted}


RULES: dict[str, Callable[[Any], tuple[str, dict[str, Any]]]] = {
    "type": typed,
    "enum": among,
    "const": lambda wanted: among([wanted]),
    "minimum": number("<"),
    "maximum": number(">"),
    "minLength": length("<"),
    "maxLength": length(">"),
    "pattern": like,
}
