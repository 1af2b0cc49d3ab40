"""What people cost and bring, by channel, platform, domain, campaign, creator or cohort month.

People of a period are those whose first order lies in it; spend of a period is that of its days. What they brought is
all of it until the moment of the figures, so young cohorts have had less time: the payback curve compares like with
like.
Money is minor units of the base currency, spend at the rate of its day. What is divided by nothing is None.
"""

from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple

from django.conf import settings
from django.db.models import Sum

from siyu.core.eventlog import lake
from siyu.core.insight import asof
from siyu.features.traffic import returns, ruling
from siyu.features.traffic.models import DOMAINS, Campaign, Channel, Placement, Platform, Spend
from siyu.features.traffic.returns import MONTH
from siyu.features.traffic.tree import UNKNOWN
from siyu.kit import clock
from siyu.kit.refusals import Refused

BY = {
    "channel": "channel",
    "platform": "platform",
    "domain": "domain",
    "campaign": "campaign",
    "creator": "creator",
    "cohort": "strftime(first_day, '%Y-%m')",
}
LONGEST = 24
"""Months of a payback curve."""
FEWEST = 10
"""A curve goes as far as one in so many has lived."""
ROWS = 100
Basis = Literal["known", "assumed", "part", "unknown"]


class NoSuchCut(Refused):
    code = "no_such_cut"
    status = 422


@dataclass
class Return:
    """One line: the people of a cut and period, and what was spent on it."""

    key: str
    name: str = ""
    spend: int = 0
    people: int = 0
    orders: int = 0
    gmv: int = 0
    refunded: int = 0
    costed: int = 0
    """Of what stayed sold: that of which the cost is known, and that cost."""
    cost: int = 0
    repeaters: int = 0
    lived: int = 0
    """Who has lived two months since the first order, and who of them ordered in the second."""
    back: int = 0
    margin: int | None = None
    """Basis points that the terms assume where no cost is known."""
    curve: list[int] = field(default_factory=list)
    """Contribution per person until the end of month 1, 2, … since the first order."""

    @property
    def net(self) -> int:
        return self.gmv - self.refunded

    @property
    def cac(self) -> int | None:
        return each(self.spend, self.people) if self.spend else None

    @property
    def aov(self) -> int | None:
        return each(self.gmv, self.orders)

    @property
    def arpu(self) -> int | None:
        return each(self.net, self.people)

    @property
    def basis(self) -> Basis:
        """How well the contribution is known: all of it, with an assumed margin for the rest, a part, or nothing."""
        if self.net == self.costed:
            return "known"
        if self.margin is not None:
            return "assumed"
        return "part" if self.costed else "unknown"

    @property
    def contribution(self) -> int | None:
        return contribution(self.net, self.costed, self.cost, self.margin)

    @property
    def ltv(self) -> int | None:
        """Contribution per person until now."""
        return None if self.contribution is None else each(self.contribution, self.people)

    @property
    def ltv_to_cac(self) -> float | None:
        return self.contribution / self.spend if self.contribution is not None and self.spend and self.people else None

    @property
    def repurchase(self) -> float | None:
        return self.repeaters / self.people if self.people else None

    @property
    def retention(self) -> float | None:
        return self.back / self.lived if self.lived else None

    @property
    def payback(self) -> int | None:
        """In which month since the first order a person has brought back the CAC; none: not yet, or nobody can say."""
        cac = self.cac
        return None if cac is None else next((n for n, sum_ in enumerate(self.curve, 1) if sum_ >= cac), None)

    def as_dict(self) -> dict[str, Any]:
        own = {one.name: getattr(self, one.name) for one in fields(self)}
        return own | {name: getattr(self, name) for name in DERIVED}


DERIVED = (
    "net",
    "cac",
    "aov",
    "arpu",
    "contribution",
    "basis",
    "ltv",
    "ltv_to_cac",
    "repurchase",
    "retention",
    "payback",
)


def each(total: int, many: int) -> int | None:
    """To the whole minor unit, halves up."""
    return (2 * total + many) // (2 * many) if many else None


def contribution(net: int, costed: int, cost: int, margin: int | None) -> int | None:
    """What is left of sales: where the cost is known, after it; of the rest what the terms assume, else nothing."""
    rest = net - costed
    if margin is None:
        return costed - cost if costed or not rest else None
    return costed - cost + (2 * rest * margin + 10_000) // 20_000


@dataclass
class Answer:
    by: str
    since: date | None
    until: date | None
    """The day after the last."""
    as_of: datetime
    last_day: date
    window: int
    margin: int | None
    rows: list[Return]
    total: Return


