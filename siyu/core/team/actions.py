"""Verbs of the team: who works here, and with which roles."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from siyu.core.team.models import Operator
from siyu.core.team.roles import ROLES
from siyu.kit.refusals import Refused

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without letters that look alike on paper."""


class NameTaken(Refused):
    code = "name_taken"
    status = 409


class BadName(Refused):
    code = "bad_name"


class WeakPassword(Refused):
    code = "weak_password"


class UnknownRole(Refused):
    code = "unknown_role"


class LastOwner(Refused):
    code = "last_owner"
    status = 409


@transaction.atomic
def create_operator(
    *,
    username: str,
    at: datetime,
    password: str | None = None,
    roles: Iterable[str] = (),
    owner: bool = False,
    name: str = "",
) -> tuple[Operator, str]:
    """A new operator and the password, which is made up where none is given and is not kept anywhere in clear."""
    operator = Operator(username=username.strip(), first_name=name.strip(), is_superuser=owner, date_joined=at)
    _check_name(operator)
    chosen = _checked(password, operator) if password else made_up()
    operator.set_password(chosen)
    try:
        with transaction.atomic():
            operator.save()
    except IntegrityError:
        raise NameTaken(f"there is an operator {operator.username} already") from None
    operator.groups.set(_groups(roles))
    return operator, chosen


def made_up() -> str:
    """About 79 bits, in four groups that can be read out."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))


def _check_name(operator: Operator) -> None:
    try:
        operator.clean_fields(exclude=["password"])
    except ValidationError as wrong:
        raise BadName("; ".join(wrong.messages)) from None


def _checked(password: str, operator: Operator) -> str:
    try:
        validate_password(password, operator)
    except ValidationError as wrong:
        raise WeakPassword(" ".join(wrong.messages)) from None
    return password


def _groups(roles: Iterable[str]) -> list[Group]:
    wanted = set(roles)
    if unknown := wanted - ROLES.keys():
        raise UnknownRole(f"no such role: {', '.join(sorted(unknown))}")
    return [Group.objects.get_or_create(name=name)[0] for name in sorted(wanted)]


@transaction.atomic
def change_roles(*, operator: Operator, roles: Iterable[str], owner: bool) -> Operator:
    """Give exactly these roles. The last owner stays owner."""
    _keep_an_owner(operator, stays=owner)
    operator.groups.set(_groups(roles))
    if operator.is_superuser != owner:
        operator.is_superuser = owner
        operator.save(update_fields=["is_superuser"])
    return operator


@transaction.atomic
def deactivate(*, operator: Operator) -> Operator:
    """From now on nobody signs in as this operator; open sessions end with their next request."""
    _keep_an_owner(operator, stays=False)
    return _set_active(operator, False)


def reactivate(*, operator: Operator) -> Operator:
    return _set_active(operator, True)


def reset_password(*, operator: Operator) -> str:
    """A new password, made up; the operator's sessions end."""
    password = made_up()
    operator.set_password(password)
    operator.save(update_fields=["password"])
    return password


def _set_active(operator: Operator, active: bool) -> Operator:
    operator.is_active = active
    operator.save(update_fields=["is_active"])
    return operator


def _keep_an_owner(operator: Operator, *, stays: bool) -> None:
    """Owners are locked in order, so that two who leave at once cannot both be the last but one."""
    owners: Any = Operator.objects.filter(is_superuser=True, is_active=True).order_by("pk")
    others = [one for one in owners.select_for_update(no_key=True) if one.pk != operator.pk]
    if operator.is_superuser and operator.is_active and not stays and not others:
        raise LastOwner("somebody must remain owner")
