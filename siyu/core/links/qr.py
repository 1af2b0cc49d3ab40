"""QR codes of links and live codes, as SVG for print and PNG for screens, with the brand's logo in the middle.

With a logo, or letters in its stead, the code is drawn with the highest correction, and they cover a twentieth of it:
scanners read the rest.
"""

import base64
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
FINE = 480
"""Points across a logo in an SVG, which is printed at any size."""
COLOUR = re.compile(r"#[0-9a-f]{6}")


class BadSign(Refused):
    code = "bad_sign"
    status = 422


def code(text: str, *, sign: bool = False) -> Any:
    return segno.make_qr(text, error="h" if sign else "m", boost_error=True)


def svg(text: str, *, sign: str = "", logo: bytes | None = None, dark: str = "#000000", size: int = 260) -> str:
    """An SVG to print at any size. In the middle `logo`, a picture, or else `sign`, one or two letters."""
    dark = dark if COLOUR.fullmatch(dark) else "#000000"
    drawn = code(text, sign=bool(sign or logo))
    width = drawn.symbol_size(border=4)[0]
    path = drawn.svg_inline(border=4, dark=dark, light="#ffffff", omitsize=True, svgclass="qr", lineclass=None)
    path = path.replace(
        "<svg ", f'<svg role="img" width="{size}" height="{size}" xmlns="http://www.w3.org/2000/svg" ', 1
    )
    if not (sign or logo):
        return path
    middle = pictured(logo, width) if logo else lettered(sign[:2], width, dark)
    return path.replace("</svg>", f"{field(width)}{middle}</svg>")


def field(width: int) -> str:
    """White, for what stands in the middle."""
    side = width * SHARE
    corner = (width - side) / 2
    return (
        f'<rect x="{corner:.2f}" y="{corner:.2f}" width="{side:.2f}" height="{side:.2f}" rx="{side / 5:.2f}" '
        f'fill="#ffffff"/>'
    )


def lettered(sign: str, width: int, dark: str) -> str:
    side, centre = width * SHARE, width / 2
    letters = "".join(f"&#{ord(letter)};" for letter in sign)
    return (
        f'<text x="{centre}" y="{centre}" dy=".36em" text-anchor="middle" font-weight="700" '
        f'font-size="{side * (0.7 if len(sign) == 1 else 0.5):.2f}" fill="{dark}">{letters}</text>'
    )


def pictured(logo: bytes, width: int) -> str:
    """The logo within the SVG, drawn anew: nothing but the picture goes along."""
    small, out = opened(logo), io.BytesIO()
    small.thumbnail((FINE, FINE))
    small.save(out, "PNG")
    side = width * SHARE * 7 / 8
    corner, said = (width - side) / 2, base64.b64encode(out.getvalue()).decode()
    return (
        f'<image x="{corner:.2f}" y="{corner:.2f}" width="{side:.2f}" height="{side:.2f}" '
        f'href="data:image/png;base64,{said}"/>'
    )


def png(text: str, *, logo: bytes | None = None, scale: int = 10) -> bytes:
    """A PNG; `logo` is a picture for the middle."""
    out = io.BytesIO()
    code(text, sign=logo is not None).save(out, kind="png", scale=scale, border=4)
    if logo is None:
        return out.getvalue()
    drawn, small = Image.open(out).convert("RGB"), opened(logo)
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
