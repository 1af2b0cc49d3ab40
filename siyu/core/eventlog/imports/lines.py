"""Files that SDKs write themselves: one message a line in the words of Segment or Sensors, gzipped or not.

Nothing is read column by column: lines land as they are, and the drain understands them as it does those from the wire.
A killed run goes on after the last batch that it committed; the lake knows what came twice.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from django.conf import settings
from django.db import transaction

from siyu.core.eventlog.imports.desk import Options, Progress, digest
from siyu.core.eventlog.imports.runs import Kind, Report, carry, repeated, report_of, silent
from siyu.core.eventlog.land import land
from siyu.core.eventlog.models import ImportRun
from siyu.kit import clock
from siyu.kit.tables import Unreadable

BATCH = 5_000
"""Messages a batch."""
LONGEST = 32 * 1024
LOOKED_AT = 20
"""Lines by which a file is known."""
SEGMENT = frozenset(["track", "identify", "page", "screen", "group", "alias"])
SENSORS = ("track", "profile_", "item_")


def bring_in(
    kind: Kind, path: Path, *, options: Options, at: datetime, dialect: str | None = None, by: str = "",
    preview: bool = False, progress: Progress = silent,
) -> Report:  # fmt: skip
    """Import the file, whichever of the two it is: a table, or events in the words of an SDK."""
    said: dict[str, Any] = {"at": at, "by": by, "preview": preview, "progress": progress}
    words = (dialect or (None if options.mapping else dialect_of(path))) if kind.name == "events" else None
    if words:
        return carry_lines(path, dialect=words, source=options.source, **said)
    return carry(kind, path, options=options, **said)


def dialect_of(path: Path) -> str | None:
    """Whose words the file is in, by most of its first lines (a logger that dies leaves half a line); None: it is a
    table like any other."""
    if not path.is_file():
        return None
    try:
        with opened(path) as file:
            said = Counter(dialect_of_line(line) for line in islice(file, LOOKED_AT) if line.strip())
    except (OSError, EOFError):
        return None
    (words, lines), *_ = said.most_common(1) or [(None, 0)]
    return words if 2 * lines > said.total() else None


def dialect_of_line(line: bytes) -> str | None:
    message: Any = None
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        message = msgspec.json.decode(unwrapped(line))
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(kind, str):
        return None
    if "distinct_id" in message or "identities" in message or kind.startswith(SENSORS[1:]):
        return "sensors" if kind.startswith(SENSORS) else None
    return "segment" if kind in SEGMENT and message.keys() & {"userId", "anonymousId", "messageId"} else None


def opened(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if zipped else path.open("rb")  # type: ignore[return-value]


def carry_lines(
    path: Path, *, dialect: str, source: str, at: datetime, by: str = "", preview: bool = False,
    progress: Progress = silent,
) -> Report:  # fmt: skip
    """Land the file under the source, or go on where a killed run stopped; with `preview` only count."""
    if not path.is_file():
        raise Unreadable(f"There is no file {path}.", code="file_missing")
    mark = digest(path)
    same = ImportRun.objects.filter(kind="events", source=source, digest=mark, options={"dialect": dialect}, error="")
    if preview:
        return foreseen(path)
    if before := same.exclude(finished_at=None).first():
        return repeated(before, path)
    run = same.first() or ImportRun.objects.create(
        kind="events", source=source, file=path.name[-300:], digest=mark, options={"dialect": dialect},
        started_at=at, by=by,
    )  # fmt: skip
    for lines in batches(path, after=run.rows):
        with transaction.atomic():
            take(run, lines, dialect, at)
        progress("landing", run.rows, 0)
    return finished(run)


def batches(path: Path, after: int = 0) -> Iterator[list[tuple[int, bytes]]]:
    """Numbered lines."""
    with opened(path) as file:
        numbered = islice(enumerate(file, 1), after, None)
        try:
            while lines := list(islice(numbered, BATCH)):
                yield lines
        except (OSError, EOFError) as broken:
            raise Unreadable(f"{path.name} ends before its end: {broken}", code="file_unreadable") from broken


def take(run: ImportRun, lines: list[tuple[int, bytes]], dialect: str, at: datetime) -> None:
    """Committed before the run has moved, where landing has a database of its own."""
    good, bad = sorted_out(lines)
    if good:
        land(b"\n".join(good), count=len(good), source=run.source, dialect=dialect, received_at=at, imported=True)
    keep_refused(run, bad)
    run.rows = lines[-1][0]
    run.progress = run.rows
    run.taken += len(good)
    run.refused += len(bad)
    for _, code, _ in bad:
        run.reasons[code] = run.reasons.get(code, 0) + 1
    run.counts = {"events": run.taken}
    run.save()


def sorted_out(lines: Iterable[tuple[int, bytes]]) -> tuple[list[bytes], list[tuple[int, str, bytes]]]:
    good, bad = [], []
    for number, line in lines:
        message = unwrapped(line.strip().removeprefix(b"\xef\xbb\xbf"))
        if not message:
            continue
        if code := fault(message):
            bad.append((number, code, message))
        else:
            good.append(message)
    return good, bad


def unwrapped(line: bytes) -> bytes:
    """A line of a file of refused ones is the line that was refused: mended there, the file is imported as it is."""
    if not line.startswith(b'{"_row"'):
        return line
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError, UnicodeEncodeError):
        return msgspec.json.decode(line, type=Refused).line.strip().encode()
    return line


class Refused(msgspec.Struct):
    line: str


_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


def fault(message: bytes) -> str | None:
    if len(message) > LONGEST:
        return "message_too_large"
    try:
        message.decode()
        _object.decode(message)
    except UnicodeDecodeError:
        return "encoding_wrong"
    except (msgspec.DecodeError, RecursionError):
        return "row_malformed"
    return None


def keep_refused(run: ImportRun, bad: list[tuple[int, str, bytes]]) -> None:
    """In a file of their own, each with its line and reason."""
    if not bad:
        return
    path = Path(settings.SIYU.home) / "imports" / f"{run.pk}-refused.ndjson"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        for number, code, message in bad:
            told = {"_row": number, "_reason": code, "line": message.decode(errors="backslashreplace")}
            file.write(json.dumps(told, ensure_ascii=False) + "\n")
    run.refused_file = str(path)


def finished(run: ImportRun) -> Report:
    run.finished_at = max(clock.now(), run.started_at)
    run.save(update_fields=["finished_at"])
    return report_of(run)


def foreseen(path: Path) -> Report:
    taken, rows, reasons = 0, 0, Counter[str]()
    for lines in batches(path):
        good, bad = sorted_out(lines)
        taken, rows = taken + len(good), lines[-1][0]
        reasons.update(code for _, code, _ in bad)
    told = Report(None, "events", path.name, rows=rows, taken=taken, events=taken)
    return replace(told, refused=reasons.total(), reasons=dict(reasons))
