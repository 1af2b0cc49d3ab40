"""Spend comes in by hand and by file; the newest word counts, and nothing is lost silently."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from siyu.core.eventlog.imports import Options, carry
from siyu.core.eventlog.models import Entry
from siyu.core.ledger.rates import CurrencyWithoutRate
from siyu.features.traffic.imports import spend
from siyu.features.traffic.models import Campaign, Spend
from siyu.features.traffic.spending import BadSpend, record
from siyu.features.traffic.tree import NoSuchPlace, retire
from tests.features.traffic.world import NOON, later

pytestmark = [pytest.mark.django_db(databases="__all__", transaction=True), pytest.mark.usefixtures("tree")]
HEAD = "date,channel,campaign,currency,spend"
DAY = date(2026, 3, 1)


def take(folder: Path, *rows: str, name: str = "spend.csv", head: str = HEAD, **said):
    path = folder / name
    path.write_text("\n".join([head, *rows, ""]))
    return carry(spend, path, options=Options(**said), at=NOON)


def spent() -> list[tuple]:
    rows = Spend.objects.order_by("day", "channel__code", "campaign__code", "currency")
    return list(rows.values_list("day", "channel__code", "campaign__code", "currency", "amount", "cost"))


def test_it_works(tmp_path):
    report = take(tmp_path, "2026-02-01,red,,CNY,125.50", "2026/02/02,Search ads,Spring,CNY,¥26")
    assert (report.rows, report.taken, report.mended, report.refused, report.spend) == (2, 1, 1, 0, 2)
    assert report.reasons == {"campaign_opened": 1}
    assert spent() == [
        (date(2026, 2, 1), "red", None, "CNY", 12550, 12550),
        (date(2026, 2, 2), "search", "spring", "CNY", 2600, 2600),
    ]
    assert Campaign.objects.get().name == "Spring"
    assert Entry.objects.filter(name="spend.recorded", imported=True).count() == 2


def test_the_same_file_twice_and_the_same_rows_in_another_file_change_nothing(tmp_path):
    rows = ["2026-02-01,red,,CNY,125.50", "2026-02-02,red,,CNY,1"]
    take(tmp_path, *rows)
    assert take(tmp_path, *rows).repeated
    assert take(tmp_path, *reversed(rows), name="again.csv").unchanged == 2
    assert Entry.objects.filter(name="spend.recorded").count() == 2


def test_a_newer_file_corrects(tmp_path):
    take(tmp_path, "2026-02-01,red,,CNY,125.50")
    assert take(tmp_path, "2026-02-01,red,,CNY,120", name="newer.csv").taken == 1
    assert [row[4] for row in spent()] == [12000]
    assert Entry.objects.filter(name="spend.recorded").count() == 2


def test_rows_of_one_day_in_one_file_are_added_up(tmp_path):
    assert take(tmp_path, "2026-02-01,red,,CNY,1.10", "2026-02-01,red,,CNY,2.20").taken == 2
    assert [row[4] for row in spent()] == [330]


def test_refused_rows_come_back_with_their_reasons(tmp_path):
    report = take(
        tmp_path, "2026-02-01,red,,CNY,10", "yesterday,red,,CNY,10", "2026-03-02,red,,CNY,10", "2026-02-01,tv,,CNY,10",
        "2026-02-01,red,,CNY,ten", "2026-02-01,red,,CNY,-1", "2026-02-01,red,,EUR,1", "2026-02-01,,,CNY,1",
    )  # fmt: skip
    assert (report.taken, report.refused) == (1, 7)
    assert report.reasons == dict.fromkeys(
        ["date_unreadable", "day_ahead", "channel_unknown", "amount_unreadable", "amount_negative",
         "currency_without_rate", "channel_missing"], 1)  # fmt: skip
    back = Path(report.refused_file).read_text()
    assert "the tree has no channel “tv”" in back and "2026-02-01,tv" in back


def test_another_currency_takes_the_days_rate(tmp_path):
    take(tmp_path, "2026-02-01,red,,USD,10", rates={"USD": Decimal("7.2")})
    assert spent() == [(date(2026, 2, 1), "red", None, "USD", 1000, 7200)]
    assert take(tmp_path, "2026-02-03,red,,USD,10", "2026-01-31,red,,USD,10", name="later.csv").refused == 1
    assert [row[5] for row in spent()] == [7200, 7200]


def test_a_yen_has_no_cents(tmp_path):
    take(tmp_path, "2026-02-01,red,,JPY,1000", rates={"JPY": Decimal("0.05")})
    assert spent() == [(date(2026, 2, 1), "red", None, "JPY", 1000, 5000)]


def test_by_hand(tmp_path):
    assert record(day=DAY, channel="red", amount=500, by="op", at=NOON)
    assert not record(day=DAY, channel="red", amount=500, by="op", at=later(1))
    assert record(day=DAY, channel="red", amount=700, creator="KOL-7", by="op", at=NOON)
    assert record(day=DAY, channel="red", amount=0, by="op", at=NOON)
    assert sorted(Spend.objects.values_list("creator", "amount")) == [("", 0), ("kol-7", 700)]


def test_what_cannot_be_is_refused():
    for said in ({"amount": -1}, {"day": date(2026, 3, 2)}, {"currency": "EURO"}, {"rate": Decimal(0)}):
        with pytest.raises(BadSpend):
            record(**{"day": DAY, "channel": "red", "amount": 1, "by": "op", "at": NOON} | said)
    with pytest.raises(NoSuchPlace):
        record(day=DAY, channel="tv", amount=1, by="op", at=NOON)
    with pytest.raises(CurrencyWithoutRate):
        record(day=DAY, channel="red", amount=1, currency="usd", by="op", at=NOON)
    retire(kind="channel", code="red", by="op", at=NOON)
    with pytest.raises(NoSuchPlace):
        record(day=DAY, channel="red", amount=1, by="op", at=NOON)
