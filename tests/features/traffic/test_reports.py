"""Reports by mail: each subscription and period once, over a real mail server, and a page that its address opens."""

import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from urllib.parse import unquote_plus

import pytest
from aiosmtpd.controller import Controller
from django.test import Client

from siyu.conf.settings import _smtp
from siyu.core.eventlog.drain import drain_all
from siyu.core.insight import refresh, screening
from siyu.core.outreach import channels, suppressing
from siyu.features.traffic import returns, ruling
from siyu.features.traffic.reports import periods, sending, subscribing
from siyu.features.traffic.reports.models import Edition, Report, Subscription
from siyu.features.traffic.reports.telling import told
from siyu.interfaces.connectors.email.sender import Smtp
from siyu.interfaces.console.views.screening import code_of
from tests.features.traffic.world import buys, campaign, sees
from tests.interfaces.console.team import operator
from tests.selling import listed, order, sell
from tests.serving import free_port

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
MONDAY = datetime(2026, 4, 6, 11, tzinfo=UTC)
SAID = {"rhythm": "week", "language": "en", "by": "lin", "at": MONDAY - timedelta(days=6)}


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answer = "250 taken"

    async def handle_DATA(self, server, session, envelope) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.answer


@pytest.fixture
def mailbox(settings, monkeypatch):
    box, port = Mailbox(), free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    settings.MAILERS = {"default": _smtp(f"smtp://127.0.0.1:{port}")}
    monkeypatch.setitem(channels._senders, "email", Smtp())
    yield box
    server.stop()


@pytest.fixture
def a_shop(monkeypatch) -> None:
    """Tea sold in the last week of March and in the first of April."""
    sell(
        listed(1, "tea", "drinks"),
        order(1, 1, date(2026, 3, 25), (1, 4000)),
        order(2, 1, date(2026, 3, 31), (1, 6000)),
        order(3, 2, date(2026, 4, 4), (1, 3000)),
    )
    draw(MONDAY)


def draw(at: datetime) -> None:
    refresh.memory.__init__()  # type: ignore[misc]
    refresh.refresh_derived(at)
    returns.refresh(at)


