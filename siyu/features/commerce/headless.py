"""A shop that somebody else has built sells through ours: it names buyers as they are known, and sends them no page."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from siyu.core.eventlog.directory import Claim
from siyu.core.people.queries import numbered
from siyu.features.commerce import buying, checkout
from siyu.features.commerce.checkout import Bill, By, Want
from siyu.features.commerce.models import Fulfilment, Order, RefundRequest
from siyu.features.commerce.payments import Begun
from siyu.features.commerce.pricing import Quote


def quote(*, claim: Claim | None, wants: Sequence[Want], by: By, codes: tuple[str, ...] = (), at: datetime) -> Quote:
    """What it costs that buyer now; none: somebody who is not signed in."""
    identity = numbered([claim])[0] if claim else None
    return checkout.quote(wants=wants, identity=identity, by=by, codes=codes, at=at)


def check_out(
    *,
    claim: Claim,
    wants: Sequence[Want],
    by: By,
    expected: int,
    key: str,
    codes: tuple[str, ...] = (),
    bill: Bill | None = None,
    at: datetime,
) -> Order:
    """The buyer must be known: a number that was mistyped opens no order for nobody."""
    return checkout.check_out(
        identity=numbered([claim])[0], wants=wants, by=by, expected=expected, key=key, codes=codes, bill=bill, at=at
    )


def pay(*, claim: Claim, order: int, gateway: str, address: str, at: datetime) -> Begun:
    """Begin to pay an order of that buyer; call it outside of any transaction."""
    return buying.pay(identity=numbered([claim])[0], number=order, gateway=gateway, address=address, at=at)


def confirm(*, claim: Claim, order: int, at: datetime) -> Fulfilment:
    """That buyer says that it came."""
    return buying.confirm(identity=numbered([claim])[0], number=order, at=at)


def ask_refund(*, claim: Claim, order: int, pieces: Mapping[int, int], reason: str, at: datetime) -> RefundRequest:
    return buying.ask_refund(identity=numbered([claim])[0], number=order, pieces=pieces, reason=reason, at=at)
