from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "siyu.core.people"
    label = "people"

    def ready(self) -> None:
        from siyu.core.people import numbers  # noqa: F401  registers the numbering
