from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "siyu.features.loyalty"
    label = "loyalty"

    def ready(self) -> None:
        """What can be given, and what reacts."""
        from siyu.features.loyalty.checkin import cards, reactions  # noqa: F401
