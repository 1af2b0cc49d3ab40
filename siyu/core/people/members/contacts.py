"""What somebody types to be reached by: a phone or an e-mail, as it is kept."""

import hmac
from hashlib import sha256

from django.conf import settings

from siyu.core.eventlog.directory import Claim
from siyu.core.people import namespaces
from siyu.kit.refusals import Refused


class NoContact(Refused):
    code = "no_contact"
    status = 422


def claim(text: str) -> Claim:
    """("phone", …) or ("email", …)."""
    namespace = "email" if "@" in text else "phone"
    value = namespaces.normal(namespace, text)
    if value is None:
        raise NoContact("that is neither a phone number nor an e-mail address")
    return namespace, value


def sealed(*parts: str) -> str:
    """A keyed hash: it can be compared, and tells nothing without this house's key."""
    return hmac.digest(settings.SECRET_KEY.encode(), "\0".join(("sign in", *parts)).encode(), sha256).hex()
