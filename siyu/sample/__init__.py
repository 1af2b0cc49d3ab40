"""The packaged sample: a real grocer's half year, entered through the same imports as a user's own files."""
