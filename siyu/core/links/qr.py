"""QR codes of links and live codes, as SVG for print and PNG for screens, with the brand's sign in the middle.

With a sign the code is drawn with the highest correction, and the sign covers a twentieth of it: scanners read the
rest.
"""

import io
import re
from typing import Any

import segno
from PIL import Image, ImageDraw, UnidentifiedImageError

from siyu.kit.refusals import Refused

SHARE = 0.22
"""Of the code's width that the sign takes."""
LARGEST = 2 * 1024 * 1024
PIXELS = 4_000 * 4_000
COLOUR = re.compile(r"#[0-9a-f]{6}")


class BadSign(Refused):
    code = "bad_sign"
    status = 422


def code(text: str, *, sign: bool = False) -> Any:
    return segno.make_qr(text, error="h" if sign else "m", boost_error=True)


def svg(text: str, *, sign: str = "", dark: str = "#000000", size: int = 260) -> str:
    """An SVG to print at any size. `sign`: one or two letters in the middle."""
    dark = dark if COLOUR.fullmatch(dark) else "#000000"
    drawn = code(text, sign=bool(sign))
    width = drawn.symbol_size(border=4)[0]
    path = drawn.svg_inline(border=4, dark=dark, light="#ffffff", omitsize=True, svgclass="qr", lineclass=None)
    path = path.replace(
        "<svg ", f'<svg role="img" width="{size}" height="{size}" xmlns="http://www.w3.org/2000/svg" ', 1
    )
    return path.replace("</svg>", f"{middle(sign[:2], width, dark)}</svg>") if sign else path


def middle(sign: str, width: int, dark: str) -> str:
    side = width * SHARE
    corner, centre = (width - side) / 2, width / 2
    letters = "".join(f"&#{ord(letter)};" for letter in sign)
    return (
        f'<rect x="{corner:.2f}" y="{corner:.2f}" width="{side:.2f}" height="{side:.2f}" rx="{side / 5:.2f}" '
        f'fill="#ffffff"/><text x="{centre}" y="{centre}" dy=".36em" text-anchor="middle" font-weight="700" '
        f'font-size="{side * (0.7 if len(sign) == 1 else 0.5):.2f}" fill="{dark}">{letters}</text>'
    )


def png(text: str, *, sign: bytes | None = None, scale: int = 10) -> bytes:
    """A PNG; `sign` is a picture for the middle."""
    out = io.BytesIO()
    code(text, sign=sign is not None).save(out, kind="png", scale=scale, border=4)
    if sign is None:
        return out.getvalue()
    drawn, small = Image.open(out).convert("RGB"), opened(sign)
    side = int(drawn.width * SHARE)
    small.thumbnail((side - side // 8, side - side // 8))
    corner = (drawn.width - side) // 2
    ImageDraw.Draw(drawn).rounded_rectangle((corner, corner, corner + side, corner + side), side // 5, fill="white")
    drawn.paste(small, ((drawn.width - small.width) // 2, (drawn.height - small.height) // 2), small)
    out = io.BytesIO()
    drawn.save(out, "PNG")
    return out.getvalue()


def opened(picture: bytes) -> Image.Image:
    """A picture that somebody sent, as far as it is one."""
    if len(picture) > LARGEST:
        raise BadSign("a sign has at most 2 MiB")
    try:
        found = Image.open(io.BytesIO(picture), formats=("PNG", "JPEG", "WEBP"))
        if found.width * found.height > PIXELS:
            raise BadSign("a sign has at most 16 million points")
        return found.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        raise BadSign("a sign is a PNG, JPEG or WebP") from None
