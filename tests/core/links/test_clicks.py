"""What clicks say: by people and not by bots, of the past too; and domains on which nobody arrives any more."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from siyu.core.eventlog.dialects import Message
from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.land import land
from siyu.core.eventlog.models import Entry
from siyu.core.insight import visitors
from siyu.core.links import clicking, clicks, tallies, watching
from siyu.core.links.clicking import Knock
from siyu.core.links.held import LinksHeld
from siyu.core.links.models import Domain, Scan
from siyu.core.people.holdings import Somebody, all_holdings
from siyu.core.people.models import Identity
from tests.core.links.clicks import CHROME, WECHAT, a_link

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)


def clicked(link, visitor: int | None, *, at: datetime = NOON, agent: str = CHROME, host: str = "go.example") -> None:
    cookie = "" if visitor is None else f"v{visitor:032x}"
    knock = Knock(code=link.code, agent=agent, address="10.0.0.1", host=host, cookie=cookie)
    clicking.take(knock, clicking.decide(knock, at=at), at=at)


def arrived(visitor: int, at: datetime) -> None:
    view = Message(name="Product Viewed", at=at, id=f"{visitor} {at}", claim=("device", f"v{visitor:032x}"))
    land(msgspec.json.encode(view), count=1, source="pages", dialect="siyu", received_at=at)


def test_it_works():
    link = a_link([{"url": "https://a.example/", "name": "a"}, {"url": "https://b.example/", "name": "b"}])
    for visitor in range(6):
        clicked(link, visitor)
    clicked(link, 1, agent=WECHAT)
    drain_all()
    found = clicks.stats(link.code)
    assert found.all == clicks.Count(clicks=7, visitors=6, bots=0)
    assert sum(part.visitors for part in found.variants) == 6
    assert {part.name for part in found.apps} == {"plain desktop", "wechat ios"}
    assert [part.name for part in found.days] == ["2026-06-30"]
    assert tallies.counts([link.code, "nothing"]) == {link.code: found.all}
    rows = clicks.behind(link.code)
    assert len(rows) == 7 and rows[0].at == NOON
    assert clicks.behind(link.code, before=rows[-1].position) == []


def test_bots_are_left_out_of_the_past_too_and_come_back():
    link = a_link()
    clicked(link, 1), clicked(link, None, agent="Mozilla/5.0 (compatible; Googlebot/2.1)")
    drain_all()
    assert clicks.stats(link.code).all.clicks == 2
    visitors.apply(at=NOON)
    drain_all()
    assert clicks.stats(link.code).all == clicks.Count(clicks=1, visitors=1, bots=1)
    bot = Identity.objects.get(value__startswith="h")
    visitors.readmit(person=bot.person_id, by="lin", at=NOON)
    drain_all()
    assert clicks.stats(link.code).all.clicks == 2


def test_who_keeps_no_cookie_is_one_visitor_a_day():
    link = a_link()
    for _ in range(5):
        clicked(link, None, agent=WECHAT)
    clicked(link, None, agent=WECHAT, at=NOON + timedelta(days=1))
    drain_all()
    assert clicks.stats(link.code).all == clicks.Count(clicks=6, visitors=2, bots=0)


def test_a_domain_on_which_nobody_arrives_any_more_is_noticed_once():
    link = a_link()
    domain = Domain.objects.create(host="go.example", by="lin", added_at=NOON)
    Domain.objects.create(host="spare.example", by="lin", added_at=NOON)
    for n in range(240):
        at = NOON - timedelta(days=2) + timedelta(minutes=n)
        clicked(link, n, at=at, agent=WECHAT)
        if n % 2:
            arrived(n, at + timedelta(minutes=1))
    drain_all()
    assert watching.watch(NOON - timedelta(hours=12)) == 0
    for n in range(60):
        clicked(link, 1_000 + n, at=NOON - timedelta(minutes=90), agent=WECHAT)
    drain_all()
    assert watching.watch(NOON) == 1
    assert watching.watch(NOON) == 0
    [said] = Entry.objects.filter(name="domain.quiet")
    assert '"host":"go.example"' in said.body and '"usual":500' in said.body
    domain.refresh_from_db()
    assert domain.quiet_at == NOON
    for n in range(60):
        arrived(1_000 + n, NOON - timedelta(minutes=80))
    drain_all()
    assert watching.watch(NOON) == 0
    domain.refresh_from_db()
    assert domain.quiet_at is None


def test_too_few_clicks_say_nothing():
    assert not watching.collapsed((49, 0), (1_000, 900))
    assert not watching.collapsed((60, 0), (100, 90))
    assert not watching.collapsed((60, 0), (1_000, 50))
    assert not watching.collapsed((60, 6), (1_000, 900))
    assert watching.collapsed((60, 5), (1_000, 900))


def test_what_links_hold_of_somebody_is_told_and_forgotten():
    from siyu.core.links import codes, scanning

    link = a_link(title="For Alice", identity=7)
    code = codes.make(title="Poster", pool="staff", fallback="https://x.example/", by="lin", at=NOON)
    codes.put(code=code.pk, key="amy", label="Amy", url="https://work.example/", at=NOON)
    cookie = f"v{5:032x}"
    scanning.decide(Knock(code=code.code, agent=CHROME, address="", host="go", cookie=cookie), at=NOON)
    alice, held = Somebody((7,), (cookie,), NOON), LinksHeld()
    assert any(isinstance(one, LinksHeld) for one in all_holdings())
    assert held.count(alice) == {"links": 1, "scans": 1}
    assert held.export(alice)["links"][0]["title"] == "For Alice"
    assert held.erase(alice).erased == {"links": 1, "scans": 1}
    assert held.erase(alice).erased == {"links": 0, "scans": 0}
    link.refresh_from_db()
    assert (link.identity, link.title) == (None, "") and not Scan.objects.exists()
