from django.apps import AppConfig


class TeamConfig(AppConfig):
    name = "siyu.core.team"
    label = "team"
