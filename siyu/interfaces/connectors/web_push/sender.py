"""A message to a person goes to all their browsers; one that took it is enough."""

import hashlib
import logging
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import httpx
import msgspec
from django.conf import settings

from siyu.core.outreach import web_push
from siyu.core.outreach.channels import Message, NotSent, NotTaken, Receipt, Sent
from siyu.core.outreach.decision import Decision
from siyu.core.outreach.web_push import Browser
from siyu.interfaces.connectors.web_push.sealing import sealed
from siyu.interfaces.connectors.web_push.vouching import voucher
from siyu.kit import base64url

log = logging.getLogger("siyu.web_push")
PATIENCE = 10.0
AT_ONCE = 16
"""Posts under way: each waits for a push service far away."""
KEPT = 86_400
"""Seconds that the service keeps it for a browser that is not there."""
GONE, REFUSED = (404, 410), (400, 413)
LONGEST = {"title": 100, "body": 500, "url": 1_000}
"""Letters that browsers show of it, and that fit into a record whatever they are."""
ADDRESS = re.compile(r"https?://\S+")
type Pair = tuple[Decision, Message]


class WebPush:
    name = "web push"

    def __init__(self) -> None:
        self.client = httpx.Client(timeout=PATIENCE, follow_redirects=False)

    def send(self, decision: Decision, message: Message, *, at: datetime) -> Receipt:
        [done] = self.send_many([(decision, message)], at=at)
        if isinstance(done, NotSent):
            raise done
        return done

    def send_many(self, pairs: Sequence[Pair], *, at: datetime) -> list[Receipt | NotSent]:
        theirs = web_push.browsers([int(message.to) for _, message in pairs])
        errands = [(one, message) for _, message in pairs for one in theirs.get(int(message.to), ())]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            statuses = list(pool.map(lambda errand: self.carried(errand[0], errand[1], at), errands))
        by_key: dict[str, list[int]] = {message.key: [] for _, message in pairs}
        for (_, message), status in zip(errands, statuses, strict=True):
            by_key[message.key].append(status)
        gone = {one.number for (one, _), status in zip(errands, statuses, strict=True) if status in GONE}
        if gone:
            web_push.lost(numbers=gone, at=at)
        return [judged(self.name, by_key[message.key], message, at) for _, message in pairs]

    def carried(self, one: Browser, message: Message, at: datetime) -> int:
        """The status of the answer; 0: none came. Under one topic the service keeps the newest only."""
        headers = {
            "Authorization": voucher(one.endpoint, at),
            "Content-Encoding": "aes128gcm",
            "TTL": str(KEPT),
            "Topic": topic(message.key),
        }
        try:
            body = sealed(told(message), base64url.decoded(one.p256dh), base64url.decoded(one.auth))
        except ValueError:  # no browser made that key
            return GONE[0]
        try:
            return self.client.post(one.endpoint, content=body, headers=headers).status_code
        except httpx.HTTPError as broken:
            log.warning("a push service did not answer: %s", type(broken).__name__)  # its words name addresses
            return 0

    def latest(self, limit: int) -> list[Sent]:
        return []


def judged(name: str, statuses: Sequence[int], message: Message, at: datetime) -> Receipt | NotSent:
    """Taken by one of the browsers; else refused for good, where all of them are."""
    if any(200 <= status < 300 for status in statuses):
        return Receipt(name, message.key, at)
    if later := [status for status in statuses if status not in (*GONE, *REFUSED)]:
        return NotSent(f"the push service answered {later[0]}" if later[0] else "the push service did not answer")
    return NotTaken("no browser of theirs takes it")


def topic(key: str) -> str:
    """32 letters, of the key: a message that is sent again is shown once."""
    return base64url.encoded(hashlib.sha256(key.encode()).digest()[:24])


def told(message: Message) -> bytes:
    """What the pages' worker shows. The first address in the words is where a press leads."""
    found = ADDRESS.search(message.text)
    words = {
        "title": message.subject or settings.SIYU.brand,
        "body": ADDRESS.sub("", message.text).strip(" :：\n"),
        "url": found[0] if found else "/m/inbox",
    }
    said: dict[str, Any] = {name: text[: LONGEST[name]] for name, text in words.items()}
    return msgspec.json.encode(said | {"tag": topic(message.key), "lang": message.language, "image": message.picture})
