"""Growth levels: a scheme weighs what members did into a score; rising comes with what they do, falling with the day.

`rules` is pure: what a member holds is a fold of `judge` over moments. Announces level.reached and level.lost with the
numbers that caused them; reacts to what a scheme counts, and to its own announcements by giving and taking back.
"""
