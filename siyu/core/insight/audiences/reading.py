"""From JSON to nodes: everything is checked here, so that nothing later has to ask whether it may be believed."""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings

from siyu.core.insight.audiences import catalogue, vocabulary
from siyu.core.insight.audiences.language import (
    DAYS,
    DEPTH,
    LIST,
    NODES,
    PEOPLE,
    STEPS,
    VERSION,
    Acquired,
    All,
    AnyOf,
    Between,
    Bucket,
    Calendar,
    Comparison,
    Condition,
    Definition,
    Did,
    FirstDid,
    InAudience,
    LastDid,
    Level,
    Members,
    Membership,
    Node,
    Not,
    Reachable,
    Regularity,
    Rolling,
    Sequence,
    Step,
    Tag,
    Trait,
    Window,
)
from siyu.core.insight.audiences.refusals import NotUnderstood, malformed, together, unknown
from siyu.core.insight.audiences.values import (
    COUNTING,
    an_object,
    comparison,
    day,
    ends,
    listed,
    text,
    whole,
)
from siyu.core.insight.models import Audience
from siyu.core.people.consent import CHANNELS, PURPOSES
from siyu.kit import codes


class Reader:
    """One reading of one definition: how many nodes so far, which saved audiences we are inside of."""

    def __init__(self) -> None:
        self.nodes = 0
        self.inside: list[str] = []

    def node(self, raw: Any, path: str, depth: int = 1) -> Node:
        self.nodes += 1
        if depth > DEPTH:
            raise NotUnderstood(f"A definition is at most {DEPTH} levels deep.", code="too_deep", path=path)
        if self.nodes > NODES:
            raise NotUnderstood(f"A definition has at most {NODES} nodes.", code="too_many_nodes", path=path)
        if not isinstance(raw, dict) or len(raw) != 1:
            raise malformed("A node is an object with one key that says what it is.", path)
        [(op, body)] = raw.items()
        if op not in KINDS:
            raise unknown("op", op, KINDS, path)
        return KINDS[op](self, body, f"{path}.{op}", depth)

    def several(self, raw: Any, path: str, depth: int) -> tuple[Node, ...]:
        """All nodes of a list; what is wrong with any of them is told at once."""
        nodes, problems = [], []
        for i, item in enumerate(listed(raw, path, NODES)):
            try:
                nodes.append(self.node(item, f"{path}[{i}]", depth + 1))
            except NotUnderstood as refused:
                if refused.code == "too_many_nodes":
                    raise
                problems += refused.problems
        if problems:
            raise together(problems)
        return tuple(nodes)

    def saved(self, raw: Any, path: str, depth: int) -> Node:
        name = text(raw, path)
        audience = find(name)
        if audience is None:
            names = Audience.objects.filter(archived_at=None).values_list("name", flat=True)
            raise unknown("audience", name, names[:LIST], path)
        if audience.name in self.inside:
            chain = " → ".join([*self.inside, audience.name])
            raise NotUnderstood(f"An audience cannot be inside itself: {chain}.", code="cycle", path=path)
        self.inside.append(audience.name)
        node = self.whole(audience.definition, path, depth + 1)
        self.inside.pop()
        return InAudience(audience.name, node)

    def whole(self, raw: Any, path: str = "$", depth: int = 1) -> Node:
        raw = an_object(raw, path, {"version", "where"}, required={"version", "where"})
        if raw["version"] != VERSION or isinstance(raw["version"], bool):
            raise NotUnderstood(
                f"This house reads version {VERSION} of the language.", code="unknown_version", path=f"{path}.version"
            )
        return self.node(raw["where"], f"{path}.where", depth)


def parse(definition: Any, *, inside: str | None = None) -> Definition:
    """Read a definition, or refuse it with every problem found. `inside`: the saved audience that it is to become."""
    reader = Reader()
    reader.inside += [inside] if inside else []
    return Definition(reader.whole(definition), definition)


def validate(definition: Any) -> list[dict[str, str]]:
    """What is wrong with it, as plain data; nothing: it is sound."""
    try:
        parse(definition)
    except NotUnderstood as refused:
        return [problem.as_dict() for problem in refused.problems]
    return []


