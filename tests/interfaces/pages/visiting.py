"""A member's browser."""

import re

from django.test import Client

from siyu.core.outreach import channels
from siyu.core.people.members import sessions
from siyu.core.people.members.sessions import Me
from siyu.interfaces.pages.access import COOKIE
from siyu.kit import clock


def code_sent() -> str:
    """The last one that went out, as its reader reads it."""
    return re.findall(r"\b\d{6}\b", channels.latest(1)[0].text)[0]


def visitor(contact: str, **more) -> Client:
    """Somebody who has signed in, by the way that a browser goes. Needs committed transactions."""
    client = Client(**more)
    assert client.post("/m/sign-in", {"contact": contact}).status_code == 302
    answer = client.post("/m/sign-in/code", {"code": code_sent()})
    assert answer.status_code == 302, answer.content.decode()
    return client


def me(client: Client) -> Me:
    found = sessions.who(client.cookies[COOKIE].value, at=clock.now())
    assert found
    return found
