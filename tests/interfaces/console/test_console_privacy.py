"""Consent on a person's page, the export, and the way to an erasure and its receipt."""

import io
import zipfile

import pytest
from django.utils import timezone

from siyu.core.people import consent, erasure
from siyu.core.people.actions import introduce
from siyu.core.people.codes import code
from siyu.core.people.models import Erasure, Person
from siyu.core.team import queries
from tests.interfaces.console.team import NOON, operator

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
PHONE = "13812345678"


@pytest.fixture
def alice() -> str:
    return code(introduce(claim=("phone", PHONE), source="crm", at=NOON, private={"name": "林悦"})[0])


@pytest.fixture
def owner(client):
    client.force_login(operator(owner=True))
    return client


def test_it_works(owner, alice):
    page = owner.get(f"/people/{alice}/erase").content.decode()
    assert alice in page and PHONE not in page
    answer = owner.post(f"/people/{alice}/erase", {"code": alice, "reason": "by letter"})
    assert answer.status_code == 302 and not Person.objects.exists()
    assert "Being forgotten" in owner.get(answer["Location"]).content.decode()
    assert erasure.carry_on(NOON) == 1
    assert "Forgotten everywhere" in owner.get(answer["Location"]).content.decode()
    told = owner.get(answer["Location"] + "/file").json()
    assert told["holdings"]["people"]["erased"]["traits"] == 1 and told["requested_by"] == "owner"
    assert answer["Location"] in owner.get("/erasures").content.decode()
    assert owner.get(f"/people/{alice}").status_code == 404
    assert [deed.did for deed in queries.trail(did="erased")] == ["erased"]


@pytest.mark.parametrize("typed", ["", "per_000000000000", PHONE])
def test_without_the_code_nobody_is_erased(owner, alice, typed):
    assert owner.post(f"/people/{alice}/erase", {"code": typed}).status_code == 400
    assert Person.objects.exists() and not Erasure.objects.exists()


def test_an_operator_takes_in_a_yes_and_a_no(owner, alice):
    number = Person.objects.get().pk
    for granted in ("yes", "no"):
        owner.post(f"/people/{alice}/consent", {"channel": "sms", "purpose": "service", "granted": granted})
    [standing] = consent.standing(number)
    assert (standing.granted, standing.source, standing.purpose) == (False, "console:owner", "service")
    assert standing.at <= timezone.now()
    page = owner.get(f"/people/{alice}").content.decode()
    assert "SMS · Service" in page and "Said no to SMS" in page


def test_the_export_is_a_file_and_stands_in_the_trail(client, alice):
    client.force_login(operator("member"))
    answer = client.post(f"/people/{alice}/export")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert PHONE in archive.read("identities.json").decode()
    assert [deed.did for deed in queries.trail(did="exported")] == ["exported"]
    assert "Export all" in client.get(f"/people/{alice}").content.decode()
    assert "Erase" not in client.get(f"/people/{alice}").content.decode()
