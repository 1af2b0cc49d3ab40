from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "siyu.features.loyalty"
    label = "loyalty"
