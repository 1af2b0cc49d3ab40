"""Addresses that stand in messages. Each target has one short link for all of a dispatch; whose message it was is said
by the sign behind it (`?m=`).
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings

from siyu.core.links import domains, queries, writing
from siyu.core.links.models import Link
from siyu.core.links.targets import CODE
from siyu.core.links.writing import Wish
from siyu.core.outreach.models import Dispatch

BY = "outreach"


def addresses(dispatch: Dispatch, targets: Iterable[str], *, at: datetime) -> dict[str, str]:
    """{where a link leads: the address that counts}, made when they are first asked for."""
    short = {target: own_code(target) or (target if CODE.fullmatch(target) else "") for target in set(targets)}
    keys = {target: key(dispatch.pk, target) for target, code in short.items() if not code}
    made = dict(Link.objects.filter(key__in=list(keys.values())).values_list("key", "code"))
    for target, name in sorted(keys.items()):
        short[target] = made.get(name) or make(dispatch, target, at)
    house = queries.address("")
    return {target: house + code for target, code in short.items()}


def bare(target: str) -> str:
    """Where nothing is to be counted."""
    if CODE.fullmatch(target):
        return queries.address(target)
    return settings.SIYU.address.rstrip("/") + target if target.startswith("/") else target


def key(dispatch: int, target: str) -> str:
    return f"dispatch:{dispatch}:{hashlib.blake2b(target.encode(), digest_size=12).hexdigest()}"


def make(dispatch: Dispatch, target: str, at: datetime) -> str:
    wish = Wish(
        targets=target, title=dispatch.title[:100], campaign=dispatch.campaign[:50], key=key(dispatch.pk, target)
    )
    return writing.make(wish, by=BY, at=at).code


def ways_out(signs: Sequence[str]) -> list[str]:
    """The page where somebody says that they want no more of it; programs of mail post to the same address."""
    house = domains.house()
    return [f"{house}/u/{sign}" for sign in signs]


def pixels(signs: Sequence[str]) -> list[str]:
    house = domains.house()
    return [f"{house}/o/{sign}.gif" for sign in signs]


def own_code(address: str) -> str | None:
    """The code of a short link of this house, where the address is one."""
    parts = urlsplit(address)
    code = parts.path.removeprefix("/l/")
    ours = parts.hostname in domains.hosts() and parts.path.startswith("/l/") and CODE.fullmatch(code)
    return code if ours else None
