from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "siyu.interfaces.connectors.outbox"
    label = "outbox"

    def ready(self) -> None:
        """What no other connector carries: those are installed after this one."""
        from siyu.core.outreach.channels import serve
        from siyu.interfaces.connectors.outbox.sender import Files

        files = Files()
        for channel in ("sms", "email"):
            serve(channel, files)
