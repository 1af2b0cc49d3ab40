"""Behaviour from files: every row is a message, landed in batches like what programs send.

A message without an id of its own gets one made of its source, all of its row and its place among equal rows, so that
the same rows again are known as repetitions.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec

from siyu.core.eventlog.dialects import Message
from siyu.core.eventlog.imports import faults
from siyu.core.eventlog.imports.columns import Field, plain
from siyu.core.eventlog.imports.desk import Desk
from siyu.core.eventlog.imports.faults import Check
from siyu.core.eventlog.imports.macros import day_first, define_moments
from siyu.core.eventlog.imports.runs import Kind, Step, Tally
from siyu.core.eventlog.land import land
from siyu.core.eventlog.models import ImportRun
from siyu.kit.tables import quoted

BATCH = 5_000
"""Messages a batch."""

FIELDS = (
    Field("event", "event eventname eventtype action name 事件 事件名 事件名称 行为", required=True),
    Field(
        "at", "timestamp originaltimestamp time eventtime at datetime date createdat 时间 事件时间 日期", required=True
    ),
    Field(
        "person",
        """userid distinctid anonymousid customerid memberid householdid visitorid deviceid person user customer
        用户id 会员id 客户id 用户""",
    ),
    Field("namespace", "namespace idtype"),
    Field("message", "messageid insertid eventid uuid id 消息id"),
)
PERSONAL = frozenset(
    ["name", "fullname", "phone", "mobile", "email", "address", "ip", "姓名", "手机", "手机号", "邮箱", "地址"]
)
"""Properties that say who somebody is, under these names."""


def judge_events(desk: Desk) -> None:
    """Tables: lines (a row each), faults, messages (the rows that are taken, in the order of the file)."""
    db = desk.db
    define_moments(db, zone=desk.zone, day_first=day_first(db, "raw", desk.text("at")))
    whole = ", ".join(f"coalesce({quoted(column)}, '')" for column in desk.columns)
    db.execute(f"""
        CREATE TABLE lines AS
        SELECT _row AS row, _broken AS broken, {desk.text("event")} AS event, {desk.raw("at")} AS at_said,
            moment({desk.text("at")}) AS happened, as_id({desk.text("person")}) AS person,
            {desk.text("namespace")} AS namespace, {desk.text("message")} AS message,
            sha256(concat_ws(chr(31), {whole})) AS whole
        FROM raw""")
    faults.find(desk, CHECKS, "lines")
    db.execute("""
        CREATE TABLE messages AS
        SELECT row_number() OVER (ORDER BY row) - 1 AS n, row, left(event, 100) AS event, happened, person, namespace,
            coalesce(message, whole[:32] || '-' || row_number() OVER (PARTITION BY whole ORDER BY row)) AS message
        FROM lines WHERE row NOT IN (SELECT row FROM faults) ORDER BY row""")


CHECKS = (
    *faults.BROKEN,
    Check("event_missing", "event IS NULL", "'the row names no event'"),
    Check("date_missing", "happened IS NULL AND said(at_said) IS NULL", "'the row has no time'"),
    Check("date_unreadable", "happened IS NULL", "format('“{}” is not a time', at_said)"),
)


def event_steps(desk: Desk, done: int) -> Iterator[Step]:
    for start in range(done, event_total(desk), BATCH):
        messages = list(batch(desk, start, start + BATCH))
        yield Step(start + len(messages), partial(land_messages, messages, desk.at))


def event_total(desk: Desk) -> int:
    return desk.count("messages")


def batch(desk: Desk, start: int, stop: int) -> Iterator[Message]:
    own = desk.options.namespace or desk.options.source
    names = property_columns(desk)
    cells = "".join(f", said(raw.{quoted(column)})" for column in names)
    for event, happened, person, namespace, message, *values in desk.db.execute(f"""
            SELECT m.event, m.happened, m.person, m.namespace, m.message{cells}
            FROM messages m JOIN raw ON raw._row = m.row
            WHERE m.n >= {start} AND m.n < {stop} ORDER BY m.n""").fetchall():
        said: dict[str, Any] = {name: value for name, value in zip(names, values, strict=True) if value is not None}
        personal = {name: value for name, value in said.items() if plain(name) in PERSONAL}
        yield Message(
            name=event,
            at=happened.replace(tzinfo=UTC),
            id=message,
            claim=(namespace or own, person[:200]) if person else None,
            properties={name: value for name, value in said.items() if name not in personal},
            personal=personal,
        )


def property_columns(desk: Desk) -> list[str]:
    taken = {column for columns in desk.found.values() for column in columns}
    return [column for column in desk.columns if column not in taken]


def land_messages(messages: list[Message], at: datetime, run: ImportRun) -> Tally:
    """Committed before the run has moved where landing has a database of its own; the lake knows a repetition."""
    body = b"\n".join(map(msgspec.json.encode, messages))
    land(body, count=len(messages), source=run.source, dialect="siyu", received_at=at, imported=True)
    return Tally(taken=len(messages), counts=Counter(events=len(messages)))


def foresee_events(desk: Desk) -> Tally:
    total = event_total(desk)
    return Tally(taken=total, counts=Counter(events=total))


events = Kind("events", FIELDS, judge_events, event_steps, foresee_events, event_total)
