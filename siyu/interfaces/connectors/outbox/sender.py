"""A file a message. Its name begins with the moment, so that the newest are found without opening the others."""

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from django.conf import settings

from siyu.core.outreach.channels import Message, Receipt, Sent
from siyu.core.outreach.decision import Decision

KEPT = timedelta(days=7)


def folder() -> Path:
    return Path(settings.SIYU.home) / "outbox"


class Files:
    name = "outbox"

    def send(self, decision: Decision, message: Message, *, at: datetime) -> Receipt:
        """Readable by the owner only; a second one under the same key finds the first."""
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        key = hashlib.sha256(message.key.encode()).hexdigest()[:24]
        if before := next(folder().glob(f"*-{key}.json"), None):
            return Receipt(self.name, before.stem, at)
        path = folder() / f"{at.astimezone(UTC):%Y%m%dT%H%M%S%f}-{key}.json"
        sent = Sent(at, decision.channel, message.to, message.subject, message.text, message.kind)
        half = path.with_suffix(".half")
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(sent._asdict()), indent=1))
        half.rename(path)
        return Receipt(self.name, path.stem, at)

    def latest(self, limit: int) -> list[Sent]:
        return [sent for path in newest()[:limit] if (sent := read(path))]


def newest() -> list[Path]:
    return sorted(folder().glob("*.json"), reverse=True)


def read(path: Path) -> Sent | None:
    """None: it was swept away meanwhile."""
    try:
        said = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except FileNotFoundError:
        return None
    return Sent(**said | {"at": datetime.fromisoformat(said["at"])})  # type: ignore[arg-type]


def forget(at: datetime) -> int:
    """The worker's chore: what is older than a week."""
    limit = f"{(at - KEPT).astimezone(UTC):%Y%m%dT%H%M%S%f}"
    old = [path for path in newest() if path.name < limit]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
