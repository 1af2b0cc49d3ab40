"""What a sender needs before it carries anything: that the gate said yes."""

from dataclasses import dataclass, field
from typing import Any

_SEAL = object()


@dataclass(frozen=True, slots=True)
class Decision:
    """Made by the gate alone. `reason` is "allowed", or what stood in the way."""

    channel: str
    kind: str
    reason: str
    outgoing: int | None = None
    """Its row in the outbox; none: it stands in no outbox (a code to sign in)."""
    now: bool = False
    """It may be carried at once. Else it waits in the outbox, and posting decides again."""
    seal: object = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        assert self.seal is _SEAL, "only the gate decides"

    @property
    def allowed(self) -> bool:
        return self.reason == "allowed"


def decided(**said: Any) -> Decision:
    """For the gate: a house test sees that nobody else makes one."""
    return Decision(**said, seal=_SEAL)