def mail_body(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part
    return part.get_content()


@pytest.mark.usefixtures("a_shop")
def test_it_works(mailbox):
    subscribing.subscribe(addresses=["Lin@Example.cn", "bo@example.cn"], **SAID)
    assert sending.tick(MONDAY - timedelta(hours=6)) == 0, "before its hour"
    sending.tick(MONDAY)
    assert sending.tick(MONDAY + timedelta(hours=1)) == 0, "once a period"
    first, second = sorted(mailbox.mails, key=lambda mail: mail["To"])
    assert (first["To"], second["To"]) == ("bo@example.cn", "lin@example.cn")
    assert "¥90 sold: ¥50 more" in first["Subject"].replace("\n", "")
    assert "First-time buyers · −¥10.00" in mail_body(first) and "drinks" in mail_body(first)
    code = Edition.objects.get(subscription__address="bo@example.cn").code
    assert f"/r/{code}" in mail_body(first)
    assert Report.objects.get().first == date(2026, 3, 30)
    assert set(Edition.objects.values_list("state", flat=True)) == {"sent"}


@pytest.mark.usefixtures("a_shop", "mailbox")
def test_who_subscribes_today_gets_what_ends_from_today_on():
    subscribing.subscribe(addresses=["lin@example.cn"], **SAID | {"at": MONDAY})
    assert sending.tick(MONDAY) == 0


@pytest.mark.usefixtures("mailbox")
def test_nothing_is_sent_while_the_figures_are_of_before():
    sell(listed(1), order(1, 1, date(2026, 4, 1), (1, 100)))
    draw(MONDAY - timedelta(days=2))
    subscribing.subscribe(addresses=["lin@example.cn"], **SAID)
    assert sending.tick(MONDAY) == 0
    draw(MONDAY)
    assert sending.tick(MONDAY) == 2


@pytest.mark.usefixtures("a_shop")
def test_a_server_that_is_not_there_is_asked_again(mailbox):
    subscribing.subscribe(addresses=["lin@example.cn"], **SAID)
    mailbox.answer = "451 later"
    sending.tick(MONDAY)
    assert Edition.objects.get().state == "due" and Edition.objects.get().error
    mailbox.answer = "250 taken"
    assert sending.tick(MONDAY + timedelta(minutes=1)) == 0
    sending.tick(MONDAY + timedelta(minutes=6))
    assert Edition.objects.get().state == "sent"
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 1, "the same letter"


@pytest.mark.usefixtures("a_shop")
def test_an_address_that_is_suppressed_gets_nothing(mailbox):
    suppressing.suppress(namespace="email", value="lin@example.cn", reason="bounced", by="lin", at=MONDAY)
    subscribing.subscribe(addresses=["lin@example.cn"], **SAID)
    sending.tick(MONDAY)
    assert Edition.objects.get().state == "failed" and not mailbox.mails


@pytest.mark.usefixtures("a_shop")
def test_send_now_is_the_same_period_and_once_more(mailbox):
    [who] = subscribing.subscribe(addresses=["lin@example.cn"], **SAID)
    subscribing.send_now(subscription=who.pk, at=MONDAY - timedelta(hours=6))
    sending.tick(MONDAY - timedelta(hours=6))
    sending.tick(MONDAY)
    assert len(mailbox.mails) == 1, "the period's own mail does not come beside it"
    subscribing.send_now(subscription=who.pk, at=MONDAY)
    sending.tick(MONDAY)
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 2
    assert Edition.objects.count() == 1


@pytest.mark.usefixtures("a_shop", "mailbox")
def test_the_page_opens_by_its_address_until_it_is_taken_back(monkeypatch):
    monkeypatch.setattr("siyu.kit.clock.now", lambda: MONDAY)
    [who] = subscribing.subscribe(addresses=["lin@example.cn"], **SAID)
    one = subscribing.send_now(subscription=who.pk, at=MONDAY)
    page = Client().get(f"/r/{one.code}")
    assert page.status_code == 200 and page["Referrer-Policy"] == "no-referrer" and "noindex" in page["X-Robots-Tag"]
    assert "¥90 sold" in page.content.decode() and "lin@example.cn" not in page.content.decode()
    sheet = Client().get(f"/r/{one.code}?as=csv&table=figures").content.decode("utf-8-sig").splitlines()
    assert sheet[0] == "Figure,Before,Now,Difference" and sheet[1] == "GMV,40.0,90.0,50.0"
    book = zipfile.ZipFile(io.BytesIO(Client().get(f"/r/{one.code}?as=xlsx").content))
    assert sum(name.startswith("xl/worksheets/sheet") for name in book.namelist()) >= 2
    assert Client().get(f"/r/{one.code}?as=csv&table=nothing").status_code == 404
    assert Client().get(f"/r/{one.code[:-1]}x").status_code == 404
    monkeypatch.setattr("siyu.kit.clock.now", lambda: MONDAY + subscribing.LASTS)
    assert Client().get(f"/r/{one.code}").status_code == 404, "it expires"
    monkeypatch.setattr("siyu.kit.clock.now", lambda: MONDAY)
    subscribing.revoke(edition=one.pk, at=MONDAY)
    assert Client().get(f"/r/{one.code}").status_code == 404
    assert sending.tick(MONDAY) == 0, "what is taken back is not sent"


@pytest.mark.usefixtures("a_shop", "mailbox")
def test_whoever_gets_it_ends_it(monkeypatch):
    monkeypatch.setattr("siyu.kit.clock.now", lambda: MONDAY)
    [who] = subscribing.subscribe(addresses=["lin@example.cn"], **SAID)
    one = subscribing.send_now(subscription=who.pk, at=MONDAY)
    assert Client(enforce_csrf_checks=True).post(f"/r/{one.code}/end").status_code == 200
    assert Subscription.objects.get().ended_at == MONDAY
    assert sending.tick(MONDAY) == 0


@pytest.mark.usefixtures("a_shop")
def test_operators_subscribe_preview_send_and_take_back(monkeypatch):
    monkeypatch.setattr("siyu.kit.clock.now", lambda: MONDAY)
    desk, product = Client(), Client()
    desk.force_login(operator("media"))
    product.force_login(operator("product"))
    assert product.get("/reports").status_code == 403
    said = {"addresses": "lin@example.cn; bo@example.cn", "rhythm": "day", "language": "zh-hans", "hour": "7"}
    assert "Subscribed." in desk.post("/reports/subscribe", said, follow=True).content.decode()
    again = desk.post("/reports/subscribe", said | {"rhythm": "hour"}, follow=True).content.decode()
    assert "At most 50 e-mail addresses" in again
    assert Subscription.objects.count() == 2 and Subscription.objects.filter(hour=7).count() == 2
    for rhythm in ("day", "week", "month"):
        assert desk.get(f"/reports/preview/{rhythm}").status_code == 200
    assert Edition.objects.count() == 0, "a preview is kept nowhere"
    number = Subscription.objects.get(address="bo@example.cn").pk
    desk.post(f"/reports/subscriptions/{number}/send")
    one = Edition.objects.get()
    assert "本期" in Client().get(f"/r/{one.code}").content.decode(), "in the language of the subscription"
    desk.post(f"/reports/{one.pk}/revoke")
    desk.post(f"/reports/subscriptions/{number}/end")
    assert Edition.objects.get().revoked_at and Subscription.objects.get(pk=number).ended_at
    owner = Client()
    owner.force_login(operator(owner=True))
    trail = owner.get("/audit").content.decode()
    assert "Sent at once" in trail and "Taken back" in trail


@pytest.mark.usefixtures("a_shop", "mailbox")
def test_what_to_do_next_opens_what_is_prepared_for_it(monkeypatch):
    monkeypatch.setattr("siyu.kit.clock.now", lambda: MONDAY)
    month = screening.run(month=date(2026, 4, 1), as_of=MONDAY, at=MONDAY)
    [who] = subscribing.subscribe(addresses=["lin@example.cn"], **SAID)
    one = subscribing.send_now(subscription=who.pk, at=MONDAY)
    report = Report.objects.get()
    report.figures["best_fifth"] |= {"quiet": 2, "least": 9000}
    report.save()
    page = unquote_plus(Client().get(f"/r/{one.code}").content.decode())
    assert f"/screening/{code_of(month.pk)}?state=open" in page
    assert '"name": "gmv", "op": ">=", "value": 9000' in page


@pytest.mark.usefixtures("source", "tree", "mailbox")
def test_the_loop_is_in_it():
    ruling.write(channel="red", utm_source="red", by="op", at=MONDAY - timedelta(days=20))
    sees("alice", MONDAY - timedelta(days=5), **campaign("red"))
    buys("alice", 1, MONDAY - timedelta(days=4), 5000)
    drain_all()
    draw(MONDAY)
    [who] = subscribing.subscribe(addresses=["lin@example.cn"], **SAID)
    one = subscribing.send_now(subscription=who.pk, at=MONDAY)
    tables = {table.code: [[str(cell) for cell in row] for row in table.rows] for table in told(one.report).tables}
    assert tables["loop"][0][0] == "Xiaohongshu" and tables["loop"][0][2:] == ["1", "1", "1"]
    assert ["What brought them", "Xiaohongshu", "¥50.00"] in tables["changes"]


def test_bad_wishes_are_refused():
    for wrong in ({"addresses": []}, {"addresses": ["x"]}, {"rhythm": "hour"}, {"language": "fr"}, {"hour": 24}):
        with pytest.raises(subscribing.BadSubscription):
            subscribing.subscribe(**{"addresses": ["lin@example.cn"], **SAID, **wrong})
    with pytest.raises(subscribing.NothingToReport):
        subscribing.preview("day", at=MONDAY)


def test_periods_are_whole_days_weeks_and_months():
    sunday = date(2026, 3, 1)
    assert periods.before(sunday, "day") == (date(2026, 2, 28), date(2026, 2, 28))
    assert periods.before(sunday, "week") == (date(2026, 2, 16), date(2026, 2, 22))
    assert periods.before(sunday, "month") == (date(2026, 2, 1), date(2026, 2, 28))
    assert [one.first for one in periods.back(date(2026, 3, 5), "month", 3)] == [
        date(2026, 2, 1), date(2026, 1, 1), date(2025, 12, 1),
    ]  # fmt: skip
