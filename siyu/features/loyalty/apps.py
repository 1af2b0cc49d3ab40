from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "siyu.features.loyalty"
    label = "loyalty"

    def ready(self) -> None:
        """What can be given, what makes a basket cheaper, and what reacts."""
        from siyu.features.loyalty.benefits import rights  # noqa: F401
        from siyu.features.loyalty.checkin import cards, reactions  # noqa: F401
        from siyu.features.loyalty.coupons import kind, pricing  # noqa: F401
        from siyu.features.loyalty.coupons import reactions as coupons  # noqa: F401
