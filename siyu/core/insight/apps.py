from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "siyu.core.insight"
    label = "insight"
