"""Web and drain and nothing else: no identities, tracking plan, subscriptions, reactions or portraits.

What `bench.ingest` compares the whole house with: `.venv/bin/python -m bench.bare PORT`.
"""

import sys
from functools import partial
from typing import Any

WHOSE = "n BIGINT, own BOOLEAN, identity BIGINT, erased_at TIMESTAMPTZ"


def drain_only() -> None:
    from siyu.conf import worker
    from siyu.core.eventlog import hearing
    from siyu.core.eventlog.drain import drain, people
    from siyu.core.eventlog.plan import sighting

    def nobody(db: Any) -> None:
        db.execute(f"CREATE OR REPLACE TEMP TABLE whose ({WHOSE})")

    people.number, people.say = nobody, lambda db: None
    sighting.observe = lambda db, fresh: None
    hearing.SUBSCRIPTIONS.clear()
    worker.ROOMS["flow"] = [worker.Chore("drain", drain)]
    worker.work("flow")


def main() -> None:
    from siyu.conf.processes import run_together, web

    sys.exit(run_together({"web": partial(web, "127.0.0.1", int(sys.argv[1]), 16), "flow": drain_only}))


if __name__ == "__main__":
    main()
