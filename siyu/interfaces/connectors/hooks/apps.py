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
            channels.open_channel(
                replace(
                    known,
                    idempotent=house.provider == "own",
                    per_second=house.per_second or known.per_second,
                    batch=house.batch or known.batch,
                    reach=None if known.namespaces else by_code,
                )
            )
            channels.serve(house.channel, Hook(house))


def by_code(people: np.ndarray) -> dict[int, tuple[int | None, str]]:
    """The house knows people by their codes here, as our API tells them."""
    from siyu.core.people.codes import code

    return {person: (None, code(person)) for person in people.tolist()}
