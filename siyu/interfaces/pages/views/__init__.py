"""One file for each part of the members' pages."""
