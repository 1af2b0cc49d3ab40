from django.apps import AppConfig


class OutreachConfig(AppConfig):
    name = "siyu.core.outreach"
    label = "outreach"
