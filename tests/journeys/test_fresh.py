"""What was answered with 200 is in audiences and on the person's timeline while somebody still looks."""

import json
from pathlib import Path

import pytest

from tests.serving import House


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for the family in /proc")
def test_an_event_is_soon_everywhere(tmp_path):
    """Five seconds on a quiet machine, says `bench.freshness`; here only that nobody waits for a rare chore."""
    with House(tmp_path) as house:
        key = json.loads(house.siyu("source", "create", "app", "--protocol", "segment", "--json"))["write_key"]
        probe = ("-m", "bench.freshness", "--port", str(house.port), "--key", key, "--probes", "3", "--rate", "0")
        told = json.loads(house.python(*probe))
    assert max(told["audience"]["most"], told["timeline"]["most"]) < 30
