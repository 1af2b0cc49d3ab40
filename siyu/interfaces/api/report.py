"""/api/report: the portrait of the customer base."""

from typing import Any

from django.http import HttpRequest

from siyu.core.insight import report as portrait
from siyu.core.insight.portraits import NotYet
from siyu.core.people.codes import code
from siyu.interfaces.api.desk import Desk
from siyu.interfaces.api.shapes import Moment

desk = Desk(tags=["insight"])


@desk.reads("/report", scope="insight:read", gives=dict[str, Any])
def get_report(request: HttpRequest, as_of: Moment | None = None) -> Any:
    """All figures of a moment: those before `as_of`; absent: as the worker drew them last, with their own `as_of`.

    Money is minor units of `currency`.
    """
    figures = portrait.report(as_of) if as_of else drawn()
    return figures | {"candidates": [{**one, "person": code(one["person"])} for one in figures["candidates"]]}


def drawn() -> dict[str, Any]:
    try:
        return portrait.kept()
    except NotYet:
        return portrait.report()
