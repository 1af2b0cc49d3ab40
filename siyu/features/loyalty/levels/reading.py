"""A scheme as an operator writes it down, read or refused."""

from typing import Any

from siyu.features.loyalty.giving import checked
from siyu.features.loyalty.levels.metrics import METRICS
from siyu.features.loyalty.levels.rules import FALLING, LOSING, UNITS, WINDOWS, Dimension, Level, Scheme, Window
from siyu.features.loyalty.tasks.conditions import COUNTABLE
from siyu.kit.refusals import Refused

MOST_DIMENSIONS, MOST_LEVELS, HIGHEST, LONGEST = 10, 12, 10**12, 3660


class BadScheme(Refused):
    code = "bad_scheme"
    status = 422


def read(raw: Any, *, gifts: bool = True) -> Scheme:
    """`gifts`: also whether what levels give could be given today; a scheme that was published is read without."""
    said = an_object(raw, {"dimensions", "levels", "grace_days", "falling", "losing"}, "a scheme")
    dimensions = tuple(dimension(one) for one in a_list(said["dimensions"], MOST_DIMENSIONS, "dimensions"))
    names = [one.name for one in dimensions]
    if len(set(names)) < len(names):
        raise BadScheme("two dimensions have one name")
    levels = tuple(level(one, names, gifts) for one in a_list(said["levels"], MOST_LEVELS, "levels"))
    if [one.enter for one in levels] != sorted({one.enter for one in levels}):
        raise BadScheme("each level takes more to enter than the one before")
    if len({one.name for one in levels}) < len(levels):
        raise BadScheme("two levels have one name")
    if said["falling"] not in FALLING or said["losing"] not in LOSING:
        raise BadScheme(f"falling is one of {', '.join(FALLING)}, losing one of {', '.join(LOSING)}")
    return Scheme(dimensions, levels, whole(said["grace_days"], 0, LONGEST, "grace"), said["falling"], said["losing"])


def dimension(raw: Any) -> Dimension:
    said = {"event": "", **an_object(raw, {"name", "metric", "window", "points", "per"}, "a dimension", {"event"})}
    if said["metric"] not in METRICS:
        raise BadScheme(f"a metric is one of {', '.join(METRICS)}")
    if (said["metric"] == "event") != (said["event"] in COUNTABLE) or (said["event"] and said["metric"] != "event"):
        raise BadScheme("the metric `event`, and no other, names an event that can be counted")
    points, per = whole(said["points"], 0, 10**6, "points"), whole(said["per"], 1, HIGHEST, "per")
    return Dimension(a_name(said["name"]), said["metric"], said["event"], window(said["window"]), points, per)


def window(raw: Any) -> Window:
    said = {"days": 0, "unit": "", **an_object(raw, {"kind"}, "a window", {"days", "unit"})}
    if said["kind"] not in WINDOWS:
        raise BadScheme(f"a window is one of {', '.join(WINDOWS)}")
    if said["kind"] == "calendar" and said["unit"] not in UNITS:
        raise BadScheme(f"a calendar window is one of {', '.join(UNITS)}")
    days = whole(said["days"], 1, LONGEST, "days") if said["kind"] == "rolling" else 0
    return Window(said["kind"], days, said["unit"] if said["kind"] == "calendar" else "")


def level(raw: Any, names: list[str], gifts: bool) -> Level:
    said = an_object(raw, {"name", "enter", "keep"}, "a level", {"needs", "keeps", "gives"})
    enter, keep = whole(said["enter"], 0, HIGHEST, "enter"), whole(said["keep"], 0, HIGHEST, "keep")
    needs, keeps = least(said.get("needs", {}), names), least(said.get("keeps", {}), names)
    if keep > enter or any(number > needs.get(name, 0) for name, number in keeps.items()):
        raise BadScheme("to keep a level takes no more than to enter it")
    gives = said.get("gives", [])
    return Level(a_name(said["name"]), enter, keep, needs, keeps, checked(gives) if gifts else gives)


def least(raw: Any, names: list[str]) -> dict[str, int]:
    if not isinstance(raw, dict) or not set(raw) <= set(names):
        raise BadScheme("what a level needs of single dimensions names dimensions of the scheme")
    return {name: whole(number, 0, HIGHEST, name) for name, number in raw.items()}


def an_object(raw: Any, required: set[str], what: str, allowed: set[str] | None = None) -> dict[str, Any]:
    if not isinstance(raw, dict) or not required <= set(raw) <= required | (allowed or set()):
        raise BadScheme(f"{what} has {', '.join(sorted(required))}")
    return raw


def a_list(raw: Any, most: int, what: str) -> list[Any]:
    if not isinstance(raw, list) or not 0 < len(raw) <= most:
        raise BadScheme(f"1 to {most} {what}")
    return raw


def a_name(raw: Any) -> str:
    if not isinstance(raw, str) or not 0 < len(raw.strip()) <= 30:
        raise BadScheme("a name has 1 to 30 characters")
    return raw.strip()


def whole(raw: Any, low: int, high: int, what: str) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or not low <= raw <= high:
        raise BadScheme(f"{what} is a whole number from {low:,} to {high:,}")
    return raw
