import pytest
from django.conf import settings


@pytest.fixture(autouse=True)
def in_shanghai(monkeypatch):
    monkeypatch.setattr(settings.SIYU, "zone", "Asia/Shanghai")
