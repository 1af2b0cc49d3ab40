"""Pictures that prove an errand: drawn anew, so that nothing but the picture is kept, and shown to operators only."""

import hashlib
import io
from pathlib import Path

from django.conf import settings

from siyu.core.links.qr import opened

SIDE = 1_600


def keep(picture: bytes) -> str:
    """The name of its file; it stands in no folder that the world sees."""
    found = opened(picture).convert("RGB")
    found.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    found.save(out, "JPEG", quality=80)
    name = f"{hashlib.blake2b(out.getvalue(), digest_size=16).hexdigest()}.jpg"
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder() / name).write_bytes(out.getvalue())
    return name


def path(name: str) -> Path:
    return folder() / Path(name).name


def folder() -> Path:
    return Path(settings.SIYU.home) / "proofs"
