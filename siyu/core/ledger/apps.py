from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "siyu.core.ledger"
    label = "ledger"
