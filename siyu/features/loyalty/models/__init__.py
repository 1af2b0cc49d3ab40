"""Tables of loyalty, a file for each family."""
