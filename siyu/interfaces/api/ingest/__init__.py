"""Where unmodified SDKs deliver: Segment's HTTP API at the root of the host, Sensors Analytics at /sa.

The wire is a promise: every path, encoding and answer here is what some SDK in the field sends or expects, so
nothing is "cleaned up" without the conformance test. 200 means committed. `door` is what all protocols share.
"""
