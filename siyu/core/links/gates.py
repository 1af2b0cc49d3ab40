"""Links with a password. Guessing is slow: a try is paid for before the password is looked at."""

import hashlib
from datetime import datetime

from django.contrib.auth.hashers import check_password

from siyu.core.links import clicking, known
from siyu.core.links.clicking import Knock, Way
from siyu.core.team.signin import Door, take
from siyu.kit.refusals import Refused

FREE, FREE_FOR_ALL = 5, 200
"""Wrong tries before one has to wait: of an address at a link, and of everybody at it within an hour."""


class WrongPassword(Refused):
    code = "wrong_password"
    status = 403


def open_with(knock: Knock, *, password: str, at: datetime) -> Way:
    """The way behind the password. Never within a transaction that a refusal rolls back."""
    link = known.standing(knock.code)
    if link is None:
        raise clicking.NoSuchAddress("there is no such link")
    if link.password and not link.over(at):
        for what, free in ((f"{link.number} {knock.address}", FREE), (str(link.number), FREE_FOR_ALL)):
            take(Door(hashlib.sha256(f"link {what}".encode()).hexdigest(), free), at)
        if not check_password(password, link.password):
            raise WrongPassword("that is not the password")
    return clicking.decide(knock, at=at, let_in=True)
