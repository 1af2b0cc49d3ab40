"""Who works in the tests' brand."""

from datetime import UTC, datetime

from siyu.core.team.actions import create_operator
from siyu.core.team.models import Operator

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PASSWORD = "quiet-orchard-lamp"


def operator(*roles: str, name: str = "", owner: bool = False) -> Operator:
    username = name or ("owner" if owner else "-".join(roles) or "nobody")
    made, _ = create_operator(username=username, password=PASSWORD, roles=roles, owner=owner, at=NOON)
    return made
