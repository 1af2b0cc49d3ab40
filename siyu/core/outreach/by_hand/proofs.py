"""Pictures that prove an errand: drawn anew, so that nothing but the picture is kept, and shown to operators only."""

import io
from pathlib import Path

from django.conf import settings

from siyu.core.links.qr import opened

SIDE = 1_600


def drawn(picture: bytes) -> bytes:
    found = opened(picture).convert("RGB")
    found.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    found.save(out, "JPEG", quality=80)
    return out.getvalue()


def keep(errand: int, picture: bytes) -> str:
    """The name of its file: one for each errand, in no folder that the world sees."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    path(f"{errand}.jpg").write_bytes(picture)
    return f"{errand}.jpg"


def path(name: str) -> Path:
    return folder() / Path(name).name


def folder() -> Path:
    return Path(settings.SIYU.home) / "proofs"
