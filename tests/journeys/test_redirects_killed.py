"""The whole house falls under a load of clicks, again and again: nobody was led on whose click is not there, once."""

import http.client
import json
import os
import random
import threading
import time

from tests.fresh import settle_in
from tests.serving import House, until

ROUNDS = int(os.environ.get("SIYU_KILLS", "2"))
CLIENTS = 6
MAKE = """
import django; django.setup()
from siyu.core.links import writing
from siyu.core.links.writing import Wish
from siyu.kit import clock
writing.make(Wish(targets="https://shop.example/", code="storm"), by="lin", at=clock.now())
"""
KEPT = """
import json, django; django.setup()
from siyu.core.eventlog.land import unpack
from siyu.core.eventlog.models import Batch
from django.conf import settings
rows = Batch.objects.using(settings.LANDING).filter(source="links").order_by("pk")
lines = (line for one in rows for line in unpack(one).splitlines())
print(json.dumps([json.loads(line)["properties"]["referrer"] for line in lines]))
"""


def test_nobody_is_led_on_whose_click_is_not_kept(tmp_path):
    settle_in(tmp_path)
    with House(tmp_path) as house:
        house.python("-c", MAKE)
        led_on: list[str] = []
        for turn in range(ROUNDS):
            over = threading.Event()
            crowd = [threading.Thread(target=storm, args=(house, f"{turn}-{n}", led_on, over)) for n in range(CLIENTS)]
            for one in crowd:
                one.start()
            enough = len(led_on) + 60
            assert until(lambda enough=enough: len(led_on) > enough, pause=0.02), "nobody was led on"
            time.sleep(random.uniform(0, 0.3))
            house.fall()
            over.set()
            for one in crowd:
                one.join()
            house.start()
        kept = json.loads(house.python("-c", KEPT))
    assert len(kept) == len(set(kept)), "a click was kept twice"
    assert set(led_on) <= set(kept), "somebody was led on, and the click is gone"
    assert len(kept) - len(led_on) <= ROUNDS * CLIENTS, "more was kept than was under way when the house fell"


def storm(house: House, who: str, led_on: list[str], over: threading.Event) -> None:
    """One after the other on one connection, each with a referrer of its own, until the house is gone."""
    turn, caller = 0, None
    while not over.is_set():
        turn += 1
        try:
            caller = caller or http.client.HTTPConnection("127.0.0.1", house.port, timeout=5)
            caller.request("GET", "/l/storm", headers={"Referer": f"https://x.example/{who}-{turn}"})
            answer = caller.getresponse()
            answer.read()
            if answer.status == 302:
                led_on.append(f"x.example/{who}-{turn}")
        except (OSError, http.client.HTTPException):
            caller = None
            time.sleep(0.02)
