"""A little of `make proof`: whatever dies, nothing is lost and nothing doubled."""

import os
import random
from pathlib import Path

import pytest

from tests import telling
from tests.fresh import settle_in
from tests.proof import prove

ROUNDS = int(os.environ.get("SIYU_KILLS", "3"))


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for the family in /proc")
def test_killed_under_load_it_loses_and_doubles_nothing(tmp_path):
    told = prove(settle_in(tmp_path), ROUNDS, random.Random())
    assert told["answered"] > 0 and told["kept"] >= told["answered"], told
    assert (told["lost"], told["doubled"]) == (0, 0), told


def test_a_broadcast_whose_senders_are_killed_tells_everybody_once(tmp_path):
    told = telling.prove(settle_in(tmp_path), 2_000, 2, random.Random())
    assert told["kills"] > 0 and telling.sound(told), told
