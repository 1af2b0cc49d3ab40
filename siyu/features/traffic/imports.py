"""Spend from a file: day, channel, campaign, creator, currency, amount.

Channels go by code or name and must be in the tree; a campaign that nobody knows is opened. Rows of one day, channel,
campaign, creator and currency in one file are added up, as ad platforms write a row for each ad; a newer file replaces.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import partial

from django.conf import settings

from siyu.core.eventlog.imports import Desk, Field, Kind, Tally, faults
from siyu.core.eventlog.imports.faults import Check
from siyu.core.eventlog.imports.macros import day_first, define_moments
from siyu.core.eventlog.imports.runs import Step
from siyu.core.eventlog.models import ImportRun
from siyu.core.ledger import rates
from siyu.features.traffic import tree
from siyu.features.traffic.models import Campaign, Channel
from siyu.features.traffic.spending import MOST, Cost, write
from siyu.kit import clock, money

CHUNK = 500
"""Entries a transaction."""
FIELDS = (
    Field("day", "day date statdate reportingdate reportdate 日期 时间 统计日期", required=True),
    Field("channel", "channel channelcode account source 渠道 渠道编码 账户 来源", required=True),
    Field("campaign", "campaign campaignname campaigncode utmcampaign 计划 推广计划 广告计划 活动 计划名称"),
    Field("creator", "creator kol influencer 达人 博主 创作者"),
    Field("currency", "currency currencycode 币种 货币"),
    Field("amount", "amount spend cost amountspent totalspend 花费 消耗 消费 金额 费用 总花费", required=True),
)


def judge(desk: Desk) -> None:
    """Tables: lines (a row each, judged), faults, entries (one a day, channel, campaign, creator and currency)."""
    define_moments(desk.db, zone="UTC", day_first=day_first(desk.db, "raw", desk.text("day")))
    settle_places(desk)
    today = clock.day_of(desk.at, settings.SIYU.zone)
    currency = f"upper(coalesce({desk.text('currency')}, '{desk.options.currency or settings.SIYU.currency}'))"
    desk.db.execute(f"""
        CREATE TABLE lines AS
        SELECT *, day > DATE '{today}' AS ahead FROM (
            SELECT _row AS row, _broken AS broken, {desk.raw("day")} AS day_said,
                moment({desk.text("day")})::DATE AS day, {desk.text("channel")} AS channel_said,
                number AS channel, coalesce(lower({desk.text("campaign")}), '') AS campaign,
                {desk.text("campaign")} AS campaign_said,
                coalesce(lower({desk.text("creator")}), '') AS creator, {currency} AS currency,
                {desk.raw("amount")} AS amount_said, {desk.amount("amount")} AS amount
            FROM raw LEFT JOIN places ON said = lower({desk.text("channel")}))
        LEFT JOIN known_campaigns USING (campaign)""")
    settle_rates(desk)
    faults.find(desk, CHECKS, "(SELECT * FROM lines LEFT JOIN rates USING (currency, day))")
    desk.db.execute("""
        CREATE TABLE entries AS
        SELECT row_number() OVER (ORDER BY day, channel, campaign, creator, currency) - 1 AS n, *
        FROM (SELECT day, channel, campaign, any_value(campaign_said) AS called, creator, currency, rate,
                sum(amount) AS amount, count(*) AS rows, bool_or(new) AS new
            FROM lines JOIN rates USING (currency, day)
            WHERE row NOT IN (SELECT row FROM faults WHERE refused) GROUP BY ALL)""")


def settle_places(desk: Desk) -> None:
    """Tables: places (said, number), by code before name; known_campaigns (campaign, new)."""
    named = {name.lower(): pk for pk, name in Channel.objects.order_by("-pk").values_list("pk", "name")}
    coded = {code: pk for pk, code in Channel.objects.order_by("pk").values_list("pk", "code")}
    desk.fill("places", "said VARCHAR, number BIGINT", list((named | coded).items()))
    known = [(code, False) for code in Campaign.objects.order_by("pk").values_list("code", flat=True)]
    desk.fill("known_campaigns", "campaign VARCHAR, new BOOLEAN", [*known, ("", False)])


def settle_rates(desk: Desk) -> None:
    """Table `rates`: what every currency was worth on each of its days; none: nobody knows."""
    known = rates.known()
    found = desk.db.execute("SELECT DISTINCT currency, day FROM lines").fetchall()
    rows = [(currency, day, worth(currency, day, desk, known)) for currency, day in found]
    desk.fill("rates", "currency VARCHAR, day DATE, rate DECIMAL(20,10)", rows)


def worth(currency: str, day: date | None, desk: Desk, known: rates.Known) -> Decimal | None:
    """What the operator said, else the last rate until that day."""
    if currency in desk.options.rates and currency != settings.SIYU.currency:
        return desk.options.rates[currency]
    return rates.worth(currency, day, known)


CHECKS = (
    *faults.BROKEN,
    Check("date_missing", "day IS NULL AND said(day_said) IS NULL", "'the row has no date'"),
    Check("date_unreadable", "day IS NULL", "format('“{}” is not a date', day_said)"),
    Check("day_ahead", "ahead", "format('{} has not begun', strftime(day, '%Y-%m-%d'))"),
    Check("channel_missing", "channel_said IS NULL", "'the row names no channel'"),
    Check("channel_unknown", "channel IS NULL", "format('the tree has no channel “{}”', channel_said)"),
    Check("amount_missing", "amount IS NULL AND said(amount_said) IS NULL", "'the row has no amount'"),
    Check("amount_unreadable", "amount IS NULL", "format('“{}” is not an amount', amount_said)"),
    Check("amount_negative", f"amount < 0 OR amount > {MOST // 1000}", "'what was spent is not negative'"),
    Check("currency_unknown", "NOT regexp_full_match(currency, '[A-Z]{3}')", "format('“{}” is no currency', currency)"),
    Check("currency_without_rate", "rate IS NULL",
          "format('there is no rate for {} on {}; say --rate', currency, strftime(day, '%Y-%m-%d'))"),
    Check("campaign_too_long", "length(campaign) > 100 OR length(creator) > 100",
          "'a campaign or creator has at most 100 characters'"),
    Check("campaign_opened", "new IS NULL", "format('the campaign “{}” was opened', campaign_said)", False),
)  # fmt: skip


def steps(desk: Desk, done: int) -> Iterator[Step]:
    for start in range(done, total(desk), CHUNK):
        found = desk.db.execute(f"""
            SELECT n, day, channel, campaign, called, creator, currency, rate, amount, rows, new IS NULL FROM entries
            WHERE n >= {start} AND n < {start + CHUNK} ORDER BY n""").fetchall()
        yield Step(found[-1][0] + 1, partial(take, found))


def take(found: Sequence[tuple], run: ImportRun) -> Tally:
    by, at = run.by or "import", run.started_at
    opened = {}
    for campaign, called in {row[3]: row[4] for row in found if row[3]}.items():
        there = Campaign.objects.filter(code=campaign).first()
        opened[campaign] = (there or tree.open_campaign(code=campaign, name=called, by=by, at=at)).pk
    costs = {
        n: Cost(
            day, channel, opened.get(campaign), creator, currency, money.minor(amount, currency),
            Decimal(rate).normalize(),
        )
        for n, day, channel, campaign, _, creator, currency, rate, amount, *_ in found
    }  # fmt: skip
    news = {cost.key for cost in write(list(costs.values()), by=by, at=at, imported=True)}
    told = Tally(counts=Counter(spend=len(news)))
    for n, *_, rows, fresh in found:
        if costs[n].key not in news:
            told.unchanged += rows
        elif fresh:
            told.mended += rows
            told.reasons["campaign_opened"] += rows
        else:
            told.taken += rows
    return told


def keep_rates(desk: Desk, run: ImportRun) -> None:
    """What the operator said of a currency holds from the first of its days on."""
    for currency, rate in desk.options.rates.items():
        first = desk.db.execute("SELECT min(day) FROM entries WHERE currency = ?", [currency]).fetchone()
        if first and first[0] and currency != settings.SIYU.currency:
            rates.keep(currency, first[0], rate)


def foresee(desk: Desk) -> Tally:
    mends = faults.reasons(desk, refused=False)
    good = desk.count("lines WHERE row NOT IN (SELECT row FROM faults WHERE refused)")
    return Tally(
        taken=good - sum(mends.values()),
        mended=sum(mends.values()),
        reasons=Counter(mends),
        counts=Counter(spend=total(desk)),
    )


def total(desk: Desk) -> int:
    return desk.count("entries")


spend = Kind("spend", FIELDS, judge, steps, foresee, total, keep_rates)
