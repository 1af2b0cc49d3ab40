from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TeamConfig(AppConfig):
    name = "siyu.core.team"
    label = "team"

    def ready(self) -> None:
        from siyu.core.team import roles, trail

        roles.declare()
        trail.listen()
        post_migrate.connect(roles.make_groups, sender=self)
