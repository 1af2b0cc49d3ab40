"""A run: one file on its way in, from the first look to the last row, whatever happens in between.

What is committed and how far the run has come are one transaction, so a killed run goes on exactly where it was.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from siyu.core.eventlog.imports import desk as desks
from siyu.core.eventlog.imports import faults, refused
from siyu.core.eventlog.imports.columns import Field, Preset
from siyu.core.eventlog.imports.desk import Desk, Options, Progress
from siyu.core.eventlog.models import ImportRun
from siyu.kit import clock
from siyu.kit.refusals import Refused
from siyu.kit.tables import look_at


@dataclass
class Tally:
    """What became of some rows, and of the things they make up (`orders`, `refunds` …)."""

    taken: int = 0
    mended: int = 0
    unchanged: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Step:
    """A chunk: `write` puts it into the tables, inside the transaction that moves the run to `upto`."""

    upto: int
    write: Callable[[ImportRun], Tally]


@dataclass(frozen=True)
class Kind:
    """What can be imported. `judge` makes the table `faults` and whatever `steps` reads."""

    name: str
    fields: tuple[Field, ...]
    judge: Callable[[Desk], None]
    steps: Callable[[Desk, int], Iterator[Step]]
    """The chunks after that much progress, in an order that is the same each time."""
    foresee: Callable[[Desk], Tally]
    """What would be taken and mended if nothing were known yet."""
    total: Callable[[Desk], int]
    prepare: Callable[[Desk, ImportRun], None] | None = None
    """What must be there before the first step, outside its transaction; may run again after a kill."""
    presets: tuple[Preset, ...] = ()


@dataclass(frozen=True)
class Report:
    """What a run says of itself."""

    run: int | None
    kind: str
    file: str
    rows: int = 0
    taken: int = 0
    mended: int = 0
    refused: int = 0
    unchanged: int = 0
    skipped: int = 0
    """Rows that are right and bring nothing yet, such as orders that are not paid."""
    reasons: dict[str, int] = field(default_factory=dict)
    preset: str = ""
    """Whose file it was found to be."""
    unread: list[str] = field(default_factory=list)
    """Columns that say nothing we know."""
    orders: int = 0
    refunds: int = 0
    people: int = 0
    products: int = 0
    listings: int = 0
    events: int = 0
    spend: int = 0
    refused_file: str = ""
    repeated: bool = False
    """The very same file was imported before; nothing was read."""

    def as_dict(self) -> dict:
        return asdict(self)


def silent(what: str, done: int, total: int) -> None:
    """Progress for whoever does not look."""


def carry(
    kind: Kind,
    path: Path,
    *,
    options: Options,
    at: datetime,
    by: str = "",
    preview: bool = False,
    progress: Progress = silent,
) -> Report:
    """Import the file, or go on with an import that was killed; with `preview` only judge it."""
    file = look_at(path, options.encoding)
    digest = desks.digest(path)
    same = ImportRun.objects.filter(
        kind=kind.name, source=options.source, digest=digest, options=options.as_dict(), error=""
    )
    key = desks.key(kind.name, digest, options, preview=preview)
    if not preview and (before := same.exclude(finished_at=None).order_by("finished_at").first()):
        desks.put_away(key)
        return repeated(before, path)
    try:
        with desks.opened(key, file, options, at, progress) as desk:
            desks.lay_out(desk, kind.fields, kind.judge, kind.presets)
            if preview:
                report = foreseen(kind, desk)
            else:
                run = same.filter(finished_at=None).first() or begin(kind, desk, digest, by)
                report = work(kind, desk, run)
    except desks.AlreadyRunning:  # the desk is another's
        raise
    except Refused:
        desks.put_away(key)
        raise
    desks.put_away(key)
    return report


def repeated(run: ImportRun, path: Path) -> Report:
    """The report of a file that was imported before: nothing changes."""
    done = run.taken + run.mended + run.unchanged
    return Report(
        run.pk,
        run.kind,
        path.name,
        rows=run.rows,
        refused=run.refused,
        skipped=faults.skipped(run.reasons),
        unchanged=done,
        reasons=run.reasons,
        unread=run.unread,
        refused_file=run.refused_file,
        repeated=True,
    )


def begin(kind: Kind, desk: Desk, digest: str, by: str) -> ImportRun:
    wrong = faults.reasons(desk, refused=True)
    return ImportRun.objects.create(
        kind=kind.name,
        source=desk.options.source,
        file=desk.file.path.name[-300:],
        digest=digest,
        options=desk.options.as_dict(),
        started_at=desk.at,
        rows=desk.count("raw"),
        refused=sum(wrong.values()) - faults.skipped(wrong),
        reasons=wrong,
        unread=desk.unread(),
        by=by,
    )


def work(kind: Kind, desk: Desk, run: ImportRun) -> Report:
    if kind.prepare:
        kind.prepare(desk, run)
    total = kind.total(desk)
    for step in kind.steps(desk, run.progress):
        with transaction.atomic():
            advance(run, step)
        desk.progress("writing", run.progress, total)
    return finish(desk, run)


def advance(run: ImportRun, step: Step) -> None:
    tally = step.write(run)
    run.progress = step.upto
    run.taken += tally.taken
    run.mended += tally.mended
    run.unchanged += tally.unchanged
    run.reasons = dict(Counter(run.reasons) + tally.reasons)
    run.counts = dict(Counter(run.counts) + tally.counts)
    run.save(update_fields=["progress", "taken", "mended", "unchanged", "reasons", "counts"])


def finish(desk: Desk, run: ImportRun) -> Report:
    written = refused.write(desk, desks.folder() / f"{run.pk}-refused")
    run.refused_file = str(written or "")
    run.finished_at = max(clock.now(), run.started_at)
    run.save(update_fields=["refused_file", "finished_at"])
    return replace(report_of(run), preset=desk.preset.name if desk.preset else "")


def report_of(run: ImportRun) -> Report:
    return Report(
        run.pk,
        run.kind,
        run.file,
        rows=run.rows,
        taken=run.taken,
        mended=run.mended,
        refused=run.refused,
        skipped=faults.skipped(run.reasons),
        unchanged=run.unchanged,
        reasons=run.reasons,
        unread=run.unread,
        refused_file=run.refused_file,
        **made(run.counts),
    )


def foreseen(kind: Kind, desk: Desk) -> Report:
    tally, wrong = kind.foresee(desk), faults.reasons(desk, refused=True)
    return Report(
        None,
        kind.name,
        desk.file.path.name,
        rows=desk.count("raw"),
        taken=tally.taken,
        mended=tally.mended,
        refused=sum(wrong.values()) - faults.skipped(wrong),
        skipped=faults.skipped(wrong),
        preset=desk.preset.name if desk.preset else "",
        reasons={**wrong, **tally.reasons},
        unread=desk.unread(),
        **made(tally.counts),
    )


def made(counts: Mapping[str, int]) -> dict[str, Any]:
    return dict(counts)
