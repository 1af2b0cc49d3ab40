"""What a dimension counts, as facts of the database: whose, when, how much. Each knows a moment's past only.

All that a person is known by counts for their member account: what a shop tells of its buyer, and what a phone bought.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from django.conf import settings
from django.db import connection
from django.db.models import Model

from siyu.core.eventlog.models import Entry
from siyu.core.ledger.models import Account, Transfer
from siyu.core.people.models import Identity, Member
from siyu.features.commerce.models import Order, Refund
from siyu.features.loyalty.levels.rules import Dimension, Scheme, begins
from siyu.features.loyalty.models import CheckIn, LevelStanding


def table(model: type[Model]) -> str:
    return model._meta.db_table


class Metric(NamedTuple):
    """`facts`: SQL of (identity, at, value), with `at` for the moment as of which it is asked. `wakes`: events after
    which it may have grown."""

    facts: str
    wakes: tuple[str, ...] = ()


SOLD = "{o}placed_at < %(at)s AND NOT {o}gift AND ({o}cancelled_at IS NULL OR {o}cancelled_at >= %(at)s)"
METRICS = {
    "spend": Metric(
        f"""SELECT identity_id AS identity, placed_at AS at, amount AS value FROM {table(Order)}
            WHERE {SOLD.format(o="")}
        UNION ALL
        SELECT coalesce(r.identity_id, o.identity_id), r.at, -r.amount
            FROM {table(Refund)} r JOIN {table(Order)} o ON o.id = r.order_id
            WHERE r.at < %(at)s AND {SOLD.format(o="o.")}""",
        ("order.placed",),
    ),
    "orders": Metric(
        f"SELECT identity_id AS identity, placed_at AS at, 1 AS value FROM {table(Order)} WHERE {SOLD.format(o='')}",
        ("order.placed",),
    ),
    "check_ins": Metric(
        f"SELECT identity_id AS identity, at, 1 AS value FROM {table(CheckIn)} WHERE at < %(at)s",
        ("member.checked_in", "day.made_up"),
    ),
    "growth": Metric(
        f"""SELECT a.owner AS identity, t.at, t.amount AS value FROM {table(Transfer)} t
            JOIN {table(Account)} a ON a.id = t.target_id
            WHERE a.unit = 'growth' AND a.owner IS NOT NULL AND t.at < %(at)s
        UNION ALL
        SELECT a.owner, t.at, -t.amount FROM {table(Transfer)} t JOIN {table(Account)} a ON a.id = t.source_id
            WHERE a.unit = 'growth' AND a.owner IS NOT NULL AND t.at < %(at)s""",
        ("growth.earned",),
    ),
    "event": Metric(f"SELECT identity, at, 1 AS value FROM {table(Entry)} WHERE name = %(event)s AND at < %(at)s"),
}
"""Content, helping and inviting are events: `event` counts those of a name."""

PAIRS = f"""SELECT i.id, own.id FROM {table(Identity)} own JOIN {table(Identity)} i ON i.person_id = own.person_id
    WHERE own.namespace = 'member'"""


def numbers(scheme: Scheme, members: Sequence[int], *, at: datetime, few: bool = False) -> np.ndarray:
    """A row for each of the members, which are sorted; a column for each dimension. `few`: ask for these alone."""
    wanted = np.asarray(members, dtype=np.int64)
    theirs, rows = owned(wanted, few)
    only = theirs.tolist() if few else None
    found = np.zeros((len(wanted), len(scheme.dimensions)), dtype=np.int64)
    for column, one in enumerate(scheme.dimensions):
        if one.window.kind in OWN_BEGINNING:
            said = since_own_beginning(one, at, theirs, wanted[rows], only)
        else:
            said = summed(one, at, theirs, only)
        np.add.at(found[:, column], rows, said)
    return found


OWN_BEGINNING = ("level", "anniversary")
"""Windows that begin on another day for everybody."""


def owned(members: np.ndarray, few: bool) -> tuple[np.ndarray, np.ndarray]:
    """All identities of these members' persons, and beside each the row of its member."""
    query = f"{PAIRS} AND own.id IN ({listed(members.tolist())})" if few else PAIRS
    pairs = np.array(ask(query, named(members.tolist()) if few else {}) or np.zeros((0, 2)), dtype=np.int64)
    rows = np.searchsorted(members, pairs[:, 1])
    ours = rows < len(members)
    ours[ours] = members[rows[ours]] == pairs[ours, 1]
    return pairs[ours, 0], rows[ours]


