from django.apps import AppConfig


class LinksConfig(AppConfig):
    name = "siyu.core.links"
    label = "links"
