from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "siyu.core.people"
    label = "people"

    def ready(self) -> None:
        from siyu.core.eventlog.directory import kept_by
        from siyu.core.people.directory import People

        kept_by(People())
