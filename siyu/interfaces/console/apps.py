from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "siyu.interfaces.console"
    label = "console"
