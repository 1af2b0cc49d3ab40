"""What a candidate's score is made of, and how each part is said to an operator."""

from dataclasses import dataclass
from typing import Any

from siyu.kit import money


@dataclass(frozen=True)
class Component:
    """One part of the score: `weight` points for whoever has most, fewer by the share of buyers who have less."""

    code: str
    weight: int
    en: str
    zh: str


CURVE = 4
"""Points are weight x share ** CURVE: what sets the last tenth apart counts more than the middle."""

COMPONENTS = (
    Component("depth", 650, "Spent {value} in the last year, more than {above} % of buyers",
              "最近一年消费 {value}，超过 {above}% 的买家"),
    Component("regularity", 100, "Bought in {value} of the last 13 weeks, more than {above} % of buyers",
              "最近 13 周中有 {value} 周购买，超过 {above}% 的买家"),
    Component("breadth", 100, "Bought {value} different products, more than {above} % of buyers",
              "买过 {value} 种商品，超过 {above}% 的买家"),
    Component("affinity", 50, "Among the top tenth of buyers in {value} categories, more than {above} % of buyers",
              "在 {value} 个品类中位列前 10% 的买家，超过 {above}% 的买家"),
    Component("activity", 100, "{value} orders in the last 28 days, more than {above} % of buyers",
              "最近 28 天下单 {value} 次，超过 {above}% 的买家"),
    Component("content", 0, "Content quality: no data yet", "内容质量：暂无数据"),
    Component("influence", 0, "Influence on others: no data yet", "对他人的影响：暂无数据"),
)  # fmt: skip
SCORED = tuple(component for component in COMPONENTS if component.weight)
IN_CATEGORY = {
    "affinity": ("{value} % of all they spend goes to this category, more than {above} % of buyers",
                 "该品类占其全部消费的 {value}%，超过 {above}% 的买家"),
}  # fmt: skip


def weights() -> dict[str, int]:
    """As a round keeps them, so that it can be understood after they have changed."""
    return {component.code: component.weight for component in COMPONENTS} | {"curve": CURVE}


def reason(
    component: Component, *, points: int, value: int, above: int, category: str, currency: str
) -> dict[str, Any]:
    """The part of one person's score, in figures and in words."""
    en, zh = IN_CATEGORY.get(component.code, (component.en, component.zh)) if category else (component.en, component.zh)
    said = money.text(value, currency) if component.code == "depth" else f"{value:,}"
    return {
        "code": component.code,
        "points": points,
        "value": value,
        "above": above,
        "text_en": en.format(value=said, above=above),
        "text_zh": zh.format(value=said, above=above),
    }
