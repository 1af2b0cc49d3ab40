"""siyu screen and siyu recommend."""
