"""One file a page. A view asks one question or calls one verb; templates get plain data."""
