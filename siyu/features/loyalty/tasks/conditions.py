"""What a step counts: an event by its name, and what must hold of it. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from siyu.events import BY_NAME
from siyu.kit.refusals import Refused

KINDS = ("once", "daily", "series")
MOST_STEPS, MOST_CONDITIONS, HIGHEST = 10, 5, 10_000
NOT_DONE = ("person.", "identity.", "product.", "visitor.", "tag.", "candidate.", "audience.", "level.", "benefit.",
            "membership.refunded", "membership.laps", "membership.expired")  # fmt: skip
"""What happens to somebody, or to nobody, is nothing that they have done."""
COUNTABLE = sorted(name for name in BY_NAME if not name.startswith(NOT_DONE))


class BadTask(Refused):
    code = "bad_task"
    status = 422


def ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """A comparison that nothing but numbers passes."""
    return lambda found, value: is_number(found) and is_number(value) and compare(found, value)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


OPS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda found, value: found == value,
    "!=": lambda found, value: found != value,
    "<": ordered(lambda found, value: found < value),
    "<=": ordered(lambda found, value: found <= value),
    ">": ordered(lambda found, value: found > value),
    ">=": ordered(lambda found, value: found >= value),
    "in": lambda found, value: found in value,
}


def holds(step: Mapping[str, Any], name: str, body: Mapping[str, Any]) -> bool:
    """Whether the step counts that entry of the log."""
    said = {
        **body.get("properties", {}),
        **{key: body[key] for key in ("amount", "discount", "subject") if key in body},
    }
    return step["event"] == name and all(
        one["field"] in said and OPS[one["op"]](said[one["field"]], one["value"]) for one in step["where"]
    )


def sound_steps(raw: Any, kind: str) -> list[dict[str, Any]]:
    """The steps of a task as an operator wrote them, or what is wrong with them."""
    if kind not in KINDS:
        raise BadTask(f"a task is one of {', '.join(KINDS)}")
    if not isinstance(raw, list) or not (2 if kind == "series" else 1) <= len(raw) <= MOST_STEPS:
        raise BadTask(f"a series has 2 to {MOST_STEPS} steps, another task has one")
    if kind != "series" and len(raw) != 1:
        raise BadTask("only a series has more than one step")
    return [sound_step(one) for one in raw]


def sound_step(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict) or not {"event"} <= set(raw) <= {"title", "event", "where", "count"}:
        raise BadTask('a step is {"title": …, "event": …, "where": […], "count": 1}')
    title, event, where, count = (raw.get(key, other) for key, other in STEP.items())
    if event not in COUNTABLE:
        raise BadTask(f"{str(event)[:50]!r} is nothing that can be counted")
    if not isinstance(title, str) or len(title) > 100:
        raise BadTask("a step's title has at most 100 characters")
    if not isinstance(count, int) or isinstance(count, bool) or not 0 < count <= HIGHEST:
        raise BadTask(f"a step counts to 1 to {HIGHEST:,}")
    if not isinstance(where, list) or len(where) > MOST_CONDITIONS:
        raise BadTask(f"a step has at most {MOST_CONDITIONS} conditions")
    return {"title": title, "event": event, "where": [sound_condition(one) for one in where], "count": count}


STEP: dict[str, Any] = {"title": "", "event": None, "where": [], "count": 1}


def sound_condition(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict) or set(raw) != {"field", "op", "value"} or raw["op"] not in OPS:
        raise BadTask(f'a condition is {{"field": …, "op": one of {" ".join(OPS)}, "value": …}}')
    if not isinstance(raw["field"], str) or not 0 < len(raw["field"]) <= 50:
        raise BadTask("a field's name has 1 to 50 characters")
    values = raw["value"] if raw["op"] == "in" else [raw["value"]]
    if (
        not isinstance(values, list)
        or not 0 < len(values) <= 100
        or not all(isinstance(v, str | int | float) for v in values)
    ):
        raise BadTask("a value is a text or a number; of `in`, a list of them")
    return raw
