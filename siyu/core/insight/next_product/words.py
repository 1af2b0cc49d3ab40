"""Why a product is put forward, in figures and in words."""

from datetime import date
from typing import Any


def reason(row: dict[str, Any], today: date) -> dict[str, Any]:
    """From a row of the kept lists, with the titles of both products."""
    if row["kind"] == "again":
        return again(row["times"], row["every"], (today - row["last"]).days)
    if row["because"]:
        return together(row["because"], row["because_title"] or f"#{row['because']}", row["lift"])
    return popular(row["share"])


def again(times: int, every: float | None, ago: int) -> dict[str, Any]:
    facts = {"code": "again", "times": times, "every": every and round(every, 1), "days_ago": ago}
    if times == 1 or every is None:
        return facts | {"text_en": f"Bought once, {days(ago)} ago", "text_zh": f"买过 1 次，{ago} 天前"}
    rhythm = max(1, round(every))
    return facts | {
        "text_en": f"Bought on {times} days, usually every {days(rhythm)}, last {days(ago)} ago",
        "text_zh": f"买过 {times} 次，通常每 {rhythm} 天一次，上次在 {ago} 天前",
    }


def together(product: int, title: str, lift: float) -> dict[str, Any]:
    return {
        "code": "together",
        "because": product,
        "because_title": title,
        "lift": round(lift, 2),
        "text_en": f"People who buy {title} buy this {lift:.1f} × as often",
        "text_zh": f"买“{title}”的人购买它的概率是平均的 {lift:.1f} 倍",
    }


def popular(share: float) -> dict[str, Any]:
    return {
        "code": "popular",
        "share": round(share, 4),
        "text_en": f"{share:.0%} of all buyers have bought it",
        "text_zh": f"{share:.0%} 的买家买过",
    }


def days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"
