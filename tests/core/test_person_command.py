"""siyu person: export, erase, consent."""

import json
import zipfile
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from siyu.cli import main
from siyu.core.people.actions import introduce
from siyu.core.people.models import Person

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
PHONE = "13812345678"


def run(*args: str):
    ran = CliRunner().invoke(main, ["person", *args])
    return ran.exit_code, ran.stdout


@pytest.fixture
def alice() -> int:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    return introduce(claim=("phone", PHONE), source="crm", at=noon, private={"name": "林悦"})[0]


def test_it_works(alice, tmp_path):
    assert json.loads(run("consent", PHONE, "--give", "--channel", "sms", "--json")[1])[0]["granted"] is True
    status, path = run("export", PHONE, "--out", str(tmp_path))
    with zipfile.ZipFile(path.strip()) as archive:
        assert {"about.json", "identities.json", "traits.json", "consents.json", "log.json"} <= set(archive.namelist())
        assert json.loads(archive.read("traits.json"))[0]["value"] == "林悦"
    assert json.loads(run("erase", PHONE, "--preview", "--json")[1])["people"]["traits"] == 1
    status, told = run("erase", PHONE, "--reason", "asked", "--json")
    receipt = json.loads(told)
    assert status == 0 and receipt["finished_at"] and receipt["holdings"]["people"]["erased"]["traits"] == 1
    assert not Person.objects.exists()


def test_it_asks_before(alice):
    assert run("erase", PHONE)[0] == 1 and Person.objects.exists()


def test_nobody_is_refused(db):
    status, told = run("erase", "13800000000", "--json")
    assert (status, json.loads(told)["code"]) == (1, "no_such_person")
