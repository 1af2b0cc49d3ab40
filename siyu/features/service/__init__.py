"""Conversations, contact records, stores and guides (step 9)."""
