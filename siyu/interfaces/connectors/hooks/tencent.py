"""Tencent Cloud's short messages (SendSms 2021-01-11), signed as its V3 says: TC3-HMAC-SHA256."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from siyu.core.outreach.channels import Message
from siyu.core.outreach.receipts import ByReference
from siyu.interfaces.connectors.hooks import forms
from siyu.interfaces.connectors.hooks.account import House
from siyu.interfaces.connectors.hooks.approved import fitting
from siyu.interfaces.connectors.hooks.forms import Asked, by_word

FOR_GOOD = {
    "InvalidParameterValue.IncorrectPhoneNumber", "FailedOperation.PhoneNumberInBlacklist",
    "FailedOperation.ContainSensitiveWord", "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
    "InvalidParameterValue.TemplateParameterFormatError", "InvalidParameterValue.TemplateParameterLengthLimit",
}  # fmt: skip
"""What is wrong with this phone or these words; all else passes, or is mended by an operator."""
genuine = by_word


class Told(msgspec.Struct):
    sid: str
    user_receive_time: str
    report_status: str
    errmsg: str = ""


def asked(house: House, message: Message, at: datetime) -> Asked:
    code, values = fitting(house.templates, message.text)
    body = msgspec.json.encode({
        "PhoneNumberSet": [abroad(message.to)], "SmsSdkAppId": house.app, "SignName": house.sign, "TemplateId": code,
        "TemplateParamSet": list(values.values()), "SessionContext": message.key,
    })  # fmt: skip
    headers = {"content-type": "application/json; charset=utf-8", "host": urlsplit(house.url).netloc}
    signed = headers | {
        "Authorization": authorization(house.key, house.secret, ("sms", at), headers, body),
        "X-TC-Action": "SendSms", "X-TC-Version": "2021-01-11", "X-TC-Region": house.region,
        "X-TC-Timestamp": str(int(at.timestamp())),
    }  # fmt: skip
    return Asked(f"{house.url}/", signed, body)


def abroad(phone: str) -> str:
    """With its country, as E.164 has it; one without is of the mainland."""
    return phone if phone.startswith("+") else f"+86{phone}"


def authorization(key: str, secret: str, scope: tuple[str, datetime], headers: dict[str, str], body: bytes) -> str:
    """`scope`: the service, and when it is asked."""
    service, at = scope
    day = at.astimezone(UTC).strftime("%Y-%m-%d")
    request, names = forms.canonical("POST", "", headers, body)
    within = f"{day}/{service}/tc3_request"
    derived = f"TC3{secret}".encode()
    for part in (day, service, "tc3_request"):
        derived = forms.digest(derived, part)
    seal = forms.digest(derived, f"TC3-HMAC-SHA256\n{int(at.timestamp())}\n{within}\n{request}").hex()
    return f"TC3-HMAC-SHA256 Credential={key}/{within}, SignedHeaders={names}, Signature={seal}"


def taken(status: int, answer: bytes, message: Message) -> str:
    said = forms.said_in(status, answer).get("Response") or {}
    [one] = said.get("SendStatusSet") or [said.get("Error") or {}]
    if one.get("Code") != "Ok":
        raise forms.refused(str(one.get("Code")), FOR_GOOD)
    return str(one.get("SerialNo") or message.key)[:200]


def heard(body: bytes) -> list[ByReference]:
    return [
        ByReference(one.sid, kind(one), forms.moment(one.user_receive_time), one.errmsg)
        for one in forms.told_in(body, Told)
    ]


def kind(one: Told) -> str:
    return "delivered" if one.report_status == "SUCCESS" else "bounced"


def thanks(words: Sequence[str]) -> dict[str, Any]:
    return {"result": 0, "errmsg": "OK"}
