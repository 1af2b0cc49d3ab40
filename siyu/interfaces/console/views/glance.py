"""Two cards of the cockpit: what changed and why, and the loop of whoever came lately."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from siyu.features.traffic import glance, lately, wasted
from siyu.interfaces.console import charts, words
from siyu.kit import formats

SHOWN = 6
EVIDENCE = 8
TONES = {"works": "works", "wasted": "wasted"}
DOMAINS = {"public": "chart-2", "commercial": "chart-3", "private": "chart-1", "unknown": "chart-6"}


def changed(said: dict[str, Any] | None) -> dict[str, Any] | None:
    """None: nothing was sold in either four weeks."""
    if not said or not (said["before"]["gmv"] or said["now"]["gmv"]):
        return None
    until = said["until"]
    groups, called = {**said["groups"], "channel": glance.by_channel(until)}, glance.names()
    parts = [one for some in (said["factors"], *groups.values()) for one in some]
    most = max((abs(one["change"]) for one in parts), default=0) or 1
    span = {"from": said["from"], "until": until}
    return {
        **said,
        "sentence": sentence(said),
        "url": behind(span),
        "factors": [one | {"width": one["change"] / most} for one in said["factors"]],
        "groups": [
            (name, [shown(name, one, most, span, called) for one in rows])
            for name in ("buyer", "channel", "department", "category")
            if (rows := groups[name])
        ],
    }  # fmt: skip


def shown(name: str, one: dict[str, Any], most: int, span: dict[str, str], called: dict[str, str]) -> dict[str, Any]:
    return one | {"width": one["change"] / most, "label": label(name, one, called), "url": opens(name, one, span)}


def sentence(said: dict[str, Any]) -> str:
    money = formats.short_money(abs(said["gmv"]))
    if not said["before"]["gmv"]:
        return _("%(money)s in the last four weeks; nothing in the four before") % {"money": money}
    share = {"money": money, "share": formats.percent(abs(said["gmv"]) / said["before"]["gmv"])}
    if said["gmv"] > 0:
        return _("%(money)s more than in the four weeks before, up %(share)s") % share
    if said["gmv"] < 0:
        return _("%(money)s less than in the four weeks before, down %(share)s") % share
    return _("As much as in the four weeks before")


def label(name: str, one: dict[str, Any], called: dict[str, str]) -> str:
    if not one["name"]:
        return _("All others")
    if one["name"] == "unknown":
        return _("Nobody knows where from")
    if name == "buyer":
        return str(words.word(f"{one['name']}_buyers"))
    return called.get(one["name"], one["name"]) if name == "channel" else one["name"]


def opens(name: str, one: dict[str, Any], span: dict[str, str]) -> str:
    """The orders behind a part; the cost page knows channels."""
    if not one["name"]:
        return ""
    return reverse("console:returns") if name == "channel" else behind({**span, name: one["name"]})


def behind(filters: dict[str, str]) -> str:
    return f"{reverse('console:cockpit-behind', args=['gmv'])}?{urlencode(filters)}"


def sums() -> list[tuple[str, int, str]]:
    """Money by what is known of it; nothing before anything was tried or spent."""
    found = wasted.ranked()
    return toned(found) if found.actions or any(found.sums.values()) else []


def toned(found: wasted.Wasted) -> list[tuple[str, int, str]]:
    return [(word, amount, TONES.get(word, "unknown")) for word, amount in found.sums.items()]


def evidence() -> list[dict[str, Any]]:
    """What trials say of orders, for whoever looks at credit: the dearest first."""
    return [
        {"line": line, "verdict": wasted.called(line), "tone": TONES.get(line.verdict, "unknown")}
        for line in wasted.tried()[:EVIDENCE]
    ]


def loop() -> dict[str, Any] | None:
    """Who came lately: from where, how we can reach them, what they ordered."""
    said = glance.came()
    if not said or not said["people"]:
        return None
    return {**said, "days": lately.DAYS, "share": said["ordered"] / said["people"], "chart": drawn(said["flows"])}


def drawn(flows: list[dict[str, Any]]) -> Any:
    largest = named(flows)
    streams: dict[tuple[str, str, str], int] = {}
    for one in flows:
        channel = one["channel"] if one["channel"] in largest else "…"
        key = (channel, one["way"], one["outcome"])
        streams[key] = streams.get(key, 0) + one["people"]
    return three_columns(streams, {one["channel"]: one["domain"] for one in flows})


def named(flows: list[dict[str, Any]]) -> set[str]:
    people: dict[str, int] = {}
    for one in flows:
        people[one["channel"]] = people.get(one["channel"], 0) + one["people"]
    return set(sorted(people, key=lambda name: (-people[name], name))[:SHOWN])


def three_columns(streams: dict[tuple[str, str, str], int], domains: dict[str, str]) -> Any:
    columns = [sorted({key[n] for key in streams}, key=lambda name: order(streams, n, name)) for n in range(3)]
    place = {(n, name): k for k, (n, name) in enumerate((n, name) for n in range(3) for name in columns[n])}
    called = glance.names()
    nodes = [node(n, name, domains, called) for n in range(3) for name in columns[n]]
    flows = []
    for n in (0, 1):
        for start in columns[n]:
            for end in columns[n + 1]:
                people = sum(much for key, much in streams.items() if key[n : n + 2] == (start, end))
                if people:
                    a, b = place[n, start], place[n + 1, end]
                    said = f"{nodes[a][0]} → {nodes[b][0]}<br><b>{formats.number(people)}</b>"
                    flows.append((a, b, people, said, nodes[b if n else a][2]))
    return charts.sankey(nodes, flows)


def order(streams: dict[tuple[str, str, str], int], n: int, name: str) -> tuple[int, str]:
    return -sum(much for key, much in streams.items() if key[n] == name), name


def node(n: int, name: str, domains: dict[str, str], called: dict[str, str]) -> tuple[str, str, str]:
    """Label, colour, and where a press leads."""
    if n == 0:
        known = name not in ("…", "unknown")
        label = (
            called.get(name, name)
            if known
            else _("Nobody knows where from")
            if name == "unknown"
            else _("Other channels")
        )
        return label, DOMAINS.get(domains.get(name, ""), "chart-6"), reverse("console:returns")
    if n == 1:
        return str(words.word(name)) if name else _("No way to reach them"), "chart-1", reverse("console:reach")
    return str(words.word(f"ordered_{name}")), "chart-4", ""
