from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "siyu.features.loyalty"
    label = "loyalty"

    def ready(self) -> None:
        """What can be given, what makes a basket cheaper, and what reacts."""
        from siyu.features.loyalty.badges import kind as badges  # noqa: F401
        from siyu.features.loyalty.benefits import rights  # noqa: F401
        from siyu.features.loyalty.checkin import cards  # noqa: F401
        from siyu.features.loyalty.checkin import reactions as checkin  # noqa: F401
        from siyu.features.loyalty.coupons import kind, pricing  # noqa: F401
        from siyu.features.loyalty.coupons import reactions as coupons  # noqa: F401
        from siyu.features.loyalty.levels import kind as growth  # noqa: F401
        from siyu.features.loyalty.levels import reactions as levels  # noqa: F401
        from siyu.features.loyalty.membership import pricing as sale  # noqa: F401
        from siyu.features.loyalty.membership import reactions as membership  # noqa: F401
        from siyu.features.loyalty.points import kind as points  # noqa: F401
        from siyu.features.loyalty.points import reactions, spending  # noqa: F401
        from siyu.features.loyalty.tasks import reactions as tasks  # noqa: F401
