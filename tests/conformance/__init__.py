"""`make conformance`: the SDKs that people use, unmodified, against a running house, and what became of each message.

Each SDK is installed from its registry in the version that `sdks` pins, into a folder outside of the repository, and is
given one option: where to deliver. Between it and the house stands a proxy that loses answers after the commit, says
503 and kills the web process; in the end the set of messages that the SDK sent is the set that the lake holds.
"""
