"""Messages that name somebody are theirs to have, and go with them."""

from pathlib import Path

from siyu.core.people.holdings import Answer, Somebody, hold
from siyu.core.people.holdings import Files as Parts
from siyu.interfaces.connectors.outbox.sender import newest, read


class Outbox:
    name = "outbox"

    def count(self, who: Somebody) -> dict[str, int]:
        return {"messages": len(naming(who))}

    def export(self, who: Somebody) -> Parts:
        return {"outbox": [sent._asdict() for path in naming(who) if (sent := read(path))]}

    def erase(self, who: Somebody) -> Answer:
        paths = naming(who)
        for path in paths:
            path.unlink(missing_ok=True)
        return Answer({"messages": len(paths)})


def naming(who: Somebody) -> list[Path]:
    return [path for path in newest() if (sent := read(path)) and who.named_in(f"{sent.to} {sent.subject} {sent.text}")]


hold(Outbox(), turn=66)
