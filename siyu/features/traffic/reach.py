"""Who remains reachable, and by what, if a platform closes.

A way is an identity of somebody (a phone, an e-mail, an openid …), or a browser of theirs that shows messages, and the
channel that it opens. It may be used where the person said yes to marketing on that channel; of several identities the
strictest newest word holds. A platform that closes takes its ways with it: WeChat takes WeCom's contacts too.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from siyu.core.eventlog import lake, lakeside
from siyu.core.insight.facts import open_facts
from siyu.kit.refusals import Refused
from siyu.kit.tables import literal

WAYS = {
    # way: (namespace, channel of consent)
    "sms": ("phone", "sms"),
    "email": ("email", "email"),
    "wechat": ("openid", "wechat"),
    "wecom": ("external_userid", "wecom"),
    "member": ("member", "inapp"),
    "web_push": ("a browser", "web_push"),
}
CLOSES = {
    "wechat": ("wechat", "wecom"),
    "wecom": ("wecom",),
    "sms": ("sms",),
    "email": ("email",),
    "member": ("member",),
}
"""What goes when each of them closes."""
REACH = """
    WITH ways(way, place, namespace, channel) AS (VALUES {ways}),
    shown AS (
        SELECT person FROM everything SEMI JOIN persons USING (person)
        WHERE name IN ('push.subscribed', 'push.ended')
        GROUP BY person HAVING sum(CASE name WHEN 'push.subscribed' THEN 1 ELSE -1 END) > 0),
    had AS (
        SELECT DISTINCT e.person, w.way, w.place, w.channel FROM everything e
        JOIN ways w ON w.namespace = e.properties ->> '$.namespace'
        SEMI JOIN persons p ON p.person = e.person WHERE e.name = 'person.appeared'
        UNION ALL SELECT person, way, place, channel FROM shown JOIN ways ON namespace = 'a browser'),
    words AS (
        SELECT person, properties ->> '$.channel' AS channel, name,
            row_number() OVER (PARTITION BY identity, properties ->> '$.channel'
                ORDER BY happened_at DESC, position DESC) AS age
        FROM everything
        WHERE name IN ('consent.given', 'consent.withdrawn') AND properties ->> '$.purpose' = 'marketing'),
    allowed AS (
        SELECT person, channel FROM words WHERE age = 1 GROUP BY ALL HAVING max(name) = 'consent.given')
    SELECT h.person, bit_or(1 << place) AS could,
        coalesce(bit_or(1 << place) FILTER (a.person IS NOT NULL), 0) AS may
    FROM had h LEFT JOIN allowed a USING (person, channel) GROUP BY h.person"""


class NoSuchPlatform(Refused):
    code = "no_such_platform"
    status = 404


def query() -> str:
    rows = (f"({literal(way)}, {place}, {literal(ns)}, {literal(channel)})"
            for place, (way, (ns, channel)) in enumerate(WAYS.items()))  # fmt: skip
    return REACH.format(ways=", ".join(rows))


def bits(ways: Iterable[str]) -> int:
    return sum(1 << list(WAYS).index(way) for way in ways)


def resilience(*, keep: Path | None = None) -> dict[str, Any]:
    """As of now: people reachable, and of each platform who remains if it closes, by which ways (one may have many).
    `keep`: where `behind` finds them."""
    with open_facts() as db:
        [(people,)] = db.execute("SELECT count(*) FROM persons").fetchall()
        found = db.execute(f"SELECT could, may, count(*) FROM ({query()}) GROUP BY ALL ORDER BY ALL").fetchall()
        if keep:
            lakeside.keep(db, f"FROM ({query()}) WHERE may <> 0", keep)
    reachable = sum(n for _, may, n in found if may)
    return {
        "people": people,
        "reachable": reachable,
        "ways": [
            {
                "way": way,
                "could": sum(n for could, _, n in found if could & bits([way])),
                "may": sum(n for _, may, n in found if may & bits([way])),
                "only": sum(n for _, may, n in found if may == bits([way])),
            }
            for way in WAYS
        ],
        "platforms": [closed(platform, reachable, found) for platform in CLOSES],
    }


def closed(platform: str, reachable: int, found: list[tuple[int, int, int]]) -> dict[str, Any]:
    gone = bits(CLOSES[platform])
    left = sum(n for _, may, n in found if may & ~gone)
    return {
        "platform": platform,
        "takes": list(CLOSES[platform]),
        "remain": left,
        "lost": reachable - left,
        "ways": {way: sum(n for _, may, n in found if may & ~gone & bits([way])) for way in WAYS},
    }


def behind(platform: str, *, limit: int = 100, kept: Path | None = None) -> list[dict[str, Any]]:
    """People who are reachable, and by nothing once the platform is closed; with what could be asked for. As they were
    `kept`, else of the lake as it is."""
    if platform not in CLOSES:
        raise NoSuchPlatform(f"what can close is {', '.join(CLOSES)}")
    gone = bits(CLOSES[platform])
    with lake.connect() if kept else open_facts() as db:
        rows = db.execute(f"""
            SELECT person, could, may FROM {lakeside.rows(kept) if kept else f"({query()})"}
            WHERE may <> 0 AND may & ~{gone} = 0
            ORDER BY person LIMIT {int(limit)}""").fetchall()
    return [{"person": person, "could": named(could & ~gone), "may": named(may)} for person, could, may in rows]


def named(mask: int) -> list[str]:
    return [way for way in WAYS if mask & bits([way])]
