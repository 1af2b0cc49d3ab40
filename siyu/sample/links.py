"""Links for the sample brand, a live code, and made-up clicks over three weeks of its time, labelled so."""

import random
from datetime import UTC, datetime, timedelta

import msgspec
from django.db import transaction

from siyu.core.eventlog.land import land
from siyu.core.links import clicking, codes, scanning, writing
from siyu.core.links.clicking import Knock
from siyu.core.links.models import Link
from siyu.core.links.writing import Wish
from siyu.core.people.models import Identity

BY = "sample"
HOUSEHOLDS = "completejourney"
"""Clicks are those of people who are there already: made-up visitors would be counted among them."""
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
AGENTS = [
    f"{PHONE} MicroMessenger/8.0.49 NetType/WIFI Language/zh_CN",
    f"{PHONE} MicroMessenger/8.0.49 NetType/4G Language/zh_CN",
    f"{PHONE} XiaoHongShu/8.25.0",
    f"{PHONE} Weibo (iPhone15,3__weibo__14.2.0__iphone__os17.4)",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0 Mobile Safari/537.36",
]
WEIGHTS = [8, 5, 3, 3, 5]
LINKS = [
    ("note-tea", "Note: spring tea (made up)", "/m/", "xiaohongshu", "spring", "", {"source": "xhs"}),
    ("note-lin", "Note of a creator (made up)", "/m/", "xiaohongshu", "spring", "kol-lin", {"source": "xhs"}),
    ("mail-back", "Mail to quiet members (made up)", "/m/coupons", "newsletter", "", "", {"source": "newsletter"}),
    ("tmall-shop", "Our shop elsewhere (made up)", "https://detail.tmall.com/item.htm?id=1", "wecom", "", "", {}),
]
"""Their channels are those of `sample.traffic`."""
CLICKS, DAYS = 400, 21
ENDS = datetime(2017, 6, 30, 12, tzinfo=UTC)
"""Where the sample brand's time ends."""


@transaction.atomic
def open_links(received_at: datetime) -> None:
    """Once: a house that has links of its own is left alone."""
    if Link.objects.exists():
        return
    at = ENDS - timedelta(days=DAYS + 1)
    made = writing.make_many([wish(one) for one in LINKS], by=BY, at=at)
    test = [{"url": "/m/", "weight": 1, "name": "front"}, {"url": "/m/coupons", "weight": 1, "name": "coupons"}]
    made.append(
        writing.make(
            Wish(targets=test, title="Which page first? (made up)", code="ab-front", channel="meta-ads"), by=BY, at=at
        )
    )
    poster = codes.make(title="Poster in the store (made up)", pool="staff", fallback="/m/", by=BY, at=at,
        code="poster", channel="wecom")  # fmt: skip
    hours = [{"days": "1234567", "from": "09:00", "to": "21:00"}]
    codes.put(code=poster.pk, key="amy", label="Amy (made up)", url="/m/", at=at, most=40, schedule=hours)
    codes.put(code=poster.pk, key="ben", label="Ben (made up)", url="/m/", at=at)
    click([one.code for one in made], poster.code, received_at)


def wish(said: tuple[str, str, str, str, str, str, dict[str, str]]) -> Wish:
    code, title, target, channel, campaign, creator, utm = said
    return Wish(targets=target, title=title, code=code, channel=channel, campaign=campaign, creator=creator, utm=utm)


def click(links: list[str], poster: str, at: datetime) -> None:
    """As imported history: it fills the figures, and wakes nobody."""
    dice, lines = random.Random(6), []  # noqa: S311  made up, and the same each time
    known = Identity.objects.filter(namespace=HOUSEHOLDS).order_by("pk").values_list("value", flat=True)
    households = list(known[:CLICKS])
    for n in range(CLICKS):
        when = ENDS - timedelta(minutes=dice.randrange(DAYS * 24 * 60))
        agent = dice.choices(AGENTS, WEIGHTS)[0]
        scans, cookie = n % 8 == 0, f"v{n // 2:032x}"
        knock = Knock(code=poster if scans else dice.choice(links), agent=agent, address=f"10.0.0.{n % 200}", host="",
            cookie=cookie)  # fmt: skip
        way = scanning.decide(knock, at=when) if scans else clicking.decide(knock, at=when)
        said = clicking.message(knock, way, when, clicking.SCANNED if scans else clicking.CLICKED)
        said.properties["made_up"] = True
        said.id = f"sample {n}"
        said.claim = (HOUSEHOLDS, households[n // 2])
        lines.append(msgspec.json.encode(said))
    land(b"\n".join(lines), count=len(lines), source=clicking.SOURCE, dialect="siyu", received_at=at, imported=True)
