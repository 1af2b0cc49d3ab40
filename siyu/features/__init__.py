"""Where members live."""
