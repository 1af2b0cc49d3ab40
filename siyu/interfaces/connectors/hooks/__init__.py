"""Channels whose carrier is a house on the web: SMS, mail services, push, the brand's own app.

`SIYU_HOOKS` names a TOML file with a table for each channel: where messages are posted, and the secret that signs them.
One family of signed requests: our own form for all channels (`own`), and for SMS those of two clouds (`aliyun`,
`tencent`). docs/hooks.md tells what stands in a request, and how receipts come back.
"""
