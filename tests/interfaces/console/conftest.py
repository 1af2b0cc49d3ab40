import pytest


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:
    """The real hasher takes half a second on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
