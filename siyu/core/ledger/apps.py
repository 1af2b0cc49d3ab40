from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    name = "siyu.core.ledger"
    label = "ledger"

    def ready(self) -> None:
        from siyu.core.ledger.guards import guard

        post_migrate.connect(guard, sender=self)
