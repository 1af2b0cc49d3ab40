from django.apps import AppConfig


class OutreachConfig(AppConfig):
    name = "siyu.core.outreach"
    label = "outreach"

    def ready(self) -> None:
        """What takes part in registries, and what hears the log."""
        from siyu.core.outreach import posting, tracking  # noqa: F401
        from siyu.core.outreach.by_hand.carrying import Hands
        from siyu.core.outreach.channels import serve
        from siyu.core.outreach.inbox import held  # noqa: F401
        from siyu.core.outreach.inbox.carrying import Inbox
        from siyu.core.outreach.templates.letters import written
        from siyu.core.outreach.web_push import held as browsers  # noqa: F401

        serve("inapp", Inbox())
        serve("by_hand", Hands())
        posting.renders(written)
