"""A brand with links, and whoever clicks them."""

import msgspec
from django.conf import settings

from siyu.core.eventlog.land import unpack
from siyu.core.eventlog.models import Batch
from siyu.core.links import writing
from siyu.core.links.models import Link
from siyu.core.links.writing import Wish
from siyu.kit import clock

WECHAT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 14_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
    " MicroMessenger/8.0.7(0x18000722) NetType/WIFI Language/zh_CN"
)
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 14_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/14.1.1 Mobile/15E148 Safari/604.1"
)
SHOP = "https://shop.example/spring?id=7"


def a_link(targets=SHOP, **said) -> Link:
    return writing.make(Wish(targets=targets, **said), by="lin", at=clock.now())


def click(client, code: str, *, agent: str = CHROME, where: str = "l", **more):
    return client.get(f"/{where}/{code}", HTTP_USER_AGENT=agent, **more)


def landed() -> list[dict]:
    """What was kept of clicks, in the order in which it came."""
    batches = Batch.objects.using(settings.LANDING).filter(source="links").order_by("pk")
    return [msgspec.json.decode(line) for one in batches for line in unpack(one).splitlines()]
