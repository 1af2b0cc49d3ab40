from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "siyu.interfaces.pages"
    label = "pages"
