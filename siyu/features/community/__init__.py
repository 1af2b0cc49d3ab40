"""Boards, notes, feed, search, moderation (step 10)."""
