"""PostHog's `POST /batch/`, read as letters of the Segment door: the same sources, limits and dedupe.

A message's `uuid` is its id. Who it is of is a user where PostHog says that it was identified or where the id is not
one that a machine made up; what PostHog's own events mean ($identify, $create_alias, $pageview) becomes the call of
that meaning. The sender's network address is not kept.
"""

import uuid
from dataclasses import replace
from typing import Any

import msgspec

from siyu.interfaces.api.ingest.door import Answer, Knock, View, answer, body_of
from siyu.interfaces.api.ingest.letters import batch_of
from siyu.interfaces.api.ingest.segment import MOST, only_post, put_down

HOUSE = ("$ip", "$set", "$set_once", "$anon_distinct_id", "distinct_id", "token")
"""Properties that are said elsewhere, or not kept."""


def batch(request: Knock) -> Answer:
    only_post(request)
    letter = batch_of(body_of(request, MOST))
    put_down(request, replace(letter, messages=[translated(bytes(message)) for message in letter.messages]))
    return answer({"status": 1})


def translated(raw: bytes) -> bytes:
    """As Segment would have said it; what is no message stays as it is, and is refused with the others' reasons."""
    try:
        told = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return raw
    return msgspec.json.encode(call(told)) if isinstance(told, dict) else raw


def call(told: dict[str, Any]) -> dict[str, Any]:
    properties = told.get("properties")
    said = properties if isinstance(properties, dict) else {}
    event, who = told.get("event"), told.get("distinct_id") or said.get("distinct_id")
    message = {
        "messageId": told.get("uuid"),
        "timestamp": told.get("timestamp"),
        "properties": {name: value for name, value in said.items() if name not in HOUSE},
        **owner_of(who, said),
        **KINDS.get(event if isinstance(event, str) else "", lambda said: {"type": "track"})(said),
    }
    message.setdefault("event", event)
    return {name: value for name, value in message.items() if value is not None}


def owner_of(who: Any, said: dict[str, Any]) -> dict[str, Any]:
    """Whose it is: of somebody known, or of a device."""
    device = said.get("$anon_distinct_id") or said.get("$device_id")
    if said.get("$is_identified") is True or (said.get("$is_identified") is None and not made_up(who)):
        return {"userId": who, "anonymousId": device if device != who else None}
    return {"anonymousId": who}


def made_up(who: Any) -> bool:
    try:
        return bool(uuid.UUID(str(who)))
    except ValueError:
        return False


def identify(said: dict[str, Any]) -> dict[str, Any]:
    told = [said[name] for name in ("$set_once", "$set") if isinstance(said.get(name), dict)]
    return {"type": "identify", "traits": {name: value for one in told for name, value in one.items()}}


KINDS: dict[str, Any] = {
    "$identify": identify,
    "$set": identify,
    "$create_alias": lambda said: {"type": "alias", "previousId": said.get("alias")},
    "$pageview": lambda said: {"type": "page", "name": said.get("title") or said.get("$pathname")},
    "$screen": lambda said: {"type": "screen", "name": said.get("$screen_name")},
}
VIEWS: dict[str, View] = {"/batch": batch}
