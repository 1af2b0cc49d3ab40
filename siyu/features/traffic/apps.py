from functools import partial

from django.apps import AppConfig


class TrafficConfig(AppConfig):
    name = "siyu.features.traffic"
    label = "traffic"

    def ready(self) -> None:
        """What questions about people may ask of traffic."""
        from siyu.core.insight.drawn_above import offer
        from siyu.features.traffic import returns

        offer("acquired", columns=(*returns.WAYS, "first_day"), path=partial(returns.path, "acquired"))
