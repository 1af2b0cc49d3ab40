"""Money that changes hands without a machine: an operator says that it came, and that it went back."""

from datetime import datetime

from siyu.features.commerce.models import Payment
from siyu.features.commerce.payments import Begun, Money, StillOpen


class ByHand:
    by_hand = True

    def __init__(self, name: str) -> None:
        self.name = name

    def begin(self, payment: Payment, *, at: datetime) -> Begun:
        return Begun()

    def ask(self, payment: Payment) -> Money | None:
        return None

    def give_back(self, payment: Payment, *, key: str, amount: int) -> str:
        raise StillOpen  # until an operator has done it