def summed(one: Dimension, at: datetime, identities: np.ndarray, only: list[int] | None) -> np.ndarray:
    """How much each of the identities has, in a window that begins at one moment for all."""
    since = begins(one.window, at, settings.SIYU.zone, since=at, joined=at)
    facts, said = facts_of(one, at, only, since)
    sums = ask(
        f"SELECT f.identity, sum(f.value) FROM ({facts}) f WHERE f.identity IS NOT NULL GROUP BY f.identity", said
    )
    found = np.zeros(len(identities), dtype=np.int64)
    if sums:
        whose, values = np.array(sorted(sums), dtype=np.int64).T
        place = np.minimum(np.searchsorted(whose, identities), len(whose) - 1)
        known = whose[place] == identities
        found[known] = values[place[known]]
    return found


def since_own_beginning(
    one: Dimension, at: datetime, identities: np.ndarray, members: np.ndarray, only: list[int] | None
) -> np.ndarray:
    earliest = at - timedelta(days=366) if one.window.kind == "anniversary" else None
    facts, said = facts_of(one, at, only, earliest)
    happened: dict[int, list[tuple[datetime, int]]] = {}
    for who, when, value in ask(f"SELECT f.identity, f.at, f.value FROM ({facts}) f", said):
        happened.setdefault(who, []).append((aware(when), value))
    joined = dict(Member.objects.filter(identity__in=few_of(members, only)).values_list("identity", "joined_at"))
    since = dict(LevelStanding.objects.filter(identity__in=few_of(members, only)).values_list("identity", "since"))
    found = np.zeros(len(identities), dtype=np.int64)
    for n, (identity, member) in enumerate(zip(identities.tolist(), members.tolist(), strict=True)):
        if identity in happened and member in joined:
            reached = since.get(member, joined[member])
            start = begins(one.window, at, settings.SIYU.zone, since=reached, joined=joined[member])
            found[n] = sum(value for when, value in happened[identity] if start is None or when >= start)
    return found


def few_of(members: np.ndarray, only: list[int] | None) -> Any:
    """A handful by their numbers; all by a query, which no database finds too long."""
    return members.tolist() if only is not None else Member.objects.values("identity")


def facts_of(
    one: Dimension, at: datetime, only: list[int] | None, since: datetime | None
) -> tuple[str, dict[str, Any]]:
    """SQL of a dimension's facts in its window, and its values."""
    said = {"at": moment(at), "event": one.event} | named(only or [])
    narrow = [] if only is None else [f"identity IN ({listed(only)})"]
    if since:
        narrow, said = [*narrow, "at >= %(from)s"], said | {"from": moment(since)}
    where = f" WHERE {' AND '.join(narrow)}" if narrow else ""
    return f"SELECT * FROM ({METRICS[one.metric].facts}) narrowed{where}", said


def listed(numbers: list[int]) -> str:
    return ", ".join(f"%(n{n})s" for n in range(len(numbers))) or "NULL"


def named(numbers: list[int]) -> dict[str, Any]:
    return {f"n{n}": number for n, number in enumerate(numbers)}


def ask(query: str, said: dict[str, Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, said)
        return cursor.fetchall()


def moment(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def aware(value: Any) -> datetime:
    """SQLite answers a raw query with text."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def wakes(scheme: Scheme, name: str) -> bool:
    """Whether somebody may rise when that happens."""
    return any(name == one.event or name in METRICS[one.metric].wakes for one in scheme.dimensions)
