"""The books: every figure down to its entries."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from siyu.core.ledger import proving, queries
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import text, whole
from siyu.kit import clock


@require_safe
@needs("loyalty.view")
def ledger(request: HttpRequest) -> HttpResponse:
    context = {"rows": queries.kinds(), "proof": proving.last_proof(), "rules": len(proving.RULES)}
    return render(request, "console/ledger/ledger.html", context)


@require_POST
@needs("loyalty.change")
def prove(request: HttpRequest) -> HttpResponse:
    proof = proving.prove(at=clock.now())
    if proof.findings:
        messages.error(request, _("Something does not hold: see below."))
    else:
        messages.success(request, _("All holds."))
    return redirect("console:ledger")


@require_safe
@needs("loyalty.view")
def accounts(request: HttpRequest) -> HttpResponse:
    wanted = {name: text(request, name, 80) for name in ("unit", "kind", "name")}
    rows = queries.accounts(**wanted, after=whole(request, "after") or 0)
    more = rows[-1].pk if len(rows) == queries.SHOWN else 0
    return render(request, "console/ledger/accounts.html", {**wanted, "rows": rows, "more": more})


@require_safe
@needs("loyalty.view")
def account(request: HttpRequest, number: int) -> HttpResponse:
    lines = queries.statement(number, before=whole(request, "before") or 0)
    more = lines[-1].version if len(lines) == queries.SHOWN else 0
    context = {"account": queries.account(number), "lines": lines, "more": more}
    return render(request, "console/ledger/account.html", context)


@require_safe
@needs("loyalty.view")
def transfer(request: HttpRequest, number: int) -> HttpResponse:
    return render(request, "console/ledger/transfer.html", queries.transfer(number))
