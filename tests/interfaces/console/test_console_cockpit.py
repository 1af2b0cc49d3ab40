"""The cockpit, what stands behind its figures, and the screening round."""

import io
import json
import re
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import unquote_plus
from zipfile import ZipFile

import pytest

from siyu.core.eventlog.drain import drain_all
from siyu.core.insight import asof, audiences, report, screening
from siyu.core.insight.models import Candidate
from siyu.core.insight.refresh import draw
from siyu.core.people.codes import code
from siyu.core.people.numbers import number
from siyu.core.team import queries
from siyu.features.traffic import returns
from siyu.interfaces.console import charts
from siyu.interfaces.console.views import cockpit
from siyu.kit import clock
from tests.interfaces.console.team import NOON, operator
from tests.selling import listed, order, sell

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
STATIC = Path(charts.__file__).parent / "static" / "siyu"


@pytest.fixture
def member(client):
    client.force_login(operator("member"))
    return client


def brand() -> None:
    claims = {("member", f"m{n}"): NOON for n in range(12)}
    people = sorted(number(claims, source="shop").values())
    drain_all()
    sell(listed(7, "Milk", "Dairy"))
    orders = []
    for n, who in enumerate(people):
        orders += [
            order(100 * n + k, who, date(2026, 1, 1) + timedelta(9 * k + n), (7, 1000 + n)) for k in range(n + 1)
        ]
    sell(*orders)
    draw(asof.resolve(None), 1)


def test_it_works(member):
    brand()
    page = member.get("/cockpit").content.decode()
    assert "best fifth" in page and "GMV" in page and 'id="charts"' in page
    links = set(re.findall(r'href="(/behind/[^"]+|/people\?[^"]+)"', page))
    assert len(links) > 5
    for link in links:
        assert member.get(link.replace("&amp;", "&")).status_code == 200, link


def test_its_figures_and_what_stands_behind_them_are_files_too(member, client):
    brand()
    book = ZipFile(io.BytesIO(member.get("/cockpit?as=xlsx").content)).read("xl/workbook.xml").decode()
    assert re.findall(r'<sheet name="([^"]+)"', book) == ["Months", "Stage", "Segment", "Who comes back"]
    assert member.get("/cockpit?as=csv").text.startswith("\ufeffMonth,GMV,Orders,Buyers,First-time buyers\r\n2026-01,")
    for metric, head in (("buyers", "Person,Stage"), ("gmv", "When,Order")):
        assert f"/behind/{metric}" in member.get("/cockpit").text
        lines = member.get(f"/behind/{metric}?as=csv").text.splitlines()
        assert lines[0].startswith(f"\ufeff{head}") and "per_" in lines[1]
        assert member.get(f"/behind/{metric}?as=xlsx").content.startswith(b"PK")
    client.force_login(operator("community", name="com"))
    assert client.get("/behind/buyers?as=csv").status_code == 403


def test_it_says_what_changed_and_who_came(member):
    brand()
    returns.refresh(NOON + timedelta(days=1))
    page = member.get("/cockpit").content.decode()
    assert "than in the four weeks before" in page and "Dairy" in page
    assert "people came in" in page and '"loop"' in page
    prepared = re.search(r'href="(/audiences/new\?definition=[^"]+)"', page)[1]
    assert "stage" in member.get(prepared.replace("&amp;", "&")).content.decode()
    assert member.get("/audiences/new?definition=nonsense").status_code == 400
    shares = set(re.findall(r'href="(/behind/gmv\?from=[^"]+)"', page))
    assert len(shares) > 3
    for link in shares:
        assert "No rows stand" not in member.get(link.replace("&amp;", "&")).content.decode(), link


def test_the_link_opens_whom_the_figure_counts(member):
    """Ten buyers, the two who spent most are long gone: the cockpit counts two, and the list shows these."""
    claims = {("member", f"m{n}"): NOON for n in range(10)}
    people = sorted(number(claims, source="shop").values())
    drain_all()
    sell(listed(7, "Milk"))
    gone = [order(n, who, date(2025, 1, 1 + n), (7, 90_000)) for n, who in enumerate(people[:2])]
    kept = [order(10 * n, who, date(2026, 4, 20), (7, 1000)) for n, who in enumerate(people[2:], start=2)]
    sell(*gone, *kept)
    draw(NOON, 1)
    page = member.get("/cockpit").content.decode()
    assert report.kept()["best_fifth"]["quiet"] == 2 and "Call 2 of the best fifth" in page
    shown = member.get("/people?among=quiet&sort=spend").content.decode()
    assert {code(who) for who in people if f"/people/{code(who)}" in shown} == {code(who) for who in people[:2]}
    assert "among=quiet" in page
    prepared = [json.loads(unquote_plus(one)) for one in re.findall(r'definition=([^"]+)"', page)]
    [asked] = [one for one in prepared if "gmv" in json.dumps(one)]
    assert audiences.members(asked).tolist() == people[:2], asked
    assert member.get("/people?among=nonsense").status_code == 200


