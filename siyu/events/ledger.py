"""What the books say of themselves."""

from siyu.events.base import Event


class BooksDisproved(Event, frozen=True, kw_only=True):
    """The books were proved, and these `rules` do not hold: somebody has to look."""

    name = "books.disproved"
    about = "proof"
    proof: int
    rules: list[str]
