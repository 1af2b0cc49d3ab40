"""What can be a trait: a name, and a value that every engine that reads the lake can compare. No database, no clock."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from siyu.core.eventlog.imports.columns import plain
from siyu.kit.refusals import Refused

LONGEST = 4_000
NAME = 100
LIST = 100
SCALARS = (str, int, float, bool, type(None))
PRIVATE = {
    "name": "name fullname realname customername 姓名 名字 真实姓名 客户姓名 会员姓名",
    "first_name": "firstname 名",
    "last_name": "lastname surname 姓",
    "nickname": "nickname nick 昵称 微信昵称",
    "address": "address addressline1 street 地址 收货地址 详细地址 联系地址",
    "birthday": "birthday birthdate dateofbirth 生日 出生日期",
    "id_card": "idcard idnumber 身份证 身份证号 身份证号码",
    "wechat": "wechat wechatid 微信 微信号",
}
"""Traits that say who somebody is, under whatever name a file or a message has them."""
REACHED = {
    "phone": "phone mobile phonenumber mobilephone telephone tel 手机 手机号 手机号码 联系手机 电话 联系电话",
    "email": "email mail emailaddress 邮箱 电子邮箱 电子邮件",
}
CALLED = {plain(alias): name for name, aliases in (PRIVATE | REACHED).items() for alias in aliases.split()}


class BadTrait(Refused):
    code = "bad_trait"
    status = 422


def is_private(name: str) -> bool:
    return name.partition(".")[0] in PRIVATE | REACHED


def check(name: str, value: Any) -> None:
    """For whoever names one trait, and must be told when it is none."""
    if not 0 < len(name) <= NAME or any(letter in '"\\' or letter < " " for letter in name):
        raise BadTrait(f"{name[:100]!r} is no name for a trait: 1 to 100 characters without quotes or backslashes")
    values = value if isinstance(value, list | tuple) else [value]
    if len(values) > LIST or not all(fits(one) for one in values):
        raise BadTrait(f"the value of {name} is not text, a number, true, false, null, or a short list of them")


def fits(value: Any) -> bool:
    match value:
        case str():
            return len(value) <= LONGEST and "\0" not in value
        case int():
            return -(2**63) <= value < 2**63
        case float():
            return math.isfinite(value)
    return isinstance(value, SCALARS)


def fitting(said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What a message says, as traits. An object's fields become traits `object.field`, one level deep; of a list the
    first hundred values are taken; a name is mended; a value that still is none (deeper, too long) is left out."""
    for name, value in said.items():
        parts = (
            {f"{name}.{key}": inner for key, inner in value.items()} if isinstance(value, Mapping) else {name: value}
        )
        for full, inner in parts.items():
            taken = [one for one in inner if fits(one)][:LIST] if isinstance(inner, list | tuple) else inner
            mended = called(full)
            if mended and (isinstance(taken, list) or fits(taken)):
                yield mended, taken


def called(name: str) -> str:
    """The name that the house uses: `firstName`, `姓名` and `$name` are known under one each."""
    head, dot, tail = name.strip().partition(".")
    house = CALLED.get(plain(head), head)
    return re.sub(r'["\\\x00-\x1f]', "_", house + dot + tail)[:NAME]
