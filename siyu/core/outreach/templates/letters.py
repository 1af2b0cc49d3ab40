"""Messages made of letters, for the outbox: by arm, each in the reader's language, with links that count."""

from collections.abc import Sequence
from datetime import datetime

from siyu.core.outreach.channels import Message
from siyu.core.outreach.dispatches import variant
from siyu.core.outreach.gate.door import Letter
from siyu.core.outreach.models import Dispatch
from siyu.core.outreach.templates.rendering import Rendered
from siyu.core.outreach.templates.saying import render_variant


def written(dispatch: Dispatch, letters: Sequence[Letter], at: datetime) -> list[Message]:
    """In their order."""
    found: dict[int, Message] = {}
    for arm in sorted({letter.arm for letter in letters}):
        theirs = [letter for letter in letters if letter.arm == arm]
        said = render_variant(
            variant(dispatch, arm), [one.person for one in theirs], at=at,
            messages=[one.outgoing for one in theirs], dispatch=dispatch,
        )  # fmt: skip
        found |= {one.outgoing: message(dispatch, one, text) for one, text in zip(theirs, said, strict=True)}
    return [found[letter.outgoing] for letter in letters]


def message(dispatch: Dispatch, letter: Letter, said: Rendered) -> Message:
    """Whatever advertises names the way out of it."""
    out = said.unsubscribe if dispatch.kind in ("marketing", "social") else ""
    return Message(
        letter.to, said.text, letter.key, subject=said.subject, kind=dispatch.kind, html=said.html, unsubscribe=out,
        language=said.language, picture=said.picture,
    )  # fmt: skip
