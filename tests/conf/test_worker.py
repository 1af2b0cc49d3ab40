"""How a room of the worker shares the machine with those that somebody waits for."""

from siyu.conf import worker
from siyu.conf.worker import Chore, attempt


def after(monkeypatch, chore: Chore, *, took: float, hurry: bool = False) -> float:
    """Seconds until it may be done again."""
    moments = iter([100.0, 100.0 + took])
    monkeypatch.setattr(worker.time, "monotonic", lambda: next(moments))
    attempt(chore, hurry=hurry)
    return round(chore.due - worker.clock.now().timestamp(), 1)


def test_what_took_long_lies_still_for_as_many_times_as_long_but_not_for_ever(monkeypatch):
    def step() -> Chore:
        return Chore("step", lambda: 1, every=1, backlog=5_000, rest=3, longest=1.5)

    assert after(monkeypatch, step(), took=0.01) == 1
    assert after(monkeypatch, step(), took=0.3) == 1.2
    assert after(monkeypatch, step(), took=3) == 4.5


def test_what_left_a_backlog_goes_on_at_once(monkeypatch):
    assert after(monkeypatch, Chore("step", lambda: 5_000, every=1, backlog=5_000, rest=3, longest=1.5), took=3) == 0


def test_a_chore_that_shares_nothing_keeps_its_time(monkeypatch):
    assert after(monkeypatch, Chore("look", lambda: 1, every=2), took=3) == 2


def test_one_that_failed_is_tried_again_and_holds_up_no_other(monkeypatch):
    assert after(monkeypatch, Chore("broken", lambda: 1 // 0), took=0) == 5
