"""All that is known of a person, for the person: a file for every kind of thing, from everybody who holds something."""

import io
import zipfile
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings

from siyu.core.people.codes import code
from siyu.core.people.erasure import behind, somebody
from siyu.core.people.holdings import Files, all_holdings


def gather(person: int, only: tuple[int, ...] | None = None) -> Files:
    """{file: rows}; kinds without a row are left out. `only`: what hangs on these identities of the person."""
    who = somebody(person) if only is None else behind(only)
    parts = [holding.export(who) for holding in all_holdings()]
    return {name: rows for part in parts for name, rows in part.items() if rows}


def packed(person: int, *, at: datetime, only: tuple[int, ...] | None = None) -> bytes:
    """The same as a ZIP of JSON files, with one that says what the others are."""
    files = gather(person, only)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("about.json", written(about(person, files, at)))
        for name, rows in files.items():
            archive.writestr(f"{name}.json", written(rows))
    return buffer.getvalue()


def about(person: int, files: Files, at: datetime) -> dict[str, Any]:
    held = {f"{name}.json": len(rows) for name, rows in files.items()}
    return {"person": code(person), "made_at": at, "by": settings.SIYU.brand, "rows": held}


def written(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=1)
