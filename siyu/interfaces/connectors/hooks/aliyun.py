"""Alibaba Cloud's short messages (Dysmsapi 2017-05-25, SendSms), signed as its V3 says: ACS3-HMAC-SHA256."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from siyu.core.outreach.channels import Message
from siyu.core.outreach.receipts import ByReference
from siyu.interfaces.connectors.hooks import forms
from siyu.interfaces.connectors.hooks.account import House
from siyu.interfaces.connectors.hooks.approved import fitting
from siyu.interfaces.connectors.hooks.forms import Asked, by_word

FOR_GOOD = {
    "isv.MOBILE_NUMBER_ILLEGAL", "isv.TEMPLATE_PARAMS_ILLEGAL", "isv.TEMPLATE_MISSING_PARAMETERS",
    "isv.INVALID_PARAMETERS", "isv.PARAM_LENGTH_LIMIT", "isv.BLACK_KEY_CONTROL_LIMIT", "isv.INVALID_JSON_PARAM",
}  # fmt: skip
"""What is wrong with this phone or these words; all else passes, or is mended by an operator."""
genuine = by_word


class Told(msgspec.Struct):
    biz_id: str
    report_time: str
    success: bool
    err_code: str = ""


def asked(house: House, message: Message, at: datetime) -> Asked:
    code, values = fitting(house.templates, message.text)
    query = listed({
        "PhoneNumbers": message.to.removeprefix("+"), "SignName": house.sign, "TemplateCode": code,
        "TemplateParam": msgspec.json.encode(values).decode(), "OutId": message.key,
    })  # fmt: skip
    headers = {
        "host": urlsplit(house.url).netloc, "x-acs-action": "SendSms", "x-acs-version": "2017-05-25",
        "x-acs-date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "x-acs-content-sha256": forms.sha256(b""),
        "x-acs-signature-nonce": forms.sha256(f"{message.key} {at.timestamp()}".encode())[:32],
    }  # fmt: skip
    signed = headers | {"Authorization": authorization(house.key, house.secret, query, headers)}
    return Asked(f"{house.url}/?{query}", signed, b"")


def listed(said: dict[str, str]) -> str:
    """A query in the one way to write it (RFC 3986)."""
    return "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in sorted(said.items()))


def authorization(key: str, secret: str, query: str, headers: dict[str, str], body: bytes = b"") -> str:
    request, names = forms.canonical("POST", query, headers, body)
    seal = forms.digest(secret.encode(), f"ACS3-HMAC-SHA256\n{request}").hex()
    return f"ACS3-HMAC-SHA256 Credential={key},SignedHeaders={names},Signature={seal}"


def taken(status: int, answer: bytes, message: Message) -> str:
    said = forms.said_in(status, answer)
    if said.get("Code") != "OK":
        raise forms.refused(str(said.get("Code")), FOR_GOOD)
    return str(said.get("BizId") or message.key)[:200]


def heard(body: bytes) -> list[ByReference]:
    return [
        ByReference(one.biz_id, "delivered" if one.success else "bounced", forms.moment(one.report_time), one.err_code)
        for one in forms.told_in(body, Told)
    ]


def thanks(words: Sequence[str]) -> dict[str, Any]:
    return {"code": 0, "msg": "OK"}
