"""What is seen of each touch, kept beside the lake so that nobody reads a hundred million JSON texts for a question.

For every file of the lake two small ones: `touches` (position, identity, happened_at, kind, own, sign) and `signs`,
each combination of what was seen once, with how often. They say what was sent and nothing of channels, so that rules,
merges and exclusions change no file. A lake's file never changes; one that was written anew is looked at anew.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from siyu.core.eventlog import lake, lakeside
from siyu.core.eventlog.lakeside import File
from siyu.events import BY_NAME
from siyu.kit.tables import literal

FOLDER = "touches-1"
"""Another number where what is kept changes."""
NAMES = {
    "visit": (
        "Link Clicked", "Page Viewed", "Screen Viewed", "Application Opened", "Application Installed", "$pageview",
        "$AppStart", "$AppInstall", "$AppViewScreen", "$MPLaunch", "$MPShow", "$MPViewScreen",
    ),
    "scan": ("Code Scanned",),
    "add": ("member.joined", "Contact Added", "Account Followed"),
    "message": (
        "Message Opened", "Message Clicked", "Email Opened", "Email Link Clicked", "Push Notification Tapped",
    ),
    "view": ("Product Viewed", "Product List Viewed", "Note Viewed", "Live Viewed", "Video Playback Started"),
}  # fmt: skip
"""Which events are touches, and of what kind. Orders are touches too, and stand in the facts."""
SIGNS = ("utm_source", "utm_medium", "utm_campaign", "host", "link", "channel", "campaign", "creator", "source", "kind")
LONGEST = 200

IN_CONTEXT = {
    "utm_source": "$.campaign.source",
    "utm_medium": "$.campaign.medium",
    "utm_campaign": "$.campaign.name",
    "referrer": "$.page.referrer",
    "referring": "$.referrer.url",
    "url": "$.page.url",
}
IN_PROPERTIES = {
    "utm_source": ("$.utm_source", '$."$utm_source"'),
    "utm_medium": ("$.utm_medium", '$."$utm_medium"'),
    "utm_campaign": ("$.utm_campaign", '$."$utm_campaign"'),
    "referrer": ("$.referrer", '$."$referrer"'),
    "url": ("$.url", '$."$url"'),
    "link": ("$.link",),
    "channel": ("$.channel",),
    "campaign": ("$.campaign",),
    "creator": ("$.creator",),
}


def files() -> tuple[list[str], list[str]]:
    """Where touches and signs of the lake as it is now are kept; what is not there yet is made."""
    there = lakeside.now().files
    if new := [one for one in there if not (place(one) / "touches").exists()]:
        with lake.connect() as db:
            for one in new:
                look_at(db, one)
    return [str(place(one) / "touches") for one in there], [str(place(one) / "signs") for one in there]


def place(file: File) -> Path:
    return lakeside.beside(FOLDER, file)


def look_at(db: duckdb.DuckDBPyConnection, file: File) -> None:
    """Both files, the touches last: where they are, all is there."""
    goes, columns = place(file), "position, identity, happened_at, kind, own, sign"
    db.execute(f"CREATE OR REPLACE TEMP TABLE seen AS {seen(file.uri)}")
    signs = f"SELECT sign, {', '.join(SIGNS)}, count(*) AS times FROM seen GROUP BY ALL"
    lakeside.keep(db, signs, goes / "signs")
    lakeside.keep(db, f"SELECT {columns} FROM seen ORDER BY position", goes / "touches")


def seen(uri: str) -> str:
    """A row a touch in one file of the lake: who, when, of what kind, and all that is seen of it."""
    texts = {name: first_of(name) for name in dict.fromkeys([*IN_CONTEXT, *IN_PROPERTIES])}
    utm = {
        name: f"coalesce({texts[name]}, nullif(regexp_extract({texts['url']}, '[?&]{name}=([^&#]*)', 1), ''))"
        for name in ("utm_source", "utm_medium", "utm_campaign")
    }
    referrer = f"coalesce({texts['referrer']}, {texts['referring']})"
    said = {**utm, "link": texts["link"], **{name: texts[name] for name in ("channel", "campaign", "creator")}}
    columns = ", ".join(f"left(coalesce({tidy(name, text)}, ''), {LONGEST}) AS {name}" for name, text in said.items())
    names = ", ".join(literal(name) for some in NAMES.values() for name in some)
    ours = ", ".join(literal(name) for name in sorted(BY_NAME))
    kinds = " ".join(f"WHEN name IN ({', '.join(map(literal, some))}) THEN '{kind}'" for kind, some in NAMES.items())
    return f"""
        WITH read AS (
            SELECT position, identity, happened_at::TIMESTAMP AS happened_at, CASE {kinds} END AS kind,
                name IN ({ours}) AS own,
                coalesce(source, '') AS source,
                CASE WHEN contains(context, 'campaign') OR contains(context, 'eferrer') OR contains(context, 'utm_')
                    THEN json_extract_string(context, [{paths(IN_CONTEXT.values())}]) END AS c,
                CASE WHEN regexp_matches(properties, 'utm_|eferrer|link|channel|campaign|creator')
                    THEN json_extract_string(properties, [{paths(flat(IN_PROPERTIES.values()))}]) END AS p
            FROM {lake.read("events", [uri])} WHERE name IN ({names})),
        said AS (
            SELECT position, identity, happened_at, kind, own, lower(left(source, {LONGEST})) AS source, {columns},
                {host(referrer)} AS came_from, {host(texts["url"])} AS here
            FROM read)
        SELECT * EXCLUDE (came_from, here), CASE WHEN came_from IS DISTINCT FROM here THEN coalesce(came_from, '')
            ELSE '' END AS host, hash({", ".join(SIGNS)}) AS sign
        FROM said"""


def first_of(name: str) -> str:
    """What properties say, else what the context says."""
    inside = flat(IN_PROPERTIES.values())
    found = [f"nullif(p[{inside.index(path) + 1}], '')" for path in IN_PROPERTIES.get(name, ())]
    if name in IN_CONTEXT:
        found.append(f"nullif(c[{list(IN_CONTEXT).index(name) + 1}], '')")
    return f"coalesce({', '.join(found)})"


def tidy(name: str, text: str) -> str:
    return f"trim({text})" if name == "link" else f"lower(trim({text}))"


def host(address: str) -> str:
    """Of an address the host without www; NULL: there is none."""
    return (
        f"left(nullif(regexp_extract(lower({address}), '^(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^/@]*@)?(?:www\\.)?"
        f"([^/:?#]+)', 1), ''), {LONGEST})"
    )


def paths(some: Iterable[str]) -> str:
    return ", ".join(map(literal, some))


def flat(some: Iterable[Sequence[str]]) -> list[str]:
    return [one for few in some for one in few]
