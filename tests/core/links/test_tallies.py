"""What is kept of clicks is what a plain count of the whole log says, whatever comes late or is judged otherwise."""

import random
from datetime import timedelta

import pytest

from siyu.core.eventlog import lake, lakeside
from siyu.core.eventlog.drain import drain_all
from siyu.core.insight import visitors
from siyu.core.links import condensed, queries, tallies
from siyu.core.links.models import Tallied, Tally
from siyu.core.people.models import Identity
from siyu.kit import clock
from tests.core.links.clicks import CHROME, WECHAT, a_link
from tests.core.links.test_clicks import NOON, clicked

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1)"
PLAIN = """
    WITH events AS (FROM {scan}),
    judged AS (
        SELECT identity, arg_max(name, position) = 'visitor.excluded' AS out FROM events
        WHERE name IN ('visitor.excluded', 'visitor.readmitted') GROUP BY identity),
    clicks AS (SELECT identity, properties ->> '$.link' AS link, properties ->> '$.known' AS known,
            properties ->> '$.trace' AS trace, coalesce(out, false) AS out
        FROM events LEFT JOIN judged USING (identity)
        WHERE source = 'links' AND name IN ('Link Clicked', 'Code Scanned')),
    told AS (SELECT *, CASE WHEN known = 'new' AND identity NOT IN (
            SELECT identity FROM clicks WHERE known = 'cookie') THEN 'h' || trace ELSE 'i' || identity END AS visitor
        FROM clicks)
    SELECT link, count(*) FILTER (NOT out), count(DISTINCT visitor) FILTER (NOT out), count(*) FILTER (out)
    FROM told GROUP BY link"""


def plain() -> dict[str, tuple[int, int, int]]:
    with lake.connect() as db:
        rows = db.execute(PLAIN.format(scan=lake.scan("events", whole=True))).fetchall()
    return {link: tuple(figures) for link, *figures in rows}


def kept(links) -> dict[str, tuple[int, int, int]]:
    return {code: tuple(count) for code, count in tallies.counts([link.code for link in links]).items()}


@pytest.mark.parametrize("seed", range(2))
def test_it_works(seed):
    dice, links = random.Random(seed), [a_link(title=f"link {n}") for n in range(4)]
    for turn in range(5):
        for _ in range(12):
            at = NOON + timedelta(hours=turn - 48 * (dice.random() < 0.2))
            clicked(dice.choice(links), dice.choice([1, 2, 3, None]), at=at, agent=dice.choice([CHROME, WECHAT, BOT]))
        drain_all()
        assert kept(links) == plain(), "after clicks, some of them late"
        visitors.apply(at=NOON + timedelta(hours=turn))
        drain_all()
        assert kept(links) == plain(), "after bots were marked, of the past too"
    for bot in Identity.objects.filter(value__startswith="h").order_by("pk")[:2]:
        visitors.readmit(person=bot.person_id, by="lin", at=NOON)
    drain_all()
    assert kept(links) == plain(), "after somebody was let in again"
    lake.compact("events")
    assert kept(links) == plain(), "after files were merged"
    assert {row.link.code: tuple(row.clicked) for row in queries.listing(at=clock.now()).rows} == plain()


def test_only_links_with_news_are_counted_again():
    old, new = a_link(title="old"), a_link(title="new")
    clicked(old, 1)
    drain_all()
    assert tallies.advance() == 1 and tallies.advance() == 0
    Tally.objects.filter(code=old.code).update(clicks=99)
    clicked(new, 2)
    drain_all()
    assert tallies.advance() == 1
    assert kept([old, new])[old.code][0] == 99, "nobody looked at it again"


def test_rows_that_left_the_lake_are_counted_no_more():
    link = a_link()
    clicked(link, 1)
    drain_all()
    assert kept([link])
    Tallied.objects.update(pruned=-1)
    Tallied.objects.update(version=-1)
    Tally.objects.update(clicks=99)
    assert kept([link]) == plain()


def test_much_at_once_is_the_workers(monkeypatch):
    link = a_link()
    clicked(link, 1)
    drain_all()
    monkeypatch.setattr(tallies, "AT_ONCE", 0)
    assert kept([link]) == {}
    assert tallies.keep_fresh() == 1
    assert kept([link]) == plain()


def test_what_is_kept_of_a_file_that_went_is_swept(monkeypatch):
    link = a_link()
    clicked(link, 1)
    drain_all()
    kept([link])
    (lakeside.derived(condensed.FOLDER) / "gone").mkdir()
    monkeypatch.setattr(lakeside, "LEFT", -1)
    assert lakeside.sweep(condensed.FOLDER) == 1
    assert kept([link]) == plain()
