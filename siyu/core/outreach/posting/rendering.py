"""A registry of one: who makes messages of letters. Until somebody does, they say their variant's text."""

from collections.abc import Callable, Sequence
from datetime import datetime

from siyu.core.outreach.channels import Message
from siyu.core.outreach.dispatches import variant
from siyu.core.outreach.gate.door import Letter
from siyu.core.outreach.models import Dispatch

Render = Callable[[Dispatch, Sequence[Letter], datetime], Sequence[Message]]


def plain(dispatch: Dispatch, letters: Sequence[Letter], at: datetime) -> Sequence[Message]:
    return [as_written(dispatch, letter) for letter in letters]


def as_written(dispatch: Dispatch, letter: Letter) -> Message:
    said = variant(dispatch, letter.arm)
    text, subject = str(said.get("text", "")), str(said.get("subject", ""))
    return Message(letter.to, text, letter.key, subject=subject, kind=dispatch.kind)


_render: list[Render] = [plain]


def renders(render: Render) -> None:
    """From now on messages are made so, in the order of their letters."""
    _render[0] = render


def rendered(dispatch: Dispatch, letters: Sequence[Letter], at: datetime) -> Sequence[Message]:
    return _render[0](dispatch, letters, at)
