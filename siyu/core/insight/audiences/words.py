"""A definition in sentences, in English and in Chinese: what the builder shows beside its bars."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import get_language

from siyu.core.insight import lifecycle, rfm
from siyu.core.insight.audiences.language import (
    Acquired,
    All,
    AnyOf,
    Between,
    Bucket,
    Calendar,
    Comparison,
    Condition,
    Did,
    Edge,
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
from siyu.core.insight.audiences.vocabulary import PORTRAIT, PROPERTY
from siyu.kit import money

NAMES = {
    "since": ("known since", "建档时间"),
    "first_order_at": ("first order", "首单时间"),
    "last_order_at": ("last order", "末单时间"),
    "recency_days": ("days since the last order", "距末单天数"),
    "orders": ("orders", "订单数"),
    "orders_30d": ("orders in 30 days", "近 30 天订单数"),
    "orders_90d": ("orders in 90 days", "近 90 天订单数"),
    "orders_365d": ("orders in 365 days", "近 365 天订单数"),
    "gmv": ("spend", "累计消费"),
    "net": ("net spend", "净消费"),
    "refunded": ("refunded", "累计退款"),
    "gmv_30d": ("spend in 30 days", "近 30 天消费"),
    "gmv_90d": ("spend in 90 days", "近 90 天消费"),
    "gmv_365d": ("spend in 365 days", "近 365 天消费"),
    "average_basket": ("average basket", "客单价"),
    "repurchase_interval_days": ("repurchase interval in days", "复购间隔（天）"),
    "favourite_categories": ("favourite categories", "偏好品类"),
    "favourite_share": ("share of the favourite category", "最爱品类占比"),
    "categories": ("categories bought", "购买品类数"),
    "discount_share": ("share of discounts", "优惠占比"),
    "active_days": ("active days", "活跃天数"),
    "stage": ("stage", "生命周期阶段"),
    "segment": ("RFM segment", "RFM 分群"),
    "alive": ("chance to be alive", "存活概率"),
    "expected_orders": ("expected orders", "预期订单数"),
    "ltv": ("lifetime value", "终身价值"),
    "ltv_low": ("lifetime value, low", "终身价值下限"),
    "ltv_high": ("lifetime value, high", "终身价值上限"),
    "amount": ("amount", "金额"),
    "discount": ("discount", "优惠"),
    "product": ("product", "商品"),
    "category": ("category", "品类"),
    "department": ("department", "部门"),
    "brand": ("brand", "品牌"),
    "quantity": ("quantity", "数量"),
    "source": ("source", "来源"),
    "level": ("level", "等级"),
    "membership": ("membership", "会员档位"),
}
CAME = {
    "domain": ("came by the domain", "来自域"),
    "platform": ("came by the platform", "来自平台"),
    "channel": ("came by the channel", "来自渠道"),
    "campaign": ("came by the campaign", "来自活动"),
    "creator": ("came by the creator", "来自达人"),
}
CALLED = {"stage": lifecycle.NAMES, "segment": rfm.NAMES}
"""Traits whose values have names of their own, translated elsewhere."""
EVENTS = {
    "order.placed": ("placed an order", "下单"),
    "order.line": ("bought a line", "购买商品行"),
    "order.cancelled": ("cancelled an order", "取消订单"),
    "order.corrected": ("had an order corrected", "订单更正"),
    "order.refunded": ("got a refund", "退款"),
    "gift.sent": ("got a gift", "收到赠品"),
    "person.appeared": ("appeared", "首次出现"),
    "person.described": ("was described", "资料更新"),
    "person.tagged": ("was tagged", "被打标签"),
    "person.untagged": ("lost a tag", "被移除标签"),
}
SIGNS = {
    "=": ("=", "="),
    "!=": ("≠", "≠"),
    "<": ("<", "<"),
    "<=": ("≤", "≤"),
    ">": (">", ">"),
    ">=": ("≥", "≥"),
    "between": ("between", "介于"),
    "in": ("one of", "属于"),
    "not_in": ("none of", "不属于"),
    "contains": ("contains", "包含"),
    "contains_any": ("contains one of", "包含任一"),
    "starts_with": ("starts with", "开头为"),
    "known": ("is known", "已知"),
    "unknown": ("is unknown", "未知"),
}
UNITS = {
    "days": ("days", "天"),
    "hours": ("hours", "小时"),
    "weeks": ("weeks", "周"),
    "months": ("months", "个月"),
    "quarters": ("quarters", "个季度"),
    "years": ("years", "年"),
}


class Speaker:
    """One language; `say` picks the sentence of its tongue."""

    def __init__(self, language: str | None = None) -> None:
        self.chinese = (language or get_language() or settings.SIYU.language).lower().startswith("zh")

    def say(self, english: str, chinese: str) -> str:
        return chinese if self.chinese else english

    def pick(self, table: dict[str, tuple[str, str]], key: str) -> str:
        return self.say(*table[key]) if key in table else key.removeprefix(PROPERTY)

    def node(self, node: Node) -> str:
        said = SAY.get(type(node))
        return said(self, node) if said else self.simple(node)

    def joined(self, node: Node) -> str:
        match node:
            case All():
                return self.say("all of", "同时满足") if node.nodes else self.say("everyone", "所有人")
            case AnyOf():
                return self.say("any of", "满足任一") if node.nodes else self.say("nobody", "无人")
            case InAudience(name=name):
                return self.say(f"in the audience “{name}”", f"属于人群“{name}”")
        return self.say("not", "排除")

    def trait(self, node: Trait) -> str:
        return self.compared(self.pick(NAMES, node.name), node.test, kind_of(node))

    def measured(self, node: Node, value: Any) -> str:
        """What a leaf found of somebody, as its sentence would say it; nothing where nothing is known."""
        return "" if value is None else self.value(value, kind_of(node))

    def simple(self, node: Node) -> str:
        match node:
            case Tag():
                tag = f"{node.group} / {node.name}" if node.group else node.name
                return self.say(f"tagged “{tag}”", f"带有标签“{tag}”")
            case Level():
                return self.compared(self.pick(NAMES, "level"), node.test, "text")
            case Membership():
                return self.compared(self.pick(NAMES, "membership"), node.test, "text")
            case Reachable():
                purpose = {"marketing": "营销", "service": "服务", "social": "社交"}[node.purpose]
                return self.say(
                    f"reachable by {node.channel} for {node.purpose}", f"可通过 {node.channel} 触达（{purpose}）"
                )
            case Bucket():
                share = (node.end - node.first) / 100
                return self.say(
                    f"{share:g} % of everyone by “{node.salt}” ({node.first} to {node.end} of 10,000)",
                    f"按“{node.salt}”分桶的 {share:g}%（{node.first}–{node.end}/10000）",
                )
            case Members():
                n = len(node.people)
                return self.say(f"one of {n:,} listed people", f"名单内 {n:,} 人")
        raise TypeError(node)

    def acquired(self, node: Acquired) -> str:
        return self.compared(self.pick(CAME, node.by), node.test, "text")

    def did(self, node: Did) -> str:
        done, window = self.step(node.step), self.window(node.window)
        if node.measure == "count" and (node.test.op, node.test.value) == (">=", 1):
            return self.say(f"{done}{window}", f"{window}{done}")
        if node.measure == "count" and (node.test.op, node.test.value) in (("=", 0), ("<", 1)):
            return self.say(f"never {done}{window}", f"{window}未{done}")
        field = self.pick(NAMES, node.field or "")
        what = {
            "count": self.say("times", "次数"),
            "days": self.say("days", "天数"),
            "sum": self.say(f"sum of {field}", f"{field}合计"),
            "distinct": self.say(f"different values of {field}", f"不同{field}数"),
        }[node.measure]
        return self.say(f"{done}{window}: ", f"{window}{done}：") + self.compared(what, node.test, kind_of(node))

    def edge(self, node: Edge) -> str:
        first = isinstance(node, FirstDid)
        done = self.step(node.step)
        lead = self.say(f"{'first' if first else 'last'} {done}", f"{'首次' if first else '最近一次'}{done}")
        if node.days_ago:
            return self.say(f"{lead}: ", f"{lead}：") + self.compared(
                self.say("days ago", "距今天数"), node.days_ago, "number"
            )
        window = self.window(node.window)
        return self.say(f"{lead}{window}", f"{lead}在{window}")

    def sequence(self, node: Sequence) -> str:
        steps = [self.step(step) for step in node.steps]
        days, rest = divmod(node.hours, 24)
        n, unit = (node.hours, "hours") if rest else (days, "days")
        within = self.say(f", each within {n} {unit} of the one before", f"，每步间隔不超过 {n} {UNITS[unit][1]}")
        return self.say(", then ".join(steps) + within + self.window(node.window),
                        self.window(node.window) + " → ".join(steps) + within)  # fmt: skip

    def regularity(self, node: Regularity) -> str:
        done = self.step(node.step)
        what = {
            "cv": self.say("variation of the gaps", "间隔变异系数"),
            "weeks": self.say(f"weeks of the last {node.of} with one", f"最近 {node.of} 周中有行为的周数"),
            "silent": self.say("silence in own usual gaps", "沉默时长（以自身常规间隔计）"),
        }[node.measure]
        return f"{done}{self.say(': ', '：')}{self.compared(what, node.test, 'number')}"

    def step(self, step: Step) -> str:
        name = self.pick(EVENTS, step.event) if step.event in EVENTS else self.say(f"did {step.event}", step.event)
        if not step.where:
            return name
        conditions = self.say(" and ", "且").join(self.condition(c) for c in step.where)
        return self.say(f"{name} with {conditions}", f"{name}（{conditions}）")

    def condition(self, condition: Condition) -> str:
        return self.compared(self.pick(NAMES, condition.field), condition.test, condition.test.kind)

    def compared(self, what: str, test: Comparison, kind: str) -> str:
        if test.op in ("known", "unknown"):
            return f"{what} {self.pick(SIGNS, test.op)}"
        return f"{what} {self.pick(SIGNS, test.op)} {self.value(test.value, kind)}"

    def value(self, value: Any, kind: str) -> str:
        if isinstance(value, list):
            shown = self.say(", ", "、").join(self.value(item, kind) for item in value[:5])
            return shown + (" …" if len(value) > 5 else "")
        if kind == "money" and isinstance(value, int):
            return money.text(value, settings.SIYU.currency)
        if kind == "product":
            from siyu.kit import codes

            return codes.encode("prd", value, settings.SECRET_KEY)
        if kind in CALLED and value in CALLED[kind]:
            with translation.override("zh-hans" if self.chinese else "en"):
                return str(CALLED[kind][value])
        return str(value)

    def window(self, window: Window | None) -> str:
        if window is None:
            return ""
        zone = f" ({window.zone})" if window.zone else ""
        match window:
            case Rolling():
                n, (unit, units) = window.n, UNITS[window.unit]
                return self.say(f" in the last {n} {unit}{zone}", f"近 {n} {units}{zone}")
            case Between():
                return self.say(f" from {window.first} to {window.end}{zone}", f"{window.first} 至 {window.end}{zone}")
            case Calendar():
                return self.calendar(window) + zone

    def calendar(self, window: Calendar) -> str:
        n, (unit, units) = window.n, UNITS[window.unit]
        if window.offset == 0:
            return self.say(
                f" in this and the {n - 1} {unit} before" if n > 1 else f" in this {unit[:-1]}", f"含本期的 {n} {units}"
            )
        ending = -window.offset
        if ending == 1:
            return self.say(f" in the last {n} whole {unit}", f"上 {n} {units}")
        return self.say(f" in {n} whole {unit}, {ending} ago", f"{ending} {units}前的 {n} {units}")


def kind_of(node: Node) -> str:
    """How a leaf's values are to be read."""
    match node:
        case Trait(name=name):
            return name if name in CALLED else PORTRAIT.get(name, "text")
        case Did(measure="sum", field="amount" | "discount"):
            return "money"
    return "number"


SAY: dict[type[Node], Callable[[Speaker, Any], str]] = {
    **dict.fromkeys((All, AnyOf, Not, InAudience), Speaker.joined),
    Trait: Speaker.trait,
    Acquired: Speaker.acquired,
    Did: Speaker.did,
    FirstDid: Speaker.edge,
    LastDid: Speaker.edge,
    Sequence: Speaker.sequence,
    Regularity: Speaker.regularity,
}
