from django.apps import AppConfig


class LinksConfig(AppConfig):
    name = "siyu.core.links"
    label = "links"

    def ready(self) -> None:
        """The built-in pools of live codes register themselves."""
        from siyu.core.links import places  # noqa: F401
