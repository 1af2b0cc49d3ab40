"""What happened, as the lake tells it: events one by one, and how many."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from siyu.core.eventlog import lake
from siyu.core.eventlog.pressure import waiting
from siyu.core.insight.facts import open_facts
from siyu.events import BY_NAME
from siyu.kit.texts import read_json

MOST = 200


@dataclass(frozen=True)
class Happening:
    """`body` as `Event.body` wrote it, without what is personal."""

    position: int
    name: str
    at: datetime
    person: int | None
    source: str
    imported: bool
    body: dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """Which events: of a name, of the person behind a number, within [since, until).

    Of one person or one source all of them, else those that count: without the behaviour of excluded visitors.
    """

    name: str | None = None
    person: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    source: str | None = None

    @property
    def relation(self) -> str:
        return "events" if self.person is None and self.source is None else "everything"

    def sql(self) -> tuple[str, list[Any]]:
        person = "person = (SELECT coalesce(max(person), $n) FROM links WHERE identity = $n)"
        conditions: list[tuple[str, Any]] = [
            ("name = $n", self.name),
            (person, self.person),
            ("happened_at >= $n", plain(self.since)),
            ("happened_at < $n", plain(self.until)),
            ("source = $n", self.source),
            ("name NOT IN (SELECT unnest($n))", list(BY_NAME) if self.source and not self.name else None),
        ]
        given = [(text, value) for text, value in conditions if value is not None]
        texts = [text.replace("$n", f"${n}") for n, (text, _) in enumerate(given, 1)]
        return " AND ".join(["true", *texts]), [value for _, value in given]


def plain(moment: datetime | None) -> datetime | None:
    """As the facts have it: UTC without a zone."""
    return moment and moment.astimezone(UTC).replace(tzinfo=None)


def recent(asked: Asked, *, before: tuple[datetime, int] | None = None, limit: int = 50) -> list[Happening]:
    """The newest first; `before` is the (at, position) of the last one seen."""
    where, values = asked.sql()
    if before:
        where += f" AND (happened_at, position) < (${len(values) + 1}, ${len(values) + 2})"
        values += [plain(before[0]), before[1]]
    with open_facts() as db:
        rows = db.execute(
            f"""SELECT position, name, happened_at, person, source, imported, {{
                'subject': subject, 'amount': amount, 'discount': discount, 'items': items,
                'properties': properties::JSON}}::JSON::VARCHAR
            FROM {asked.relation} WHERE {where} ORDER BY happened_at DESC, position DESC LIMIT {min(limit, MOST)}""",
            values,
        ).fetchall()
    return [
        Happening(position, name, at.replace(tzinfo=UTC), person, source, imported, read_json(body))
        for position, name, at, person, source, imported, body in rows
    ]


def count(asked: Asked) -> tuple[int, int]:
    """How many events, of how many people."""
    where, values = asked.sql()
    with open_facts() as db:
        found = db.execute(f"SELECT count(*), count(DISTINCT person) FROM {asked.relation} WHERE {where}", values)
        return found.fetchall()[0]


def tally(*, source: str | None = None, event: str | None = None) -> dict[str, int]:
    """Events in the lake, and landed messages that wait for it. Of a source: what it sent, not what we concluded."""
    conditions: dict[str, Any] = {"source = ?": source, "name = ?": event}
    given = {text: value for text, value in conditions.items() if value is not None}
    where = " AND ".join(["true", *given, *(["name NOT IN (SELECT unnest(?))"] if source and not event else [])])
    values = [*given.values(), *([list(BY_NAME)] if source and not event else [])]
    messages, _ = waiting(source)
    with lake.connect() as db:
        [(events,)] = db.execute(f"SELECT count(*) FROM {lake.scan('events')} WHERE {where}", values).fetchall()
    return {"events": events, "waiting": messages}
