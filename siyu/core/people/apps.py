from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PeopleConfig(AppConfig):
    name = "siyu.core.people"
    label = "people"

    def ready(self) -> None:
        """Each package keeps what it holds of people in `held.py`, and what it carries from account to account in
        `carried.py`; finding them here keeps arrows pointing down."""
        from siyu.core.eventlog.directory import kept_by
        from siyu.core.people.directory import People

        kept_by(People())
        autodiscover_modules("held", "carried")
