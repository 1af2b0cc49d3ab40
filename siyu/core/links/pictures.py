"""Pictures that places of live codes show: drawn anew, so that nothing but the picture is kept."""

import hashlib
import io
from pathlib import Path

from django.conf import settings

from siyu.core.links.qr import LARGEST, opened

__all__ = ["LARGEST", "keep"]
SIDE = 1_200


def keep(picture: bytes) -> str:
    """The address of a picture: its name is its digest, and it never changes."""
    found = opened(picture).convert("RGB")
    found.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    found.save(out, "PNG")
    name = f"{hashlib.blake2b(out.getvalue(), digest_size=16).hexdigest()}.png"
    folder = Path(settings.SIYU.home) / "media"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(out.getvalue())
    return f"/media/{name}"
