"""Addresses that other houses call, below /hooks. No session and no cookie opens them: each has a signature."""

from django.urls import path

from siyu.interfaces.connectors.hooks.door import door as messages
from siyu.interfaces.connectors.payments.door import door as payments
from siyu.interfaces.connectors.shops.door import door as shops

urlpatterns = [
    path("hooks/shops/<str:kind>/<str:key>", shops, name="hooks-shops"),
    path("hooks/messages/<str:channel>", messages, name="hooks-messages"),
    path("hooks/payments/<str:gateway>", payments, name="hooks-payments"),
]
