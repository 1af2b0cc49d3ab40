"""Questions over the lake: portraits, audiences, report, lifetime value, screening; which visitors do not count.

Nouns: portrait (one row a person), Audience (a saved definition) and its Snapshot, TagRule, Round (a month's screening)
and its Candidates, Exclusion (a visitor who does not count). Computes set-wise in DuckDB from the lake alone.
Announces candidate.accepted, candidate.rejected, visitor.excluded, visitor.readmitted.
"""
