"""Channels whose carrier is a house on the web: SMS, mail services, push, the brand's own app. One signed form for all.

`SIYU_HOOKS` names a TOML file with a table for each channel: where messages are posted, and the secret that signs both
ways. docs/hooks.md tells what stands in a request, and how receipts come back.
"""
