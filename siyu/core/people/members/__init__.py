"""Who can sign in: members, the contacts that they have shown to be theirs, and their sessions.

A member is found by a verified contact and by nothing else, because evidence of who is whom also comes from doors that
stand open to everybody. Announces member.joined and member.signed_in.
"""