def find(name: str) -> Audience | None:
    """A saved audience by its code or its name."""
    number = codes.decode("aud", name, settings.SECRET_KEY)
    wanted = {"pk": number} if number is not None else {"name": name}
    return Audience.objects.filter(archived_at=None, **wanted).first()


def read_all(reader: Reader, raw: Any, path: str, depth: int) -> Node:
    return All(reader.several(raw, path, depth))


def read_any(reader: Reader, raw: Any, path: str, depth: int) -> Node:
    return AnyOf(reader.several(raw, path, depth))


def read_not(reader: Reader, raw: Any, path: str, depth: int) -> Node:
    return Not(reader.node(raw, path, depth + 1))


def read_trait(reader: Reader, raw: Any, path: str, depth: int) -> Node:
    raw = an_object(raw, path, {"name", "op", "value"}, required={"name", "op"})
    name = text(raw["name"], f"{path}.name")
    if kind := vocabulary.PORTRAIT.get(name):
        return Trait(name, comparison(raw, path, kind), portrait=True)
    if not catalogue.is_told(name):
        raise unknown("trait", name, {*vocabulary.PORTRAIT, *catalogue.told()}, f"{path}.name")
    return Trait(name, comparison(raw, path, "json"), portrait=False)


def read_did(reader: Reader, raw: Any, path: str, depth: int) -> Node:
    measures = {"count", "sum", "distinct", "days"}
    raw = an_object(raw, path, {"event", "where", "window", *measures}, required={"event"})
    step = read_step({key: raw[key] for key in ("event", "where") if key in raw}, path)
    chosen = sorted(measures & raw.keys())
    if len(chosen) > 1:
        raise malformed(f"Measure one thing: {', '.join(chosen)} cannot stand together.", path)
    measure = chosen[0] if chosen else "count"
    body, here = raw.get(measure, {"op": ">=", "value": 1}), f"{path}.{measure}"
    needs_field = measure in ("sum", "distinct")
    body = an_object(body, here, {"op", "value"} | ({"field"} if needs_field else set()), required={"op", "value"})
    field = read_field(step.event, body.get("field"), f"{here}.field", measure) if needs_field else None
    return Did(step, measure, field, comparison(body, here, "number", COUNTING), read_window(raw, path))


def read_field(event: str, raw: Any, path: str, measure: str) -> str:
    """A field that can be added up or told apart; a line's fields only where the event is a line."""
    field = text(raw, path)
    kind = catalogue.field_kind(event, field)
    if kind is None:
        raise unknown("field", field, catalogue.known_fields(event), path)
    if event != vocabulary.LINE and field in vocabulary.ITEM_FIELDS:
        raise NotUnderstood(
            f"{field} belongs to a line: measure it on {vocabulary.LINE}.", code="field_of_a_line", path=path
        )
    if measure == "sum" and kind not in ("money", "number", "json"):
        raise NotUnderstood(f"{field} is no number and cannot be added up.", code="not_a_number", path=path)
    return field


def read_first(reader: Reader, raw: Any, path: str, depth: int) -> Node:
    return FirstDid(*read_edge(raw, path))


def read_last(reader: Reader, raw: Any, path: str, depth: int) -> Node:
    return LastDid(*read_edge(raw, path))


def read_edge(raw: Any, path: str) -> tuple[Step, Window | None, Comparison | None]:
    raw = an_object(raw, path, {"event", "where", "window", "days_ago"}, required={"event"})
    if ("window" in raw) == ("days_ago" in raw):
        raise malformed("Say either a window or days_ago.", path)
    step = read_step({key: raw[key] for key in ("event", "where") if key in raw}, path)
    if "window" in raw:
        return step, read_window(raw, path), None
    ago = an_object(raw["days_ago"], f"{path}.days_ago", {"op", "value"}, required={"op", "value"})
    return step, None, comparison(ago, f"{path}.days_ago", "number", COUNTING)


