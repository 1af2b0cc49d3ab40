"""docs/api.md shows what works: its examples are sent one after the other."""

import json
import re
import shlex
from pathlib import Path
from string import Template
from urllib.parse import quote

import pytest
from django.test import Client

from siyu.core.eventlog.drain import drain_all
from siyu.core.team import keys

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
NAMES = {
    "per": "PERSON", "tag": "TAG", "ord": "ORDER", "aud": "AUDIENCE", "era": "ERASURE", "lst": "LISTING",
    "var": "VARIANT", "prd": "PRODUCT", "sto": "STORE", "vou": "VOUCHER", "bct": "BROADCAST",
}  # fmt: skip


def commands():
    """Each curl of the page, and the answer that the page shows below it."""
    for block, answer in re.findall(r"```sh\n(.*?)```(?:\n```json\n(.*?)```)?", PAGE, re.S):
        lines = re.split(r"^(?=curl )", block, flags=re.M)[1:]
        yield from ((line, answer if line is lines[-1] else "") for line in lines)


def test_every_example_works(shop):
    known = {"SIYU": "", "KEY": shop.secret}
    asked = list(commands())
    assert len(asked) > 20
    for line, shown in asked:
        drain_all()
        response = send(Client(), Template(re.sub(r'"\$SIYU', '"', line)).substitute(known).replace("\\\n", ""))
        assert response.status_code == 200, (line, response.content)
        if response["Content-Type"].startswith("application/json"):
            told = response.json()
            known |= {NAMES[code[:3]]: code for code in codes_of(told) if code[:3] in NAMES}
            if shown:
                assert opaque(response.content.decode()) == opaque(shown), line


def send(client: Client, line: str):
    words = shlex.split(line)[1:]
    method, headers, body, path = None, {}, "", ""
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = words.pop(0)
        else:
            path = quote(word, safe="/?&=%:.")
    verb = method or ("POST" if body else "GET")
    return client.generic(verb, path, body.encode(), "application/x-www-form-urlencoded", headers=headers)


def codes_of(told):
    """The last of each kind is what the next examples are about; what an answer itself is called goes last."""
    parts = told.values() if isinstance(told, dict) else told if isinstance(told, list) else []
    below = [code for part in parts if isinstance(part, dict | list) for code in codes_of(part)]
    mine = [part for part in parts if isinstance(part, str) and re.fullmatch(r"[a-z]{3}_[0-9a-z]{12}", part)]
    return below + mine


def opaque(text: str):
    return json.loads(re.sub(r"_[0-9a-z]{12}", "_", text))


def test_every_scope_is_explained():
    assert all(f"`{scope}`" in PAGE for scope in keys.SCOPES)
