from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class EventlogConfig(AppConfig):
    name = "siyu.core.eventlog"
    label = "eventlog"

    def ready(self) -> None:
        """Each package keeps its reactions in `reactions.py` and what it hears in `hearing.py`.

        Finding them here keeps arrows pointing down.
        """
        autodiscover_modules("reactions", "hearing")
