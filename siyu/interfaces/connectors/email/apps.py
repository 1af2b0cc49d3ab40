from django.apps import AppConfig
from django.conf import settings


class EmailConfig(AppConfig):
    name = "siyu.interfaces.connectors.email"
    label = "email"

    def ready(self) -> None:
        from siyu.core.outreach.channels import serve
        from siyu.interfaces.connectors.email.sender import Smtp

        if settings.SIYU.mail:
            serve("email", Smtp())
