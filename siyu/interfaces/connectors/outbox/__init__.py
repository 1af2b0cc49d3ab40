"""Messages as files: where nobody carries a channel yet, what would go out stands in SIYU_HOME/outbox to be read."""
