"""For trying out: the buyer presses a button, and no money moves, there or back."""

from datetime import datetime

from siyu.features.commerce.models import Payment
from siyu.features.commerce.payments import Begun, Money


class Demo:
    name = "demo"
    by_hand = False

    def begin(self, payment: Payment, *, at: datetime) -> Begun:
        return Begun()

    def ask(self, payment: Payment) -> Money | None:
        return None

    def give_back(self, payment: Payment, *, key: str, amount: int) -> str:
        return f"demo-{key}"
