"""Tags: words that stick on people, by hand or by a rule."""

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from siyu.core.insight import actions as insight
from siyu.core.insight.models import Audience, TagRule
from siyu.core.people import actions as people
from siyu.core.people.models import Tag, TagGroup
from siyu.interfaces.console.access import needs
from siyu.kit import clock


@require_safe
@needs("people.view")
def tags(request: HttpRequest) -> HttpResponse:
    rules = {rule.tag_id: rule for rule in TagRule.objects.all()}
    counted = Tag.objects.annotate(people=Count("taggings__identity__person", distinct=True)).order_by("name")
    groups = [
        {
            "group": group,
            "tags": [{"tag": tag, "rule": rules.get(tag.pk)} for tag in counted.filter(group=group)],
        }
        for group in TagGroup.objects.order_by("name")
    ]
    context = {"groups": groups, "audiences": Audience.objects.filter(archived_at=None).order_by("name")}
    return render(request, "console/tags.html", context)


@require_POST
@needs("tags.change")
def make(request: HttpRequest) -> HttpResponse:
    """A tag, and its group where that is new."""
    exclusive = True if request.POST.get("exclusive") else None
    people.make_tag(request.POST.get("group", ""), request.POST.get("name", ""), exclusive=exclusive)
    return redirect("console:tags")


@require_POST
@needs("tags.change")
def retire(request: HttpRequest, number: int) -> HttpResponse:
    people.retire_tag(tag=found(number), at=clock.now())
    return redirect("console:tags")


@require_POST
@needs("tags.change")
def rule(request: HttpRequest, number: int) -> HttpResponse:
    """Let the tag follow a saved audience's definition, or nothing any more."""
    tag, chosen = found(number), request.POST.get("audience", "")
    if not chosen:
        for old in TagRule.objects.filter(tag=tag):
            insight.drop_tag_rule(rule=old)
        return redirect("console:tags")
    audience = Audience.objects.filter(pk=chosen, archived_at=None).first() if chosen.isdecimal() else None
    if audience is None:
        raise Http404
    by = request.user.get_username()
    insight.set_tag_rule(tag=tag, definition=audience.definition, by=by, at=clock.now())
    insight.apply_tag_rules(at=clock.now())
    messages.success(request, _("The rule holds now."))
    return redirect("console:tags")


def found(number: int) -> Tag:
    tag = Tag.objects.select_related("group").filter(pk=number).first()
    if tag is None:
        raise Http404
    return tag
