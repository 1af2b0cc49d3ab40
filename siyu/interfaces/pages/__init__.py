"""The members' mobile web pages (step 3)."""
