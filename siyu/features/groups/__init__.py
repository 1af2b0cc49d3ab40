"""Social groups of at most 500 and their hosts (step 9)."""
