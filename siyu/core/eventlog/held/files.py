import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb

from siyu.core.eventlog.forgetting import Answer, Files, Somebody
from siyu.core.eventlog.imports import desk, uploads
from siyu.core.eventlog.models import ImportRun
from siyu.kit import clock

GONE = "The file named somebody who was erased since, and was deleted. Send it again without them."
STEP = 1 << 20
OVERLAP = 1 << 10


class ImportedFiles:
    """Refused rows, uploads and the desks of imports that were killed: a file that names the person is deleted."""

    name = "imports"

    def count(self, who: Somebody) -> dict[str, int]:
        return {"files": len(list(naming(who)))}

    def export(self, who: Somebody) -> Files:
        return {"imports": [{"file": path.name} for path in naming(who)]}

    def erase(self, who: Somebody) -> Answer:
        gone = list(naming(who))
        for path in gone:
            ImportRun.objects.filter(refused_file=str(path)).update(refused_file="")
            delete(path)
        for upload in uploads.open_ones():
            if not uploads.place(upload).exists():
                uploads.over(upload, refused_at=clock.now(), code="erased", reason=GONE)
        return Answer({"files": len(gone)})


def naming(who: Somebody) -> Iterator[Path]:
    """Files of imports that name the person. Of what cannot be read it is supposed: a desk can be laid out again."""
    for path in sorted(desk.folder().rglob("*")):
        if path.is_file() and names(path, who):
            yield path


def delete(path: Path) -> None:
    """A desk goes with its folder: what is left of one is no desk."""
    shutil.rmtree(path.parent, ignore_errors=True) if path.name.startswith("desk.duckdb") else path.unlink(True)


def names(path: Path, who: Somebody) -> bool:
    if path.name.startswith("desk.duckdb") or "tmp" in path.relative_to(desk.folder()).parts:
        return True
    if path.suffix.lower() == ".parquet":
        return parquet_names(path, who)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as book:
            return any(who.named_in(book.read(part).decode("utf-8", "replace")) for part in book.namelist())
    return text_names(path, who)


def parquet_names(path: Path, who: Somebody) -> bool:
    with duckdb.connect() as db:
        columns = [row[0] for row in db.execute("DESCRIBE FROM read_parquet(?)", [str(path)]).fetchall()]
        tests = " OR ".join(f'regexp_matches("{c.replace(chr(34), chr(34) * 2)}"::VARCHAR, $pattern)' for c in columns)
        query = f"SELECT count(*) FROM read_parquet($path) WHERE {tests}"
        return bool(db.execute(query, {"path": str(path), "pattern": who.pattern}).fetchall()[0][0])


def text_names(path: Path, who: Somebody) -> bool:
    before = b""
    with path.open("rb") as file:
        while part := file.read(STEP):
            said = before + part
            if any(who.named_in(said.decode(encoding, "ignore")) for encoding in ("utf-8", "gb18030", "utf-16")):
                return True
            before = part[-OVERLAP:]
    return False
