"""Questions over the lake: portraits, audiences, report, lifetime value, screening.

Nouns: portrait (one row a person), Audience (a saved definition) and its Snapshot, TagRule, Round (a month's screening)
and its Candidates. Computes set-wise in DuckDB from the lake alone. Announces candidate.accepted, candidate.rejected.
"""
