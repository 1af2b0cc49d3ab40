"""siyu audience: count, list, export and explain a definition."""
