"""Short messages by two clouds, each in its form: published signatures, and a cloud at the other end of the wire."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from django.core.exceptions import ImproperlyConfigured

from siyu.core.insight.trials import controls
from siyu.core.outreach import channels, gate, posting
from siyu.core.outreach.channels import NotTaken
from siyu.core.outreach.models import Outgoing, Receipt
from siyu.interfaces.connectors.hooks import aliyun, tencent
from siyu.interfaces.connectors.hooks.account import houses
from siyu.interfaces.connectors.hooks.approved import fitting
from siyu.interfaces.connectors.hooks.forms import sha256
from siyu.interfaces.connectors.hooks.sender import Hook
from tests.core.outreach.people import NOON, dispatch, somebody
from tests.interfaces.connectors.peers import Peer

KEY, SECRET, WORD = "AKID0001", "a secret of the cloud's", "a word that nobody guesses"
CLOUDS = ["aliyun", "tencent"]


# -- signatures, as published


def test_alibabas_example_is_signed_as_published():
    """Alibaba Cloud SDK, "V3 request structure and signature", fixed parameters of RunInstances."""
    query = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai"
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com", "x-acs-action": "RunInstances", "x-acs-version": "2014-05-26",
        "x-acs-content-sha256": sha256(b""), "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
    }  # fmt: skip
    assert aliyun.authorization("YourAccessKeyId", "YourAccessKeySecret", query, headers) == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
        "x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_tencents_example_is_signed_as_published():
    """Tencent Cloud API 3.0, "Signature v3", POST of DescribeInstances."""
    headers = {"content-type": "application/json; charset=utf-8", "host": "cvm.tencentcloudapi.com"}
    body = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    key, scope = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", ("cvm", datetime.fromtimestamp(1551113065, UTC))
    assert tencent.authorization(key, "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", scope, headers, body) == (
        f"TC3-HMAC-SHA256 Credential={key}/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host, "
        "Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )


# -- words


def test_what_is_said_becomes_approved_words_and_their_values():
    approved = [
        {"code": "SMS_1", "words": "您的验证码为${code}，${minutes}分钟内有效。"},
        {"code": "2", "words": "Hello {1}, see {2}"},
    ]
    assert fitting(approved, "您的验证码为123456，5分钟内有效。") == ("SMS_1", {"code": "123456", "minutes": "5"})
    assert fitting(approved, "Hello Lin (a), see https://a.b/l/x?m=1\n") == (
        "2",
        {"1": "Lin (a)", "2": "https://a.b/l/x?m=1"},
    )
    with pytest.raises(NotTaken):
        fitting(approved, "Hello Lin, look at https://a.b")


# -- the wire


class Cloud(Peer):
    """Believes what is signed, carries it, and answers as both do: with its word first, if it was told one."""

    def __init__(self, provider: str) -> None:
        super().__init__()
        self.provider, self.carried, self.words = provider, [], []

    def answer(self, method, path, headers, body):
        found = (self.by_alibaba if self.provider == "aliyun" else self.by_tencent)(path, headers, body)
        word = self.words.pop(0) if self.words else ""
        if word == "gone":
            return 502, {}, b"<html>"
        if not word:
            self.carried.append(found)
        answers = {"aliyun": self.alibaba, "tencent": self.tencent}
        return 200, {}, json.dumps(answers[self.provider](word)).encode()

    def by_alibaba(self, path, headers, body):
        query = urlsplit(path).query
        signed = {name.lower(): value for name, value in headers.items() if name.lower().startswith(("host", "x-acs"))}
        assert headers["Authorization"] == aliyun.authorization(KEY, SECRET, query, signed, body)
        said = {name: value for name, [value] in parse_qs(query).items()}
        return said["PhoneNumbers"], said["SignName"], said["TemplateCode"], json.loads(said["TemplateParam"])

    def by_tencent(self, path, headers, body):
        at = datetime.fromtimestamp(int(headers["X-TC-Timestamp"]), UTC)
        signed = {name: headers[name] for name in ("content-type", "host")}
        assert headers["Authorization"] == tencent.authorization(KEY, SECRET, ("sms", at), signed, body)
        said = json.loads(body)
        values = {str(n): value for n, value in enumerate(said["TemplateParamSet"], 1)}
        return said["PhoneNumberSet"][0], said["SignName"], said["TemplateId"], values

    def alibaba(self, word):
        return {"Code": word or "OK", "RequestId": "r"} | ({} if word else {"BizId": f"biz-{len(self.carried)}"})

    def tencent(self, word):
        done = {"Code": word or "Ok", "SerialNo": "" if word else f"biz-{len(self.carried)}"}
        return {"Response": {"SendStatusSet": [done], "RequestId": "r"}}


@pytest.fixture(params=CLOUDS)
def cloud(request, monkeypatch, settings, tmp_path) -> Iterator[Cloud]:
    controls.change(share=0, by="lin", at=NOON - timedelta(days=1))
    made, file = Cloud(request.param), tmp_path / "hooks.toml"
    file.write_text(written(request.param, made.house))
    monkeypatch.setattr(settings.SIYU, "hooks", str(file))
    [house] = houses(str(file))
    monkeypatch.setitem(channels._senders, "sms", Hook(house))
    yield made
    made.close()


def written(provider: str, url: str, **more: str) -> str:
    said = {
        "provider": provider,
        "url": url,
        "key": KEY,
        "secret": SECRET,
        "sign": "时雨",
        "receipts": WORD,
        "app": "1400",
    }
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in (said | more).items() if value]
    words = "He${middle}o" if provider == "aliyun" else "He{1}o"
    return "\n".join(["[sms]", *lines, "[[sms.templates]]", 'code = "SMS_1"', f'words = "{words}"'])


def sent(*names: str) -> None:
    gate.let_through(dispatch(), np.array([somebody(name) for name in names]), at=NOON)
    posting.tick("sms", at=NOON)


FOR_GOOD = {"aliyun": "isv.MOBILE_NUMBER_ILLEGAL", "tencent": "FailedOperation.PhoneNumberInBlacklist"}
LATER = {"aliyun": "isv.AMOUNT_NOT_ENOUGH", "tencent": "LimitExceeded.PhoneNumberDailyLimit"}
PHONE = {"aliyun": "13900000001", "tencent": "+8613900000001"}
PLACE = {"aliyun": "middle", "tencent": "1"}


@pytest.mark.django_db(databases="__all__", transaction=True)
class TestOverTheWire:
    def test_it_works(self, cloud, client):
        sent("13900000001")
        [said] = cloud.carried
        assert said == (PHONE[cloud.provider], "时雨", "SMS_1", {PLACE[cloud.provider]: "ll"})
        one = Outgoing.objects.get()
        assert (one.state, one.reference) == ("sent", "biz-1")
        answer = heard(client, cloud.provider, one.reference, good=True)
        assert answer.json() == (
            {"code": 0, "msg": "OK"} if cloud.provider == "aliyun" else {"result": 0, "errmsg": "OK"}
        )
        told = Receipt.objects.get()
        assert (told.kind, told.at) == ("delivered", datetime(2026, 5, 1, 4, tzinfo=UTC))

    def test_what_did_not_arrive_is_a_soft_bounce(self, cloud, client):
        sent("13900000001")
        assert heard(client, cloud.provider, "biz-1", good=False).status_code == 200
        told = Receipt.objects.get()
        assert (told.kind, told.detail) == ("bounced", "MK:0001")

    def test_only_who_knows_the_word_is_heard(self, cloud, client):
        sent("13900000001")
        assert heard(client, cloud.provider, "biz-1", good=True, word="a word that somebody guessed").status_code == 401
        assert client.post(f"/hooks/messages/sms?key={WORD}", "[7]", "application/json").status_code == 422
        assert not Receipt.objects.exists()

    def test_a_cloud_says_whether_it_may_be_asked_again(self, cloud):
        cloud.words += [FOR_GOOD[cloud.provider], LATER[cloud.provider]]
        sent("13900000001", "13900000002")
        assert list(Outgoing.objects.order_by("pk").values_list("state", flat=True)) == ["failed", "queued"]

    @pytest.mark.parametrize("how", ["lost", "gone"])
    def test_what_it_may_have_taken_is_in_doubt(self, cloud, how):
        cloud.lose += ["POST"] if how == "lost" else []
        cloud.words += ["gone"] if how == "gone" else []
        sent("13900000001")
        assert Outgoing.objects.get().state == "doubtful"


def heard(client, provider: str, reference: str, *, good: bool, word: str = WORD):
    code = "DELIVERED" if good else "MK:0001"
    one = (
        {"biz_id": reference, "report_time": "2026-05-01 12:00:00", "success": good, "err_code": code, "sms_size": "1"}
        if provider == "aliyun"
        else {"sid": reference, "user_receive_time": "2026-05-01 12:00:00", "nationcode": "86", "errmsg": code,
              "report_status": "SUCCESS" if good else "FAIL"}
    )  # fmt: skip
    return client.post(f"/hooks/messages/sms?key={word}", json.dumps([one]), "application/json")


@pytest.mark.parametrize("more", [
    {"provider": "pigeon"}, {"key": ""}, {"sign": ""}, {"secret": "short"}, {"receipts": "short"}, {"app": ""},
    {"url": "http://sms.example.cn"},
])  # fmt: skip
def test_a_wrong_file_says_so_at_the_start(tmp_path, more):
    file = tmp_path / "hooks.toml"
    file.write_text(written("tencent", "https://sms.example.cn"))
    assert houses(str(file))
    file.write_text(written(**{"provider": "tencent", "url": "https://sms.example.cn"} | more))
    with pytest.raises(ImproperlyConfigured):
        houses(str(file))
