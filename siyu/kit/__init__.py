"""Plain tools without tables: money, clock, codes, refusals, files of rows."""
