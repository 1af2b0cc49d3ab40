"""A message is a signed POST, in the form of the house that carries it."""

import logging
from datetime import datetime

import httpx

from siyu.core.outreach.channels import Doubtful, Message, NotSent, Receipt, Sent
from siyu.core.outreach.decision import Decision
from siyu.interfaces.connectors.hooks import aliyun, own, tencent
from siyu.interfaces.connectors.hooks.account import House
from siyu.interfaces.connectors.hooks.forms import Form

log = logging.getLogger("siyu.hooks")
PATIENCE = 10.0
NEVER_THERE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
FORMS: dict[str, Form] = {"own": own, "aliyun": aliyun, "tencent": tencent}


class Hook:
    def __init__(self, house: House) -> None:
        self.house, self.form, self.name = house, FORMS[house.provider], f"hook {house.channel}"
        self.client = httpx.Client(timeout=PATIENCE, follow_redirects=False)

    def send(self, decision: Decision, message: Message, *, at: datetime) -> Receipt:
        url, headers, body = self.form.asked(self.house, message, at)
        try:
            answer = self.client.post(url, content=body, headers=headers)
        except httpx.HTTPError as broken:
            log.warning("%s did not answer: %s", self.name, type(broken).__name__)  # its words may name addresses
            raise self.why(broken) from None
        return Receipt(self.name, self.form.taken(answer.status_code, answer.content, message), at)

    def why(self, broken: httpx.HTTPError) -> NotSent:
        """A cloud knows no key of ours: what it may have got is not sent again by itself."""
        if self.house.provider == "own" or isinstance(broken, NEVER_THERE):
            return NotSent("the house that carries it did not answer")
        return Doubtful("the cloud did not say whether it took it")

    def latest(self, limit: int) -> list[Sent]:
        return []
