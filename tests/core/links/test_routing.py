"""In which app's browser somebody is, and what works there: judged by real user agents, and data with its sources."""

from datetime import date
from pathlib import Path

import pytest

from siyu.core.links.clicking import DIRECT, form_for
from siyu.core.links.routing import agents, policy
from siyu.core.links.routing.agents import Place

AGENTS = [line.split("\t") for line in (Path(__file__).parent / "agents.tsv").read_text().splitlines()]
"""App, system and user agent, as published by people who wrote down what they met."""
FORMS = [line.split("\t") for line in (Path(__file__).parent / "forms.tsv").read_text().splitlines()]
"""What becomes of an address of each kind in each of these places: read by people, apart from the data."""


@pytest.mark.parametrize(("app", "system", "agent"), AGENTS)
def test_a_real_user_agent_says_where_it_is(app, system, agent):
    assert agents.place(agent) == (app, system)
    assert not agents.by_program(agent)


def test_there_are_enough_of_them():
    assert len({agent for _, _, agent in AGENTS}) >= 60
    assert {app for app, _, _ in AGENTS} == set(agents.apps())


@pytest.mark.parametrize("agent", ["", "curl/8.0", "Mozilla/5.0 (compatible; Googlebot/2.1)", "python-requests/2.31"])
def test_a_program_says_so(agent):
    assert agents.by_program(agent)


def test_every_line_is_dated_and_says_where_it_is_from():
    for one in (*policy.lines(), *policy.wallets(), *policy.kinds()):
        assert date.fromisoformat(one.as_of) and one.source.startswith(("https://", "http://")), one
    for one in (*policy.lines(), *policy.wallets()):
        assert one.basis in policy.BASES and one.note, one
        assert one.app in (*agents.apps(), "*") and one.os in (*agents.systems(), "*"), one
    assert {one.form for one in policy.lines()} <= set(policy.FORMS)
    assert {one.target for one in policy.lines()} <= {*policy.targets(), "*"}
    assert {one.wallet for one in policy.wallets()} <= set(policy.WALLETS)
    for one in (*agents.data()["app"], *agents.data()["os"]):
        assert one["source"].startswith("https://")


def test_there_is_an_answer_for_everybody_and_everything():
    for app in agents.apps():
        for system in agents.systems():
            assert policy.wallet(Place(app, system)).wallet
            for target in policy.targets():
                assert policy.line(Place(app, system), target).form


def test_no_two_lines_say_something_of_the_same():
    seen = [(one.app, one.os, one.target) for one in policy.lines()]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://item.taobao.com/item.htm?id=1", "taobao"), ("https://m.tb.cn/h.x", "taobao"),
        ("https://nottaobao.com/", "web"), ("https://taobao.com.evil.example/", "web"),
        ("https://v.douyin.com/x", "douyin"), ("https://wxaurl.cn/abc", "mini_program"),
        ("weixin://dl/business/?t=x", "mini_program"), ("alipays://platformapi/startapp", "app"),
        ("https://work.weixin.qq.com/ca/x", "wecom"), ("https://mp.weixin.qq.com/s/x", "wechat"), ("/m/", "own"),
        ("https://apps.apple.com/cn/app/id1", "store"), ("https://shop.example/", "web"),
    ],
)  # fmt: skip
def test_an_address_is_of_a_kind(url, kind):
    assert policy.kind_of(url) == kind


@pytest.mark.parametrize(
    ("app", "system", "url", "form"),
    [
        ("wechat", "ios", "https://item.taobao.com/x", "browser"), ("wechat", "android", "/m/", DIRECT),
        ("wechat", "ios", "https://wxaurl.cn/x", DIRECT), ("douyin", "ios", "https://shop.example/", "copy"),
        ("douyin", "ios", "https://v.douyin.com/x", DIRECT), ("xiaohongshu", "android", "https://wxaurl.cn/x", "copy"),
        ("plain", "ios", "https://item.taobao.com/x", DIRECT), ("plain", "desktop", "https://wxaurl.cn/x", "qr"),
        ("plain", "android", "taobao://x", "app"), ("wechat", "android", "taobao://x", "browser"),
        ("wechat", "ios", "alipays://x", "browser"), ("wechat", "ios", "https://qr.alipay.com/x", "copy"),
        ("taobao", "ios", "https://shop.example/", "browser"), ("feishu", "desktop", "https://shop.example/", DIRECT),
        ("weibo", "ios", "https://shop.example/", DIRECT), ("kuaishou", "ios", "https://item.jd.com/", "copy"),
    ],
)  # fmt: skip
def test_what_works_where(app, system, url, form):
    assert form_for(url, Place(app, system)) == form


def test_every_real_user_agent_and_every_target():
    (_, _, *urls), *lines = FORMS
    assert {policy.kind_of(url) for url in urls} == set(policy.targets())
    wanted = {Place(app, system): forms for app, system, *forms in lines}
    for _, _, agent in AGENTS:
        place = agents.place(agent)
        assert [form_for(url, place) for url in urls] == wanted[place], agent


def test_who_is_in_a_wallets_app_pays_with_it():
    assert policy.wallet(Place("wechat", "ios")).wallet == "wechat"
    assert policy.wallet(Place("alipay", "android")).wallet == "alipay"
    assert policy.wallet(Place("plain", "ios")).wallet == "any"
    assert policy.wallet(Place("douyin", "ios")).wallet == "other"
