"""Web push: a message sealed for one browser (RFC 8291), handed to the push service that the browser named (RFC 8030),
which knows this house by its key (RFC 8292)."""
