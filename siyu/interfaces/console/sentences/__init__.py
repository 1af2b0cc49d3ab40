"""The events of a person's timeline in words: one with no words of its own reads by its name."""

from siyu.events import BY_NAME
from siyu.interfaces.console import words
from siyu.interfaces.console.sentences.loyalty import LOYALTY
from siyu.interfaces.console.sentences.messages import MESSAGES
from siyu.interfaces.console.sentences.profile import PROFILE
from siyu.interfaces.console.sentences.told import LONGEST, Line, Sentence, Told
from siyu.interfaces.console.sentences.trade import SENT, TRADE

__all__ = ["Line", "Told", "of"]
SENTENCES = {**SENT, **TRADE, **PROFILE, **LOYALTY, **MESSAGES}
SHOWN = 4


def of(name: str) -> Sentence:
    return SENTENCES.get(name) or ("clock", "", lambda e: other(name, e))


def other(name: str, e: Told) -> tuple[str, str]:
    """What has no sentence reads by its name, with the first things that were said."""
    said = [f"{key}: {value}" for key, value in e.more.items() if isinstance(value, str | int | float)][:SHOWN]
    return words.word(name), (" · ".join(said) if name not in BY_NAME else "")[:LONGEST]
