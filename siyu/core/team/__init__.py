"""Who works here: operators, their roles, their keys.

Nouns: Operator (AUTH_USER_MODEL), role (a Django group that `roles.py` declares), ApiKey, trail (the audit trail),
Knock (failed sign-ins).
"""
