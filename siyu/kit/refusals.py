"""An expected no. Anything else that goes wrong is a bug and crashes loudly."""


class Refused(Exception):
    """Base of every expected refusal: a stable `code` for programs, a sentence for people.

    Subclasses stand beside the verb that refuses. Interfaces answer `status` with {"code", "message"}.
    """

    code = "refused"
    status = 400

    def __init__(self, message: str, *, code: str | None = None, nth: int | None = None) -> None:
        """`nth`: which of many it speaks of."""
        super().__init__(message)
        self.message, self.nth = message, nth
        if code:
            self.code = code

    def as_dict(self) -> dict[str, str]:
        return {"code": self.code, "message": self.message}


class KeyReused(Refused):
    """An idempotency key that came with another wish before."""

    code = "key_reused"
    status = 409
