"""Which form of a link works where: dated data with a source for each line, and the few functions that read it."""
