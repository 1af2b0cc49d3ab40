"""How the world comes in and goes out; they do not know each other."""
