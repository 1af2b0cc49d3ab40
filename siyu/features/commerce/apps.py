from django.apps import AppConfig


class CommerceConfig(AppConfig):
    name = "siyu.features.commerce"
    label = "commerce"
