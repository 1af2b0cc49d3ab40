from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "siyu.features.loyalty"
    label = "loyalty"

    def ready(self) -> None:
        """Benefits and price rules make themselves known."""
        from siyu.features.loyalty.benefits import held, rights  # noqa: F401
        from siyu.features.loyalty.coupons import held as coupons_held  # noqa: F401
        from siyu.features.loyalty.coupons import kind, pricing, reactions  # noqa: F401
