"""Pictures that go with messages: drawn anew, so that nothing but the picture is kept, and small enough for a mail."""

import hashlib
import io
from pathlib import Path

import numpy as np
from django.conf import settings

from siyu.core.links.qr import LARGEST, opened

__all__ = ["LARGEST", "keep"]
SIDE = 1_200


def keep(picture: bytes) -> str:
    """The address of a picture: its name is its digest, and it never changes. Nobody else's file has that name."""
    found = opened(picture)
    found.thumbnail((SIDE, SIDE))
    out, clear = io.BytesIO(), bool(np.asarray(found.getchannel("A")).min() < 255)
    if clear:
        found.save(out, "PNG")
    else:
        found.convert("RGB").save(out, "JPEG", quality=85)
    digest = hashlib.blake2b(out.getvalue(), digest_size=16, person=b"template")
    name = f"{digest.hexdigest()}.{'png' if clear else 'jpg'}"
    folder = Path(settings.SIYU.home) / "media"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(out.getvalue())
    return f"/media/{name}"
