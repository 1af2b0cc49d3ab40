"""Codes as files: out for whoever prints or sends them, in from whoever made them elsewhere."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from siyu.features.loyalty.coupons.issuing import BATCH, batch_of, plain
from siyu.features.loyalty.coupons.writing import LETTERS, locked
from siyu.features.loyalty.models import CouponBatch, CouponCode
from siyu.kit.refusals import KeyReused, Refused

LARGEST = 8 * 1024 * 1024
COLUMNS = ("code", "state", "issued_at", "expires_at", "redeemed_at", "order", "amount")
FIELDS = ("text", "state", "issued_at", "expires_at", "redeemed_at", "order__number", "amount")


class BadList(Refused):
    code = "bad_list"
    status = 422


class Taken(NamedTuple):
    """`refused`: (line, what it said, why)."""

    batch: CouponBatch | None
    taken: int
    refused: list[tuple[int, str, str]]


def written(template: int, *, batch: int | None = None) -> Iterator[str]:
    """CSV, row by row; a spreadsheet sees by the first character that it is UTF-8."""
    codes = CouponCode.objects.filter(template=template)
    if batch:
        codes = codes.filter(batch=batch)
    yield "\ufeff" + line(COLUMNS)
    for text, state, *rest in codes.order_by("pk").values_list(*FIELDS).iterator(2000):
        yield line([text, state, *(one.isoformat() if isinstance(one, datetime) else one for one in rest)])


def line(cells: object) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)  # type: ignore[arg-type]
    return out.getvalue()


@transaction.atomic
def read(*, template: int, data: bytes, key: str, by: str, at: datetime) -> Taken:
    """The first column of each row as a code that belongs to nobody yet; a head is passed over. Once per key."""
    one = locked(template)
    if there := CouponBatch.objects.filter(key=key).first():
        if there.template_id != template:
            raise KeyReused("this key was used for another coupon")
        return Taken(there, there.count, [])
    texts, refused = judged(data)
    known = set(CouponCode.objects.filter(text__in=texts).values_list("text", flat=True)) if texts else set()
    refused += [(n, text, "known") for text, n in texts.items() if text in known]
    fresh = [text for text in texts if text not in known]
    batch = batch_of(one, fresh, key=key, by=by, at=at) if fresh else None
    return Taken(batch, len(fresh), sorted(refused))


def judged(data: bytes) -> tuple[dict[str, int], list[tuple[int, str, str]]]:
    """{code: its line}, and what is none."""
    texts: dict[str, int] = {}
    refused = []
    for n, row in enumerate(csv.reader(io.StringIO(decoded(data))), 1):
        said = row[0].strip() if row else ""
        text = plain(said)
        if not said or (n == 1 and said.lower() in ("code", "codes", "券码")):
            continue
        if not (4 <= len(text) <= 40 and set(text) <= LETTERS):
            refused.append((n, said[:40], "no_code"))
        elif text in texts:
            refused.append((n, said[:40], "twice"))
        else:
            texts[text] = n
    if len(texts) > BATCH:
        raise BadList(f"a list has at most {BATCH:,} codes")
    return texts, refused


def decoded(data: bytes) -> str:
    if len(data) > LARGEST:
        raise BadList("a list has at most 8 MiB")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding).replace("\0", "")
        except UnicodeDecodeError:
            continue
    raise BadList("the list is neither UTF-8 nor GB 18030")
