"""The members' mobile web pages, under /m/: one column on a phone, the same column on a desk.

A page asks one question or calls one verb. Who asks is a member with a session of its own (`siyu_member`), which has
nothing to do with operators' sign-in.
"""
