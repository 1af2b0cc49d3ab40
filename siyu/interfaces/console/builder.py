"""A definition in the making: each press of a button changes the JSON and nothing else. Pure functions."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from siyu.kit import money
from siyu.kit.refusals import Refused

EMPTY: dict[str, Any] = {"version": 1, "where": {"all": []}}
OPERATORS = ("=", "!=", ">=", "<=", ">", "<")
BARE = ("known", "unknown")
MATCHES = ("category", "department", "brand")
Said = Mapping[str, str]
Node = dict[str, Any]


class Unsaid(Refused):
    code = "unsaid"


def read(text: str) -> dict[str, Any]:
    """The definition as it was typed; a list of nodes at the top is always there."""
    try:
        definition = json.loads(text) if text.strip() else EMPTY
    except (json.JSONDecodeError, RecursionError):
        raise Unsaid("That is no JSON.", code="not_json") from None
    if not isinstance(definition, dict) or "where" not in definition:
        raise Unsaid('A definition looks like {"version": 1, "where": {"all": []}}.', code="no_definition")
    return definition


def written(definition: Any) -> str:
    return json.dumps(definition, ensure_ascii=False, indent=1)


def changed(definition: dict[str, Any], do: str, said: Said, currency: str) -> dict[str, Any]:
    """The definition after a press of `do`: add:trait, remove:0.1, negate:2, join:any."""
    verb, _, what = do.partition(":")
    where = topped(definition["where"])
    match verb:
        case "add":
            where = added(where, made(what, said, currency), said.get("place", "and"))
        case "remove":
            where = removed(where, path(what))
        case "negate":
            where = replaced(where, path(what), negated)
        case "join" if what in ("all", "any"):
            where = {what: next(iter(where.values()))}
    return {**definition, "where": where}


def topped(where: Node) -> Node:
    """With a list of nodes at the top."""
    return where if set(where) in ({"all"}, {"any"}) else {"all": [where]}


def path(text: str) -> list[int]:
    return [int(part) for part in text.split(".") if part.isdecimal() and len(part) < 4][:12]


def added(where: Node, node: Node, place: str) -> Node:
    """As one more condition, or as an alternative to the last."""
    [(join, nodes)] = where.items()
    if place == "or" and nodes and join == "all":
        *before, last = nodes
        group = last["any"] if set(last) == {"any"} else [last]
        return {join: [*before, {"any": [*group, node]}]}
    return {join: [*nodes, node]}


def removed(where: Node, place: list[int]) -> Node:
    """Without the node at that place; a group of one is no group."""
    if not place:
        return where
    [(join, nodes)] = where.items()
    first, *rest = place
    if first >= len(nodes):
        return where
    if not rest:
        return {join: nodes[:first] + nodes[first + 1 :]}
    child = nodes[first]
    if set(child) == {"not"}:
        kept = nodes[:first] + nodes[first + 1 :]
        return {join: kept}
    inner = removed(child, rest) if set(child) in ({"all"}, {"any"}) else child
    [(_, left)] = inner.items()
    inner = left[0] if isinstance(left, list) and len(left) == 1 else inner
    return {join: [*nodes[:first], *([inner] if left else []), *nodes[first + 1 :]]}


def replaced(where: Node, place: list[int], change: Any) -> Node:
    if not place:
        return change(where)
    if set(where) == {"not"}:
        return where
    [(join, nodes)] = where.items()
    if not isinstance(nodes, list) or place[0] >= len(nodes):
        return where
    return {join: [replaced(n, place[1:], change) if i == place[0] else n for i, n in enumerate(nodes)]}


def negated(node: Node) -> Node:
    return node["not"] if set(node) == {"not"} else {"not": node}


def made(kind: str, said: Said, currency: str) -> Node:
    """A node of what was filled in."""
    makers = {"trait": trait, "did": did, "sequence": sequence, "tag": tag, "audience": audience, "acquired": acquired}
    if kind not in makers:
        raise Unsaid("There is no such condition.", code="no_such_condition")
    return makers[kind](said, currency)


def trait(said: Said, currency: str) -> Node:
    name, kind = (said.get("t_name", "") + "|").split("|")[:2]
    op = said.get("t_op", "=")
    if not name:
        raise Unsaid("Choose a trait.", code="no_trait")
    if op in BARE:
        return {"trait": {"name": name, "op": op}}
    text = said.get("t_value", "").strip()
    if not text:
        raise Unsaid("Say a value.", code="no_value")
    if kind == "list":
        return {"trait": {"name": name, "op": "contains", "value": text}}
    return {"trait": {"name": name, "op": op, "value": valued(text, kind, currency)}}


def valued(text: str, kind: str, currency: str) -> Any:
    """As the language wants it: money in minor units, numbers as numbers."""
    if kind not in ("number", "money"):
        return text
    try:
        amount = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise Unsaid("That is no number.", code="no_number") from None
    if not amount.is_finite() or abs(amount) > 10**15:
        raise Unsaid("That is no number.", code="no_number")
    if kind == "money":
        return money.minor(amount, currency)
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def step(said: Said, event: str, match: str, value: str) -> Node:
    name, field, text = said.get(event, ""), said.get(match, ""), said.get(value, "").strip()
    if not name:
        raise Unsaid("Choose an event.", code="no_event")
    where = [{"field": field, "op": "=", "value": text}] if field in MATCHES and text else []
    return {"event": name} | ({"where": where} if where else {})


def did(said: Said, currency: str) -> Node:
    asked = step(said, "d_event", "d_field", "d_match")
    measure, op, amount = said.get("d_measure", "count"), said.get("d_op", ">="), said.get("d_value", "1") or "1"
    if measure == "sum":
        asked["sum"] = {"field": "amount", "op": op, "value": valued(amount, "money", currency)}
    elif measure in ("count", "days"):
        asked[measure] = {"op": op, "value": valued(amount, "number", currency)}
    if window := said.get("d_days", "").strip():
        asked["window"] = {"rolling": {"days": valued(window, "number", currency)}}
    return {"not": {"did": asked}} if said.get("d_not") else {"did": asked}


def sequence(said: Said, currency: str) -> Node:
    steps = [step(said, "s_first", "s_field", "s_match"), step(said, "s_then", "s_field2", "s_match2")]
    within = valued(said.get("s_days", "30") or "30", "number", currency)
    return {"sequence": {"steps": steps, "within": {"days": within}}}


def tag(said: Said, currency: str) -> Node:
    if not said.get("g_tag"):
        raise Unsaid("Choose a tag.", code="no_tag")
    return {"tag": said["g_tag"]}


def acquired(said: Said, currency: str) -> Node:
    by, _, value = said.get("w_way", "").partition("|")
    if not by or not value:
        raise Unsaid("Choose a way.", code="no_way")
    return {"acquired": {"by": by, "op": "=", "value": value}}


def audience(said: Said, currency: str) -> Node:
    if not said.get("g_audience"):
        raise Unsaid("Choose an audience.", code="no_audience")
    return {"in_audience": said["g_audience"]}
