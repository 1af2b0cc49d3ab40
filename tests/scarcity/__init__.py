"""Races over scarce things: a trial is one race of sixteen clients over one of them.

`race` runs trials of a `Resource`; `selling` and `joining` hold the resources, `control` one that is racy on purpose
and must be caught. A few hundred trials run with the suite, ten thousand in `make proof`:

    .venv/bin/python -m tests.scarcity [--trials 10000] [--database sqlite|postgresql] [--only NAME ...]
"""
