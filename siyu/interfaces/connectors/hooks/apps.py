from dataclasses import replace

import numpy as np
from django.apps import AppConfig
from django.conf import settings


class HooksConfig(AppConfig):
    name = "siyu.interfaces.connectors.hooks"
    label = "hooks"

    def ready(self) -> None:
        """After the others: what the file names is carried by its house."""
        from siyu.core.outreach import channels
        from siyu.interfaces.connectors.hooks.account import houses
        from siyu.interfaces.connectors.hooks.sender import Hook

        for house in houses(settings.SIYU.hooks) if settings.SIYU.hooks else []:
            known = channels.channel(house.channel)
            limits = {name: value for name in ("per_second", "batch") if (value := getattr(house, name))}
            reach = {"reach": by_code} if house.channel in ("webhook", "web_push") else {}
            channels.open_channel(replace(known, idempotent=True, **limits, **reach))
            channels.serve(house.channel, Hook(house))


def by_code(people: np.ndarray) -> dict[int, tuple[int | None, str]]:
    """The house knows people by their codes here, as our API tells them."""
    from siyu.core.people.codes import code

    return {person: (None, code(person)) for person in people.tolist()}
