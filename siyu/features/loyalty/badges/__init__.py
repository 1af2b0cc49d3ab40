"""Badges and certificates: signs of merit that a member wears, and documents that anybody may verify.

A badge is awarded by hand, by a rule (a hidden task), or as a benefit. Announces badge.awarded, badge.revoked,
certificate.issued and certificate.revoked.
"""
