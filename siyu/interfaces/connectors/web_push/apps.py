from dataclasses import replace

from django.apps import AppConfig


class WebPushConfig(AppConfig):
    name = "siyu.interfaces.connectors.web_push"
    label = "web_push"

    def ready(self) -> None:
        """Before the houses on the web: one that is named for this channel carries it instead."""
        from siyu.core.outreach import channels, web_push
        from siyu.interfaces.connectors.web_push.sender import WebPush

        channels.open_channel(replace(channels.channel("web_push"), reach=web_push.reach))
        channels.serve("web_push", WebPush())
