"""siyu (私域): an operating system for private traffic. One log, one identity, one ledger, one loop."""
