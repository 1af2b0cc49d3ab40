"""Every list of the console can be taken away as CSV and XLSX: a page's frame sees to it."""

import re
from pathlib import Path

from siyu.interfaces.console import page_tables

PAGES = Path(__file__).parents[2] / "siyu/interfaces/console/templates/console"
BARE = {
    "offers": "fields of a form, in rows",
    "lines": "what one order of a story was for",
    "preview.html": "what the gate would say of a form that is being filled in",
    "timeline.html": "stories, not a list",
}
TEXTS = {path: path.read_text() for path in sorted(PAGES.rglob("*.html"))}


def test_the_frame_gives_files_of_every_table():
    frame = (PAGES / "base.html").read_text()
    assert "{% with_files %}{% block page %}{% endblock %}{% endwith_files %}" in frame
    for path, text in TEXTS.items():
        for table in re.findall(r"<table[^>]*>", text):
            seen = page_tables.tables(f"{table}<tr><td>1</td></tr></table>")
            assert seen or any(word in table for word in BARE), f"{path.name}: {table} has no file"


def test_tables_stand_on_pages():
    """A piece of a page is part of one that has the frame."""
    included = {name for text in TEXTS.values() for name in re.findall(r'include "console/([^"]+)"', text)}
    for path, text in TEXTS.items():
        if "<table" in text and "{% extends" not in text:
            assert str(path.relative_to(PAGES)) in included or path.name in BARE, path.name


def test_a_file_finds_the_pages_to_come():
    for path, text in TEXTS.items():
        for link, word in re.findall(r'(<a [^>]*href="\?[^>]*>)\{% translate "(More|Next|Older|Older ones)" %\}', text):
            assert ' rel="next"' in link, f"{path.name}: {word}"
