"""The host's page: take, copy, tick with a proof."""

import re
from datetime import timedelta

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from siyu.core.insight.trials import controls
from siyu.core.outreach import gate, posting
from siyu.core.outreach.models import Errand
from siyu.kit import clock
from tests.core.outreach.people import dispatch, somebody
from tests.core.outreach.test_by_hand import picture
from tests.interfaces.console.team import operator

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


@pytest.fixture
def host(client):
    controls.change(share=0, by="lin", at=clock.now() - timedelta(days=1))
    made = dispatch(channel="by_hand")
    gate.let_through(made, np.array([somebody(name, channel="wechat") for name in "ab"]), at=clock.now())
    while posting.tick("by_hand", at=clock.now()):
        pass
    client.force_login(operator("guide"))
    return client


def test_it_works(host):
    assert "2 messages wait for a hand" in host.get("/errands").content.decode()
    page = host.post("/errands/take", follow=True).content.decode()
    first, second = Errand.objects.order_by("pk").values_list("pk", flat=True)
    assert "2 messages are in your hands" in page and f'data-copy="letter-{first}"' in page
    assert "Hello" in re.search(rf'id="letter-{first}">([^<]*)', page)[1]
    assert "Say what proves it" in host.post(f"/errands/{first}", {"do": "done"}, follow=True).content.decode()
    file = SimpleUploadedFile("proof.png", picture(), "image/png")
    host.post(f"/errands/{first}", {"do": "done", "proof": "said at noon", "picture": file})
    host.post(f"/errands/{second}", {"do": "leave", "proof": "nobody there"})
    page = host.get("/errands").content.decode()
    assert "said at noon" in page and "nobody there" in page
    assert host.get(f"/errands/{first}/proof")["Content-Type"] == "image/jpeg"
    assert host.get(f"/errands/{second}/proof").status_code == 404


def test_what_is_no_picture_proves_nothing(host):
    host.post("/errands/take")
    one = Errand.objects.order_by("pk").first()
    file = SimpleUploadedFile("proof.png", b"<script>", "image/png")
    host.post(f"/errands/{one.pk}", {"do": "done", "picture": file})
    assert Errand.objects.get(pk=one.pk).state == "taken"


def test_they_are_put_back(host):
    host.post("/errands/take")
    host.post("/errands/back")
    assert set(Errand.objects.values_list("state", flat=True)) == {"open"}
