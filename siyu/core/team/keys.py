"""API keys: a program's way in. The secret is shown once; only a SHA-256 digest of it is kept.

`sk_<prefix>_<secret>`: the prefix finds the row and may stand in lists, the secret has 256 random bits, so that a plain
digest is as good as a slow one.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext_noop

from siyu.core.team.models import ApiKey, Operator
from siyu.kit.refusals import Refused

SCOPES = {
    "people:read": gettext_noop("see people, their traits, tags and timeline"),
    "people:write": gettext_noop("describe and tag people"),
    "identities:write": gettext_noop("join and split people"),
    "people:export": gettext_noop("export all that is known of a person"),
    "erasures:read": gettext_noop("see receipts of erasures"),
    "erasures:write": gettext_noop("erase people"),
    "orders:read": gettext_noop("see products, orders and refunds"),
    "orders:write": gettext_noop("record products, orders and refunds"),
    "catalogue:read": gettext_noop("see the shop's listings with their costs, stores and stock"),
    "catalogue:write": gettext_noop("write, picture, publish and withdraw listings of the shop, and promote them"),
    "stock:write": gettext_noop("open stores; book what comes into and out of one"),
    "fulfilment:read": gettext_noop("see the shop's own orders, with addresses and payments"),
    "fulfilment:write": gettext_noop(
        "ship, hand over, invoice and cancel the shop's own orders, and see their money come"
    ),
    "refunds:write": gettext_noop("refund the shop's own orders, and decide what buyers ask to be refunded"),
    "checkout:write": gettext_noop("quote, check out and begin to pay for a member of the shop"),
    "vouchers:read": gettext_noop("look up vouchers"),
    "vouchers:write": gettext_noop("redeem vouchers"),
    "links:read": gettext_noop("see links, live codes and what they bring"),
    "links:write": gettext_noop("make and change links and live codes"),
    "loyalty:read": gettext_noop("see members' check-ins, tasks, badges and levels"),
    "loyalty:write": gettext_noop("check members in, award badges"),
    "points:read": gettext_noop("see members' points and the mall"),
    "points:write": gettext_noop("give points, exchange them in the mall and call that off"),
    "ledger:read": gettext_noop("see the books: accounts and their entries"),
    "ledger:write": gettext_noop("prove the books"),
    "coupons:read": gettext_noop("see coupons, their codes and what they cost"),
    "coupons:write": gettext_noop("write coupons; issue, claim and void codes"),
    "outreach:read": gettext_noop("see templates, broadcasts, and who was told what and why not"),
    "outreach:write": gettext_noop("write templates and drafts of broadcasts"),
    "broadcasts:write": gettext_noop("schedule, pause, resume and stop broadcasts"),
    "suppression:read": gettext_noop("see how many addresses nothing is sent to, and why"),
    "suppression:write": gettext_noop("suppress addresses, and let messages go there again"),
    "traffic:read": gettext_noop("see channels, spend, rules for touches, cost and return"),
    "traffic:write": gettext_noop("open channels and campaigns, enter spend, write rules for touches"),
    "audiences:read": gettext_noop("see, count and explain audiences and their members"),
    "audiences:write": gettext_noop("save audiences and take snapshots of them"),
    "events:read": gettext_noop("see and count events"),
    "events:write": gettext_noop("send events"),
    "sources:read": gettext_noop("see sources of events and connected shops"),
    "sources:write": gettext_noop("open and close sources of events; connect and disconnect shops"),
    "insight:read": gettext_noop("see the report and what the shop leaves"),
}
NEWS = timedelta(minutes=1)
"""`used_at` is written no more often."""


class UnknownScope(Refused):
    code = "unknown_scope"
    status = 422


class BadKey(Refused):
    code = "bad_key"
    status = 401


class ScopeMissing(Refused):
    code = "scope_missing"
    status = 403


def make(*, name: str, scopes: Iterable[str], by: Operator, at: datetime) -> tuple[ApiKey, str]:
    """A new key, and the only sight of its secret."""
    wanted = sorted(set(scopes))
    if unknown := set(wanted) - set(SCOPES):
        raise UnknownScope(f"no such scope: {', '.join(sorted(unknown))}; there are {', '.join(SCOPES)}")
    if not wanted:
        raise UnknownScope(f"a key needs a scope, of {', '.join(SCOPES)}")
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        name=name.strip()[:100], prefix=prefix, digest=digest(secret), scopes=wanted, made_by=by, made_at=at
    )
    return key, f"sk_{prefix}_{secret}"


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def check(header: str, *, scope: str, at: datetime) -> ApiKey:
    """The key behind an `Authorization` header, which must have the scope.

    A known prefix takes as long as an unknown one, a nearly right secret as long as a wrong one.
    """
    kind, _, token = header.partition(" ")
    prefix, _, secret = token.strip().removeprefix("sk_").partition("_")
    key = ApiKey.objects.filter(prefix=prefix[:12].replace("\0", ""), revoked_at=None).first()
    if (
        not secrets.compare_digest(key.digest if key else digest(prefix), digest(secret))
        or not key
        or kind.lower() != "bearer"
    ):
        raise BadKey("the Authorization header holds no valid key: send `Authorization: Bearer sk_…`")
    if scope not in key.scopes:
        raise ScopeMissing(f"this key lacks the scope {scope}")
    if key.used_at is None or key.used_at < at - NEWS:  # asked here, since even an empty UPDATE waits for the writer
        ApiKey.objects.filter(Q(used_at=None) | Q(used_at__lt=at - NEWS), pk=key.pk).update(used_at=at)
    return key


def revoke(*, key: ApiKey, at: datetime) -> ApiKey:
    """It opens nothing from now on; its row stays, since answers and logs name it."""
    key.revoked_at = key.revoked_at or at
    key.save(update_fields=["revoked_at"])
    return key
