"""Files that a browser sent: they wait on disk, the worker judges them and takes in those that somebody wants.

One at a time, whichever process does it. A worker that is killed leaves the row as it was; the next one begins the
judging anew and goes on with the writing where it stopped.
"""

import shutil
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.db.models import F, Q, QuerySet

from siyu.core.eventlog.imports import desk
from siyu.core.eventlog.imports.lines import bring_in
from siyu.core.eventlog.imports.runs import Kind
from siyu.core.eventlog.locks import only_one
from siyu.core.eventlog.models import Upload
from siyu.kit import clock
from siyu.kit.refusals import Refused

ATTEMPTS = 3
KEEP = timedelta(days=7)
"""How long a file waits for somebody to want it."""
OFTEN = 0.5
"""Seconds between two words on how far it is."""


class NotJudged(Refused):
    code = "upload_not_judged"
    status = 409


class GaveUp(Refused):
    code = "import_failed"
    status = 500


def send(
    *,
    kind: str,
    source: str,
    currency: str,
    file: str,
    move: Callable[[Path], object],
    by: str,
    at: datetime,
    preset: str = "",
) -> Upload:
    """A file has come: `move` puts it where it is told."""
    upload = Upload(
        kind=kind, source=source, currency=currency.upper(), preset=preset, file=file, folder=uuid.uuid4().hex, by=by,
        sent_at=at,
    )  # fmt: skip
    place(upload).parent.mkdir(parents=True)
    move(place(upload))
    upload.save()
    return upload


def want(*, upload: Upload, at: datetime) -> None:
    """Take it in; said twice, it is taken once."""
    waits = Upload.objects.filter(pk=upload.pk, judged_at__isnull=False, refused_at=None)
    if not waits.filter(wanted_at=None).update(wanted_at=at, progress={}) and not waits.exists():
        raise NotJudged("The file has not been judged yet, or was refused.")


def drop(*, upload: Upload) -> None:
    """Nobody wants it. What is being taken in already stays."""
    if Upload.objects.filter(pk=upload.pk, wanted_at=None).delete()[0]:
        put_away(upload)


def take(kinds: Mapping[str, Kind]) -> int:
    """Judge or take in the file that waits longest; how many that were. The worker's chore."""
    with only_one("uploads") as held:
        upload = waiting().first() if held else None
        if upload:
            attempt(upload, kinds[upload.kind])
        return 1 if upload else 0


def waiting() -> QuerySet[Upload]:
    return Upload.objects.filter(Q(judged_at=None) | Q(wanted_at__isnull=False), taken_at=None, refused_at=None)


def open_ones() -> QuerySet[Upload]:
    """What waits for the worker or for somebody's word."""
    return Upload.objects.filter(taken_at=None, refused_at=None)


def attempt(upload: Upload, kind: Kind) -> None:
    """What cannot be finished in a few attempts is given up; how each failed stands in the worker's log."""
    try:
        if upload.attempts >= ATTEMPTS:
            raise GaveUp(f"The file could not be finished in {ATTEMPTS} attempts; the worker's log says why.")
        Upload.objects.filter(pk=upload.pk).update(attempts=F("attempts") + 1)
        take_in(upload, kind) if upload.wanted_at else judge(upload, kind)
    except Refused as no:
        over(upload, refused_at=clock.now(), code=no.code, reason=no.message)


def judge(upload: Upload, kind: Kind) -> None:
    report = bring_in(kind, place(upload), options=options(upload), at=clock.now(), preview=True, progress=said(upload))
    Upload.objects.filter(pk=upload.pk).update(judged_at=clock.now(), preview=report.as_dict(), attempts=0, progress={})


def take_in(upload: Upload, kind: Kind) -> None:
    report = bring_in(kind, place(upload), options=options(upload), at=clock.now(), by=upload.by, progress=said(upload))
    over(upload, taken_at=clock.now(), run=report.run)


def options(upload: Upload) -> desk.Options:
    return desk.Options(source=upload.source, currency=upload.currency, preset=upload.preset)


def said(upload: Upload) -> desk.Progress:
    """Writes down how far it is, for whoever looks: each new thing at once, its steps now and then."""
    return partial(_say, Upload.objects.filter(pk=upload.pk), {})


def _say(row: QuerySet[Upload], last: dict, what: str, done: int, total: int) -> None:
    if last.get("what") == what and time.monotonic() < last["next"]:
        return
    last |= {"what": what, "next": time.monotonic() + OFTEN}
    came_on = {"attempts": 0} if what == "writing" else {}
    row.update(progress={"what": what, "done": done, "total": total}, **came_on)


def over(upload: Upload, **fields: object) -> None:
    Upload.objects.filter(pk=upload.pk).update(progress={}, **fields)
    put_away(upload)


def forget(at: datetime) -> int:
    """Files that nobody came back for, and rows of what is long over."""
    old = list(Upload.objects.filter(sent_at__lt=at - KEEP).exclude(pk__in=waiting()))
    for upload in old:
        put_away(upload)
    return Upload.objects.filter(pk__in=[upload.pk for upload in old]).delete()[0]


def put_away(upload: Upload) -> None:
    shutil.rmtree(place(upload).parent, ignore_errors=True)


def place(upload: Upload) -> Path:
    return desk.folder() / "uploads" / upload.folder / upload.file
