"""A badge's picture: a shape, a colour, a letter. Nothing is uploaded."""

from html import escape

COLOURS = {
    "ember": ("#c9481f", "#fbe8de"),
    "gold": ("#a87400", "#fdf1cf"),
    "leaf": ("#2f7d4f", "#e0f2e6"),
    "sea": ("#1f6f9c", "#dff0f8"),
    "plum": ("#7a3f8f", "#f2e4f6"),
    "ink": ("#3a332e", "#ece6e0"),
}
SHAPES = {
    "circle": '<circle cx="48" cy="48" r="38"/>',
    "shield": '<path d="M48 8l34 10v26c0 22-14 36-34 44-20-8-34-22-34-44V18z"/>',
    "star": '<path d="M48 6l11 12 16-3 3 16 13 10-8 14 3 16-16 4-8 14-14-7-14 7-8-14-16-4 3-16-8-14 13-10 3-16 '
    '16 3z"/>',
    "hexagon": '<path d="M48 8l35 20v40L48 88 13 68V28z"/>',
}


def picture(shape: str, colour: str, symbol: str, *, dim: bool = False) -> str:
    """An SVG of 96 by 96 for a page; attributes only, since our policy lets no style in."""
    strong, soft = COLOURS.get(colour, COLOURS["ink"])
    size = 40 if len(symbol) == 1 else 30
    return (
        f'<svg class="honour" viewBox="0 0 96 96" aria-hidden="true"{" opacity='.35'" if dim else ""}>'
        f'<g fill="{soft}" stroke="{strong}" stroke-width="5" stroke-linejoin="round">{SHAPES.get(shape, "")}</g>'
        f'<text x="48" y="48" dy=".36em" text-anchor="middle" font-size="{size}" font-weight="600" fill="{strong}">'
        f"{escape(symbol)}</text></svg>"
    )
