"""The plugs to what is outside: one folder each. `outbox` writes messages to files, `email` speaks SMTP."""