def answer(by: str = "channel", *, since: date | None = None, until: date | None = None, curved: bool = True) -> Answer:
    """Every cut with people or spend in it, by what was spent; `curved`: with payback curves."""
    if by not in BY:
        raise NoSuchCut(f"cost and return go by {', '.join(BY)}")
    about = returns.kept()
    if about is None:
        raise returns.NotYet("No figures of cost and return yet: import orders, and the worker draws them.")
    last, margin = asof.last_day(about.as_of), ruling.terms().margin
    period = Period(since, until, last)
    rows = {row.key: row for row in people(by, period)}
    for key, spent in spend_by(by, period).items():
        rows.setdefault(key, Return(key)).spend = spent
    names = named(by)
    for row in rows.values():
        row.name, row.margin = names.get(row.key, row.key), margin
    for key, curve in curves(by, period, margin).items() if curved else ():
        rows[key].curve = curve
    found = sorted(rows.values(), key=lambda row: (row.key in (UNKNOWN, ""), -row.spend, -row.gmv, row.key))
    if by == "cohort":
        found.sort(key=lambda row: row.key)
    return Answer(
        by, since, until, about.as_of, last, about.window, margin, found, whole(found, period, margin, curved=curved)
    )


class Period(NamedTuple):
    """[since, until), of which nothing after `last` is known."""

    since: date | None
    until: date | None
    last: date

    def sql(self, column: str = "first_day") -> str:
        parts = [f"{column} <= DATE '{self.last}'"]
        parts += [f"{column} >= DATE '{self.since}'"] if self.since else []
        parts += [f"{column} < DATE '{self.until}'"] if self.until else []
        return " AND ".join(parts)


def people(by: str, period: Period) -> list[Return]:
    """Those whose first order lies in the period, and all they brought."""
    lived = f"first_day <= DATE '{period.last - timedelta(days=2 * MONTH - 1)}'"
    with lake.connect() as db:
        rows = db.execute(f"""
            SELECT {BY[by]} AS key, count(*) AS people, sum(orders)::BIGINT, sum(gmv)::BIGINT, sum(refunded)::BIGINT,
                sum(costed)::BIGINT, sum(cost)::BIGINT, count(*) FILTER (orders > 1),
                count(*) FILTER ({lived}), count(*) FILTER ({lived} AND came_back)
            FROM {returns.scan("acquired")} WHERE {period.sql()} GROUP BY 1 ORDER BY 1""").fetchall()
    names = ("people", "orders", "gmv", "refunded", "costed", "cost", "repeaters", "lived", "back")
    return [Return(key, **dict(zip(names, values, strict=True))) for key, *values in rows]


def whole(rows: list[Return], period: Period, margin: int | None, *, curved: bool) -> Return:
    names = ("spend", "people", "orders", "gmv", "refunded", "costed", "cost", "repeaters", "lived", "back")
    total = Return("", margin=margin, **{name: sum(getattr(row, name) for row in rows) for name in names})
    total.curve = curves("", period, margin).get("", []) if curved else []
    return total


def spend_by(by: str, period: Period) -> dict[str, int]:
    """What the days of the period cost, by the same cut; of a creator or campaign only what was entered for one."""
    rows = Spend.objects.filter(day__lte=period.last, cost__gt=0)
    rows = rows.filter(day__gte=period.since) if period.since else rows
    rows = rows.filter(day__lt=period.until) if period.until else rows
    if column := {"channel": "channel__code", "campaign": "campaign__code", "creator": "creator"}.get(by):
        sums = rows.order_by(column).values_list(column).annotate(cost=Sum("cost"))
        return {key or "": cost for key, cost in sums}
    stands = standing() if by in ("platform", "domain") else {}
    found: dict[str, int] = {}
    for day, channel, cost in rows.order_by("day", "channel").values_list("day", "channel").annotate(sum=Sum("cost")):
        place = stood(stands.get(channel, []), day) if stands else ("", "")
        key = {"platform": place[0], "domain": place[1], "cohort": f"{day:%Y-%m}"}[by]
        found[key] = found.get(key, 0) + cost
    return found


def standing() -> dict[int, list[tuple[datetime, str, str]]]:
    """{channel: (since, platform, domain), the last first}"""
    found: dict[int, list[tuple[datetime, str, str]]] = {}
    for row in Placement.objects.select_related("platform").order_by("-since"):
        found.setdefault(row.channel_id, []).append((row.since, row.platform.code, row.platform.domain))
    return found


