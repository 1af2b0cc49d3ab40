"""A weekly report for an address that is made up: subscribed, and its last whole week drawn and on its way."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from siyu.features.traffic.models import Subscription
from siyu.features.traffic.reports import subscribing

BY = "sample (synthetic)"
ADDRESS = "made-up@example.com"


@transaction.atomic
def subscribe(at: datetime) -> None:
    """Once, when there are figures; a house with subscriptions of its own is left alone."""
    if Subscription.objects.exists():
        return
    language = settings.SIYU.language
    [made] = subscribing.subscribe(addresses=[ADDRESS], rhythm="week", language=language, by=BY, at=at)
    subscribing.send_now(subscription=made.pk, at=at)
