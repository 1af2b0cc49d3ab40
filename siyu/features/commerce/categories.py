"""The tree of shelves of our own shop: the way down to one, and what is below it."""

from collections.abc import Sequence
from typing import NamedTuple

from siyu.features.commerce.models import Category


class Shelf(NamedTuple):
    number: int
    name: str


Tree = Sequence[tuple[int, int | None, str]]
"""(category, the one above it, name), in the order of the shelves."""


def tree() -> Tree:
    return list(Category.objects.order_by("position", "name", "pk").values_list("pk", "parent", "name"))


def below(tree: Tree, shelf: int) -> set[int]:
    """It, and all that hang under it."""
    found, edge = {shelf}, {shelf}
    while edge := {pk for pk, parent, _ in tree if parent in edge} - found:
        found |= edge
    return found


def way(tree: Tree, shelf: int | None) -> list[Shelf]:
    """From the top down to the shelf."""
    known = {pk: (parent, name) for pk, parent, name in tree}
    path: list[Shelf] = []
    while shelf in known and len(path) < len(known):
        parent, name = known[shelf]
        path.insert(0, Shelf(shelf, name))
        shelf = parent
    return path


def paths() -> list[tuple[int, str]]:
    """(category, the names on its way), by name."""
    known = tree()
    found = [(pk, " / ".join(one.name for one in way(known, pk))) for pk, *_ in known]
    return sorted(found, key=lambda one: one[1])
