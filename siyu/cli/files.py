"""siyu import: files on their way in."""
