from django.apps import AppConfig


class CommerceConfig(AppConfig):
    name = "siyu.features.commerce"
    label = "commerce"

    def ready(self) -> None:
        """The price rules of the house come first; packages above add theirs when they are ready."""
        from siyu.features.commerce.pricing import own  # noqa: F401