def read_sequence(reader: Reader, raw: Any, path: str, depth: int) -> Node:
    raw = an_object(raw, path, {"steps", "within", "window"}, required={"steps", "within"})
    steps = listed(raw["steps"], f"{path}.steps", STEPS)
    if len(steps) < 2:
        raise malformed("A sequence has at least two steps.", f"{path}.steps")
    within = an_object(raw["within"], f"{path}.within", {"days", "hours"})
    if len(within) != 1:
        raise malformed("Say either days or hours.", f"{path}.within")
    [(unit, n)] = within.items()
    hours = whole(n, f"{path}.within.{unit}", 1, DAYS) * (24 if unit == "days" else 1)
    read = tuple(read_step(step, f"{path}.steps[{i}]") for i, step in enumerate(steps))
    return Sequence(read, hours, read_window(raw, path))


def read_regularity(reader: Reader, raw: Any, path: str, depth: int) -> Node:
    kinds = {"cv": {"gaps"}, "weeks": {"of"}, "silent": {"gaps"}}
    raw = an_object(raw, path, {"event", "where", "window", *kinds}, required={"event"})
    chosen = [kind for kind in kinds if kind in raw]
    if len(chosen) != 1:
        raise malformed("Say one of cv, weeks or silent.", path)
    [kind] = chosen
    here = f"{path}.{kind}"
    body = an_object(raw[kind], here, {"op", "value", *kinds[kind]}, required={"op", "value"} | ({"of"} & kinds[kind]))
    if kind == "weeks" and "window" in raw:
        raise malformed("Weeks bring their own window.", f"{path}.window")
    step = read_step({key: raw[key] for key in ("event", "where") if key in raw}, path)
    of = whole(body.get("of", 1), f"{here}.of", 1, 520)
    least = whole(body.get("gaps", 2), f"{here}.gaps", 1, LIST)
    return Regularity(step, kind, comparison(body, here, "number", COUNTING), of, least, read_window(raw, path))


def read_tag(reader: Reader, raw: Any, path: str, depth: int) -> Node:
    if isinstance(raw, str):
        raw = {"name": raw}
    raw = an_object(raw, path, {"name", "group"}, required={"name"})
    name = text(raw["name"], f"{path}.name")
    group = text(raw["group"], f"{path}.group") if "group" in raw else None
    known = catalogue.tags()
    if not any(name == tag and group in (None, its_group) for its_group, tag in known):
        raise unknown("tag", name, {tag for _, tag in known}, path)
    return Tag(name, group)


def read_level(reader: Reader, raw: Any, path: str, depth: int) -> Node:
    raw = an_object(raw, path, {"op", "value"}, required={"op"})
    return Level(comparison(raw, path, "text"))


def read_membership(reader: Reader, raw: Any, path: str, depth: int) -> Node:
    raw = an_object(raw, path, {"op", "value"}, required={"op"})
    return Membership(comparison(raw, path, "text"))


def read_acquired(reader: Reader, raw: Any, path: str, depth: int) -> Node:
    raw = an_object(raw, path, {"by", "op", "value"}, required={"by", "op"})
    by = text(raw["by"], f"{path}.by")
    if by not in vocabulary.ACQUIRED_BY:
        raise unknown("way", by, vocabulary.ACQUIRED_BY, f"{path}.by")
    return Acquired(by, comparison(raw, path, "text"))


def read_in_audience(reader: Reader, raw: Any, path: str, depth: int) -> Node:
    return reader.saved(raw, path, depth)


def read_reachable(reader: Reader, raw: Any, path: str, depth: int) -> Node:
    raw = an_object(raw, path, {"channel", "purpose"}, required={"channel"})
    channel = text(raw["channel"], f"{path}.channel")
    if channel not in CHANNELS:
        raise unknown("channel", channel, CHANNELS, f"{path}.channel")
    purpose = text(raw.get("purpose", "marketing"), f"{path}.purpose")
    if purpose not in PURPOSES:
        raise unknown("purpose", purpose, PURPOSES, f"{path}.purpose")
    return Reachable(channel, purpose)