def test_whoever_waits_for_a_decision_is_opened(member):
    """Those of the newest round: what was left open in the month before is over."""
    brand()
    at = asof.resolve(None)
    screening.run(month=at.date() - timedelta(days=40), as_of=at, at=at, size=3)
    screening.run(month=at.date(), as_of=at, at=at, size=5)
    page = member.get("/cockpit").content.decode()
    [address] = set(re.findall(r'href="(/screening/rnd_\w+\?state=open)"', page))
    assert "Decide on 5 candidates" in page
    assert member.get(address).context["page"].paginator.count == 5


def test_a_month_that_is_not_over_says_so(member):
    brand()
    draw(NOON.replace(day=20), 1)
    assert "so far: it is not over" in member.get("/cockpit").content.decode()
    draw(NOON.replace(day=1, hour=0), 2)
    assert "so far: it is not over" not in member.get("/cockpit").content.decode()


def test_ticks_name_the_year_once():
    assert cockpit.month_ticks(["2025-11", "2025-12", "2026-01", "2026-02"]) == [
        "Nov<br>2025", "Dec", "Jan<br>2026", "Feb"
    ]  # fmt: skip
    assert sum(map(bool, cockpit.month_ticks([f"{2000 + n // 12}-{n % 12 + 1:02}" for n in range(60)]))) == 12


def test_plotly_finds_its_map_styles_in_the_page():
    """Else it writes them into the page, and the policy says no."""
    assert charts.map_styles()


def test_before_the_first_order_it_says_what_to_do(member):
    assert "order history" in member.get("/cockpit").content.decode()
    assert "first round stands here" in member.get("/screening").content.decode()


@pytest.mark.parametrize("buyers", [1, 2])
def test_a_handful_of_orders_is_a_page(member, buyers):
    people = sorted(number({("member", f"m{n}"): NOON for n in range(buyers)}, source="shop").values())
    drain_all()
    sell(listed(7, "Milk", "Dairy"), *(order(n, who, date(2026, 1, 1), (7, 1000)) for n, who in enumerate(people)))
    draw(asof.resolve(None), 1)
    assert "GMV" in member.get("/cockpit").content.decode()


def test_a_figure_nobody_knows_is_refused(member):
    brand()
    assert member.get("/behind/nonsense").status_code == 404


def test_candidates_are_decided_and_that_is_kept(member):
    brand()
    member.post("/screening/run")
    page = member.get("/screening").content.decode()
    [code, *_] = re.findall(r"/screening/(rnd_\w+)", page)
    text = member.get(f"/screening/{code}").content.decode()
    assert "Every score is the sum of its reasons" in text
    accept, other = re.findall(r'hx-post="([^"]+/accept)"', text)[:2]
    assert "Accepted" in member.post(accept).content.decode()
    assert member.post(accept.replace("accept", "reject")).status_code == 409
    assert member.post(accept.replace("accept", "reopen")).status_code == 200
    assert member.post(other.replace("accept", "reject"), {"reason": "staff"}).status_code == 200
    assert Candidate.objects.exclude(rejected_at=None).get().note == "staff"
    assert [deed.did for deed in queries.trail(kind="round")][:3] == ["rejected", "reopened", "accepted"]
    assert "state=accepted" in text and member.get(f"/screening/{code}?state=rejected").status_code == 200
    assert member.get(f"/screening/{code}/judgement").status_code == 200


def test_one_round_is_no_key_to_another(member):
    brand()
    screening.monthly(clock.now())
    one = Candidate.objects.first()
    codes = re.findall(r"/screening/(rnd_\w+)", member.get("/screening").content.decode())
    answers = {member.post(f"/screening/{code}/{one.pk}/accept").status_code for code in set(codes)}
    assert answers <= {200, 404}
    assert member.get("/screening/rnd_000000000000").status_code == 404


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", block))


def test_charts_have_the_colours_of_the_sheet():
    sheet = (STATIC / "tokens.css").read_text()
    light = tokens(sheet.partition("}")[0])
    dark = tokens(sheet.partition(".dark,")[2].partition("}")[0])
    for theme, values in (("light", light), ("dark", dark)):
        assert {name: values[name] for name in charts.COLOURS[theme]} == charts.COLOURS[theme]


def test_axes_have_round_steps():
    assert charts.steps(0) == [0]
    assert charts.steps(373_000) == [0, 100_000, 200_000, 300_000, 400_000]
    assert charts.steps(7)[-1] >= 7