def stood(places: list[tuple[datetime, str, str]], day: date) -> tuple[str, str]:
    """Where a channel stood as the day began."""
    began = clock.day_begins(day, settings.SIYU.zone)
    return next(((platform, domain) for since, platform, domain in places if since <= began), (UNKNOWN, UNKNOWN))


def curves(by: str, period: Period, margin: int | None) -> dict[str, list[int]]:
    """{cut: contribution per person until the end of each month since the first order}.

    Each month is that of the people who have lived all of it, and a curve ends where fewer than one in `FEWEST` has.
    """
    key = BY[by] if by else "''"
    with lake.connect() as db:
        rows = db.execute(f"""
            WITH c AS (SELECT *, {key} AS key FROM {returns.scan("cells")} WHERE {period.sql()}),
            sizes AS (SELECT key, first_day, sum(active) AS people FROM c WHERE k = 0 GROUP BY ALL),
            lived AS (
                SELECT key, m AS k, sum(people) FILTER (first_day + ({MONTH} * (m + 1))::INT <= DATE '{period.last}' + 1) AS lived,
                    sum(people) AS people
                FROM sizes, range({LONGEST}) r(m) GROUP BY ALL),
            brought AS (
                SELECT key, k, sum(gmv - refunded) AS net, sum(costed) AS costed, sum(cost) AS cost FROM c
                WHERE first_day + {MONTH} * (k + 1) <= DATE '{period.last}' + 1 GROUP BY ALL)
            SELECT l.key, l.k, l.lived::BIGINT, coalesce(net, 0)::BIGINT, coalesce(costed, 0)::BIGINT,
                coalesce(cost, 0)::BIGINT
            FROM lived l LEFT JOIN brought b ON b.key = l.key AND b.k = l.k
            WHERE lived * {FEWEST} >= l.people ORDER BY l.key, l.k""").fetchall()  # noqa: E501
    sums: dict[str, float] = {}
    found: dict[str, list[int]] = {}
    for name, k, lived, net, costed, cost in rows:
        left = contribution(net, costed, cost, margin)
        if left is None or k > len(found.get(name, [])):
            continue
        sums[name] = sums.get(name, 0.0) + left / lived
        found.setdefault(name, []).append(round(sums[name]))
    return found


def named(by: str) -> dict[str, str]:
    """What the keys of a cut are called; `unknown` and '' are for whoever shows them to name."""
    if by == "domain":
        return {code: str(name) for code, name in DOMAINS}
    models = {"channel": Channel, "platform": Platform, "campaign": Campaign}
    return dict(models[by].objects.order_by("pk").values_list("code", "name")) if by in models else {}  # type: ignore[attr-defined]


class Acquired(NamedTuple):
    person: int
    first_day: date
    channel: str
    campaign: str
    creator: str
    touched_at: datetime | None
    orders: int
    gmv: int
    net: int


def people_behind(
    by: str, key: str, *, since: date | None = None, until: date | None = None, after: int = 0, limit: int = ROWS
) -> list[Acquired]:
    """Those that a line is made of, by number; `after`: the last one seen."""
    query, values = behind(by, key, since, until)
    with lake.connect() as db:
        rows = db.execute(
            f"""SELECT person, first_day, channel, campaign, creator, touched_at, orders, gmv, gmv - refunded
            {query} AND person > $after ORDER BY person LIMIT {int(limit)}""",
            values | {"after": after},
        ).fetchall()
    return [Acquired(*row) for row in rows]


def orders_behind(
    by: str, key: str, *, since: date | None = None, until: date | None = None, limit: int = ROWS
) -> list[tuple[int, int, datetime, int]]:
    """(order, person, when, paid) of their orders, the newest first."""
    query, values = behind(by, key, since, until)
    with lake.connect() as db:
        return db.execute(
            f"""SELECT "order", person, happened_at, amount FROM {returns.scan("bought")}
            WHERE person IN (SELECT person {query}) ORDER BY happened_at DESC, "order" DESC LIMIT {int(limit)}""",
            values,
        ).fetchall()


def behind(by: str, key: str, since: date | None, until: date | None) -> tuple[str, dict[str, Any]]:
    if by not in BY:
        raise NoSuchCut(f"cost and return go by {', '.join(BY)}")
    about = returns.kept()
    period = Period(since, until, asof.last_day(about.as_of) if about else date.max)
    return f"FROM {returns.scan('acquired')} WHERE {BY[by]} = $key AND {period.sql()}", {"key": key}
