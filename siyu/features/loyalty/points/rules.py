"""How many points; pure. Money is minor units."""

from datetime import datetime, timedelta

from siyu.kit import money


def earned(points: int, per: int | None, amount: int | None) -> int:
    """Of an event; `amount`: what was paid, where the rule counts money. Rounded down: no one pays with halves."""
    return points if per is None else max(amount or 0, 0) * points // per


def capped(wanted: int, *, today: int, ever: int, most_a_day: int | None, most_a_person: int | None) -> int:
    """What of it the caps leave, after what was earned by the same rule before."""
    left = [most - had for most, had in ((most_a_day, today), (most_a_person, ever)) if most is not None]
    return max(0, min([wanted, *left]))


def to_take_back(points: int, amount: int, refunded: int) -> int:
    """Of points earned by paying `amount`, how many go when so much of it, in all, has been refunded.

    Of all refunds together, so that they agree in every order; the whole comes back with the whole.
    """
    if refunded <= 0:
        return 0
    return points if refunded >= amount else points - points * (amount - refunded) // amount


def to_give_back(points: int, steps: list[tuple[int, int, int]]) -> int:
    """Of points that paid for an order, how many come back. `steps`: for each line what they paid of it in money, its
    pieces, and how many of these went back in all."""
    if not points or not any(paid for paid, _, _ in steps):
        return 0
    of_lines = money.split(points, [paid for paid, _, _ in steps])
    return sum(
        sum(money.split(part, [1] * pieces)[:returned])
        for part, (_, pieces, returned) in zip(of_lines, steps, strict=True)
        if pieces
    )


def worth(points: int, per_hundred: int) -> int:
    """In minor units, rounded down."""
    return points * per_hundred // 100


def needed(amount: int, per_hundred: int) -> int:
    """So many points pay `amount`; rounded up."""
    return -(-amount * 100 // per_hundred)


def until(at: datetime, days: int | None) -> datetime | None:
    return None if days is None else at + timedelta(days=days)
