"""A member's messages."""

import pytest
from django.test import Client

from siyu.core.outreach.models import InboxItem
from siyu.kit import clock
from tests.interfaces.pages.visiting import me, visitor

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def lies(client: Client, key: str = "k", **said) -> InboxItem:
    more = {"kind": "marketing", "subject": "Spring", "text": "See <b> https://shop.example/spring", "at": clock.now()}
    return InboxItem.objects.create(key=key, identity=me(client).identity, **more | said)


def test_it_works():
    lin = visitor("lin@example.cn")
    assert b'class="count"' not in lin.get("/m/").content
    lies(lin)
    assert b'<span class="count">1</span>' in lin.get("/m/").content
    page = lin.get("/m/inbox").content.decode()
    assert "Spring" in page and 'class="unread"' in page
    address = page.partition('href="/m/inbox/')[2].partition('"')[0]
    letter = lin.get(f"/m/inbox/{address}").content.decode()
    assert "&lt;b&gt;" in letter and 'href="https://shop.example/spring"' in letter
    assert 'class="unread"' not in lin.get("/m/inbox").content.decode()
    assert InboxItem.objects.get().opened_at


def test_nobody_reads_anothers():
    lin, bob = visitor("lin@example.cn"), visitor("bob@example.cn")
    lies(lin)
    address = lin.get("/m/inbox").content.decode().partition('href="/m/inbox/')[2].partition('"')[0]
    assert bob.get(f"/m/inbox/{address}").status_code == 404
    assert InboxItem.objects.get().opened_at is None
    assert lin.get("/m/inbox/nonsense").status_code == 404


def test_an_empty_one_says_so():
    assert "No messages yet" in visitor("lin@example.cn").get("/m/inbox").content.decode()


def test_a_long_one_has_pages(django_assert_max_num_queries):
    lin = visitor("lin@example.cn")
    for n in range(31):
        lies(lin, key=str(n), subject=f"No. {n}")
    with django_assert_max_num_queries(12):
        page = lin.get("/m/inbox").content.decode()
    assert "No. 30" in page and "No. 0<" not in page
    older = page.partition('href="?before=')[2].partition('"')[0]
    assert "No. 0" in lin.get(f"/m/inbox?before={older}").content.decode()