def read_bucket(reader: Reader, raw: Any, path: str, depth: int) -> Node:
    raw = an_object(raw, path, {"salt", "from", "to"}, required={"salt", "from", "to"})
    first, end = (whole(raw[key], f"{path}.{key}", 0, 10_000) for key in ("from", "to"))
    if first >= end:
        raise malformed("A bucket reaches from a number to a larger one.", path)
    return Bucket(text(raw["salt"], f"{path}.salt"), first, end)


def read_members(reader: Reader, raw: Any, path: str, depth: int) -> Node:
    numbers = []
    for i, code in enumerate(listed(raw, path, PEOPLE)):
        number = codes.decode("per", code, settings.SECRET_KEY) if isinstance(code, str) else None
        if number is None:
            raise NotUnderstood(f"{code!r} is no person's code.", code="unknown_person", path=f"{path}[{i}]")
        numbers.append(number)
    return Members(tuple(sorted(set(numbers))))


def read_step(raw: Any, path: str) -> Step:
    raw = an_object(raw, path, {"event", "where"}, required={"event"})
    event = text(raw["event"], f"{path}.event")
    if event not in (known := catalogue.event_names()):
        raise unknown("event", event, known, f"{path}.event")
    where = listed(raw.get("where", []), f"{path}.where", 20)
    return Step(event, tuple(read_condition(event, item, f"{path}.where[{i}]") for i, item in enumerate(where)))


def read_condition(event: str, raw: Any, path: str) -> Condition:
    raw = an_object(raw, path, {"field", "op", "value"}, required={"field", "op"})
    field = text(raw["field"], f"{path}.field")
    kind = catalogue.field_kind(event, field)
    if kind is None:
        raise unknown("field", field, catalogue.known_fields(event), f"{path}.field")
    return Condition(field, comparison(raw, path, kind))


def read_window(raw: Mapping[str, Any], path: str) -> Window | None:
    if "window" not in raw:
        return None
    path = f"{path}.window"
    window = an_object(raw["window"], path, {"rolling", "calendar", "between", "zone"})
    zone = read_zone(window["zone"], f"{path}.zone") if "zone" in window else None
    match [key for key in window if key != "zone"]:
        case ["rolling"]:
            unit, n = one_unit(window["rolling"], f"{path}.rolling", {"days", "hours"}, set())
            return Rolling(unit, n, zone)
        case ["calendar"]:
            here = f"{path}.calendar"
            unit, n = one_unit(window["calendar"], here, {"days", "weeks", "months", "quarters", "years"}, {"offset"})
            return Calendar(unit, n, whole(window["calendar"].get("offset", 0), f"{here}.offset", -2_000, 0), zone)
        case ["between"]:
            first, end = ends(window["between"], f"{path}.between")
            return Between(day(first, f"{path}.between[0]"), day(end, f"{path}.between[1]"), zone)
    raise malformed("A window says one of rolling, calendar or between.", path)


def read_zone(raw: Any, path: str) -> str:
    zone = text(raw, path)
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NotUnderstood(f"{zone!r} is no time zone.", code="unknown_zone", path=path) from None
    return zone


def one_unit(raw: Any, path: str, units: set[str], besides: set[str]) -> tuple[str, int]:
    raw = an_object(raw, path, units | besides)
    chosen = sorted(units & raw.keys())
    if len(chosen) != 1:
        raise malformed(f"Say one of {', '.join(sorted(units))}.", path)
    return chosen[0], whole(
        raw[chosen[0]], f"{path}.{chosen[0]}", 1, {"years": 200, "quarters": 800}.get(chosen[0], 2_000)
    )


KINDS: dict[str, Callable[[Reader, Any, str, int], Node]] = {
    "all": read_all,
    "any": read_any,
    "not": read_not,
    "trait": read_trait,
    "did": read_did,
    "first_did": read_first,
    "last_did": read_last,
    "sequence": read_sequence,
    "regularity": read_regularity,
    "tag": read_tag,
    "level": read_level,
    "membership": read_membership,
    "acquired": read_acquired,
    "in_audience": read_in_audience,
    "reachable": read_reachable,
    "bucket": read_bucket,
    "members": read_members,
}
