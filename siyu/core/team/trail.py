"""The audit trail: what operators did, for what the tables' own history does not see."""

from typing import Any

from auditlog.models import LogEntry
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db.models import Model

from siyu.core.team.models import Operator


def note(thing: Model, did: str, *, by: Any = None, **details: Any) -> None:
    """Keep that an operator (the one whose request it is) did something to `thing` that no change of a row tells."""
    LogEntry.objects.log_create(
        thing,
        force_log=True,
        action=LogEntry.Action.ACCESS,
        changes=None,
        actor=by,
        additional_data={"did": did, **details},
    )


def signed_in(sender: Any, user: Any, **_: Any) -> None:
    note(user, "signed_in", by=user)


def failed(sender: Any, credentials: dict[str, Any], **_: Any) -> None:
    """Only for an account that exists: what else was typed may be a password in the wrong field."""
    operator = Operator.objects.filter(username=credentials.get("username")).first()
    if operator:
        note(operator, "sign_in_failed")


def listen() -> None:
    user_logged_in.connect(signed_in, dispatch_uid="trail.signed_in")
    user_login_failed.connect(failed, dispatch_uid="trail.failed")


def masked(value: str) -> str:
    """A secret's digest tells nothing, not even its end."""
    return "••••"
