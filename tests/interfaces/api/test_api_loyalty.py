"""Programs check members in."""

from siyu.features.loyalty.badges import actions as badges
from siyu.features.loyalty.checkin import actions
from siyu.features.loyalty.levels import actions as levels
from siyu.features.loyalty.tasks import actions as tasks
from siyu.interfaces.api.shapes import code
from siyu.interfaces.console.views.levels import EXAMPLE
from siyu.kit import clock
from tests.features.loyalty.people import member


def test_a_program_checks_a_member_in(caller):
    actions.write_programme(steps=[], reaches_back=5, by="lin", at=clock.now())
    shop = caller("loyalty:read", "loyalty:write")
    alice = f"/people/{code('per', member('alice'))}/check-ins"
    assert shop.get(alice)["done"] is False
    assert shop.post(alice, {}) == shop.get(alice) | {"done": True, "streak": 1}
    assert shop.post(alice, {}, 409)["code"] == "already_checked_in"
    given = {"Idempotency_Key": "k"}
    assert shop.post(f"{alice}/cards", {"cards": 2}, **given)["cards"] == 2
    assert shop.post(f"{alice}/cards", {"cards": 2}, **given)["cards"] == 2
    missed = shop.get(alice)["missed"]
    assert len(missed) == 5
    assert shop.post(f"{alice}/make-up", {"day": missed[0]})["streak"] == 2
    assert shop.post(f"{alice}/make-up", {"day": missed[0]}, 409)["code"] == "nothing_to_make_up"
    assert shop.post(f"{alice}/make-up", {"day": "soon"}, 422)
    assert shop.post(f"/people/{code('per', 10**6)}/check-ins", {}, 404)["code"] == "no_such_member"


def test_a_program_sees_tasks_and_awards_badges(caller):
    now = clock.now()
    actions.write_programme(steps=[], reaches_back=5, by="lin", at=now)
    written = tasks.write(title="Come", kind="once", steps=[{"event": "member.checked_in"}], by="lin", at=now)
    tasks.publish(task=written.pk, at=now)
    made = badges.make(name="Bird", text="", shape="star", colour="gold", symbol="B", by="lin", at=now)
    shop = caller("loyalty:read", "loyalty:write")
    alice = f"/people/{code('per', member('alice'))}"
    assert shop.get(f"{alice}/tasks")[0]["steps"] == [
        {"title": "", "event": "member.checked_in", "done": 0, "needed": 1}
    ]  # fmt: skip
    (bird,) = shop.get("/badges")
    assert (bird["name"], bird["worn"]) == ("Bird", 0)
    wish = {"badge": bird["code"], "because": "first"}
    assert shop.post(f"{alice}/badges", wish, 422)["code"] == "no_idempotency_key"
    (worn,) = shop.post(f"{alice}/badges", wish, Idempotency_Key="k")
    assert worn["name"] == "Bird" and worn["certificate"] is None
    assert shop.post(f"{alice}/badges", wish, 409, Idempotency_Key="l")["code"] == "badge_already_worn"
    assert shop.post(f"{alice}/badges/revoke", wish) == []
    assert shop.post(f"{alice}/badges/revoke", wish, 409)["code"] == "badge_not_worn"
    assert made.pk


def test_a_program_sees_a_level_and_how_it_came(caller):
    shop = caller("loyalty:read", "loyalty:write")
    alice = f"/people/{code('per', member('alice'))}"
    assert shop.get(f"{alice}/level")["level"] is None and shop.get(f"{alice}/level/history") == []
    now = clock.now()
    version = levels.write(body=EXAMPLE, by="lin", at=now).version
    levels.publish(version=version, by="lin", at=now)
    shop.post(f"{alice}/check-ins", {})
    levels.rise(identity=member("alice"), at=clock.now())
    told = shop.get(f"{alice}/level")
    assert (told["level"], told["score"], told["next"], told["missing"]) == ("V1", 2, "V2", 298)
    (step,) = shop.get(f"{alice}/level/history")
    assert (step["before"], step["after"], step["numbers"]["Check-ins"]) == (0, 1, 1)
