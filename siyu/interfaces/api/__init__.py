"""The public REST API under /api, and the health of the house.

Programs come in with an API key (`siyu.core.team.keys`); each operation declares the scope that it needs. One verb or
query a request, opaque codes in and out, moments with their offset, money in minor units, a no as {"code", "message"}.
`desk` is what operations are made with, `door` what all of them share; a file a resource.
"""
