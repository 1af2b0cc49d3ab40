from django.apps import AppConfig


class TrafficConfig(AppConfig):
    name = "siyu.features.traffic"
    label = "traffic"
