import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from siyu.core.team import keys
from siyu.core.team.models import Operator
from siyu.interfaces.api import desk
from siyu.kit import clock

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@dataclass
class Caller:
    """A program with a key."""

    secret: str
    http: Client

    def ask(self, method: str, path: str, body: Any = None, **headers: str):
        sent = {"authorization": f"Bearer {self.secret}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        return self.http.generic(method, f"/api{path}", data, "application/json", headers=sent)

    def get(self, path: str, status: int = 200):
        return told(self.ask("GET", path), status)

    def post(self, path: str, body: Any, status: int = 200, **headers: str):
        return told(self.ask("POST", path, body, **headers), status)


def told(response, status: int = 200):
    assert response.status_code == status, response.content
    assert response["Content-Type"].startswith("application/json")
    return response.json()


@pytest.fixture
def owner(db) -> Operator:
    return Operator.objects.create(username="owner", is_superuser=True)


@pytest.fixture
def caller(owner):
    """Makes callers; without scopes they may do everything."""
    desk.pace.left.clear()

    def call(*scopes: str) -> Caller:
        _, secret = keys.make(name="shop", scopes=scopes or keys.SCOPES, by=owner, at=clock.now())
        return Caller(secret, Client(raise_request_exception=True))

    return call


@pytest.fixture
def shop(caller) -> Caller:
    return caller()
