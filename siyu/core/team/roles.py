"""Roles and what they may do, as data. A role is a Django group of the same name; the owner may do everything."""

from dataclasses import dataclass
from typing import Any

import rules
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PERMISSIONS: dict[str, str | Promise] = {
    "insight.view": _("See the figures"),
    "people.view": _("See people"),
    "people.change": _("Tag people"),
    "people.reveal": _("See phones and other identities in full"),
    "people.merge": _("Join and split people"),
    "people.export": _("Export all that is known of a person"),
    "people.erase": _("Erase a person"),
    "sources.view": _("See sources and their events"),
    "sources.manage": _("Manage sources and their keys"),
    "orders.view": _("See orders"),
    "orders.change": _("Ship, cancel and refund orders"),
    "catalogue.view": _("See the catalogue and the stock"),
    "catalogue.change": _("Write the catalogue, prices and promotions"),
    "stock.change": _("Take in and count stock"),
    "orders.hand": _("Hand over goods and redeem vouchers in a store"),
    "reports.view": _("See scheduled reports and who gets them"),
    "reports.manage": _("Subscribe addresses to reports, send and take back reports"),
    "traffic.view": _("See channels, spend and rules"),
    "traffic.change": _("Change channels, enter spend, write rules for touches"),
    "links.view": _("See links, live codes and what they bring"),
    "links.change": _("Make and change links and live codes"),
    "loyalty.view": _("See check-ins, tasks, badges and levels"),
    "loyalty.change": _("Write programmes of loyalty: check-in, tasks, badges, levels"),
    "loyalty.give": _("Award and revoke badges, give cards, lock levels"),
    "outreach.view": _("See templates, broadcasts and what they did"),
    "outreach.write": _("Write templates and draft broadcasts"),
    "outreach.send": _("Send, pause and stop broadcasts"),
    "outreach.rules": _("Change caps, quiet hours and suppressed addresses; stop what goes out"),
    "trials.view": _("See trials, and which half is wasted"),
    "trials.manage": _("Enter what trials cost, end them, keep PDCA rounds"),
    "trials.controls": _("Set the size of the global control group"),
    "tags.change": _("Make and retire tags"),
    "audiences.view": _("See audiences"),
    "audiences.change": _("Build audiences"),
    "audiences.export": _("Export people"),
    "screening.view": _("See screening rounds"),
    "screening.decide": _("Accept and reject candidates"),
    "imports.view": _("See imports"),
    "imports.run": _("Import files"),
    "team.manage": _("Manage operators"),
    "keys.manage": _("Manage API keys"),
    "outreach.hand": _("Carry messages by hand"),
    "outbox.view": _("Read messages that were written to files, sign-in codes among them"),
    "log.mend": _("See what failed, and have it tried again"),
    "audit.view": _("See the audit trail"),
}
"""Who has none of them can still sign in, change the password and read the permissions of the own role."""


@dataclass(frozen=True)
class Role:
    name: str
    label: str | Promise
    work: str | Promise
    """What such a person does all day."""
    permissions: frozenset[str]


_FIGURES = "insight.view people.view orders.view catalogue.view audiences.view screening.view traffic.view trials.view"


def _role(name: str, label: str | Promise, work: str | Promise, permissions: str) -> Role:
    granted = frozenset(f"{_FIGURES} {permissions}".split())
    assert granted <= PERMISSIONS.keys()
    return Role(name, label, work, granted)


ROLES: dict[str, Role] = {
    role.name: role
    for role in (
        _role(
            "community",
            _("Community operator"),
            _("Runs boards, notes and groups; picks the people who carry them."),
            "people.change tags.change audiences.change screening.decide loyalty.view loyalty.give"
            " links.view links.change outreach.view outreach.write outreach.hand trials.manage",
        ),
        _role(
            "member",
            _("Member operator"),
            _("Looks after members: portraits, levels, win-back."),
            "people.change people.reveal people.merge people.export tags.change audiences.change audiences.export"
            " screening.decide imports.view imports.run sources.view outbox.view orders.change"
            " loyalty.view loyalty.change loyalty.give links.view links.change"
            " outreach.view outreach.write outreach.send outreach.rules outreach.hand trials.manage"
            " reports.view reports.manage",
        ),
        _role(
            "activity",
            _("Activity operator"),
            _("Plans activities and invites people to them."),
            "people.change audiences.change audiences.export loyalty.view loyalty.change links.view links.change"
            " outreach.view outreach.write outreach.send trials.manage",
        ),
        _role(
            "product",
            _("Product operator"),
            _("Chooses what is sold; keeps catalogue and orders in order."),
            "imports.view imports.run orders.change catalogue.change stock.change",
        ),
        _role(
            "media",
            _("Media operator"),
            _("Brings people in from platforms; works with creators."),
            "audiences.change audiences.export screening.decide sources.view sources.manage traffic.change imports.view"
            " imports.run links.view links.change trials.manage reports.view reports.manage",
        ),
        Role(
            "guide",
            _("Shopping guide"),
            _("Serves customers of a store one to one."),
            frozenset(
                {
                    "people.view",
                    "people.change",
                    "people.reveal",
                    "orders.view",
                    "catalogue.view",
                    "orders.hand",
                    "outreach.hand",
                }
            ),
        ),
    )
}


def roles_of(operator: Any) -> frozenset[str]:
    """Names of the operator's roles, asked once a request."""
    if not hasattr(operator, "_roles"):
        operator._roles = frozenset(operator.groups.values_list("name", flat=True)) & ROLES.keys()
    return operator._roles


def may(operator: Any, permission: str) -> bool:
    return operator.has_perm(permission)


def _granting(permission: str) -> Any:
    @rules.predicate(name=f"has a role with {permission}")
    def granted(operator: Any) -> bool:
        if not (operator.is_authenticated and operator.is_active):
            return False
        return any(permission in ROLES[name].permissions for name in roles_of(operator))

    return granted


def declare() -> None:
    """Make rules know every permission; safe to repeat."""
    for permission in PERMISSIONS:
        rules.set_perm(permission, _granting(permission))


def make_groups(**_: Any) -> None:
    """A group for every role, after every migration."""
    from django.contrib.auth.models import Group

    for name in ROLES:
        Group.objects.get_or_create(name=name)
