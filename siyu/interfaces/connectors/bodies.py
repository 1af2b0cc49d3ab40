"""What another house sends, as it came over the wire, never more than is allowed."""

from django.http import HttpRequest, UnreadablePostError

from siyu.kit.refusals import Refused


class TooLarge(Refused):
    code = "too_large"
    status = 413


class Incomplete(Refused):
    code = "body_incomplete"
    status = 400


def body_of(request: HttpRequest, most: int) -> bytes:
    """Who does not say how much it sends (chunked, as some proxies do) is read to the end, or to `most`."""
    said = request.META.get("CONTENT_LENGTH") or "0"
    chunked = "HTTP_TRANSFER_ENCODING" in request.META
    size = most + 1 if chunked else int(said) if said.isascii() and said.isdigit() and len(said) < 20 else 0
    if size > most and not chunked:
        raise TooLarge(f"a request holds at most {most:,} bytes here")
    try:
        body = (request.META["wsgi.input"] if chunked else request).read(size)
    except (UnreadablePostError, OSError) as gone:
        raise Incomplete("the body ended before its end") from gone
    if len(body) > most:
        raise TooLarge(f"a request holds at most {most:,} bytes here")
    return body
