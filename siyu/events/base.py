"""The shape of an event, and how it is written down."""

import functools
from datetime import datetime
from typing import Any, ClassVar

import msgspec

BY_NAME: dict[str, type["Event"]] = {}


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an order: what, how many, what was paid for all of it and what was taken off, in minor units."""

    product: int
    quantity: int
    amount: int
    discount: int = 0


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened. `identity` is the identity number it hangs on; `at` is when it happened."""

    name: ClassVar[str] = ""
    about: ClassVar[str] = ""
    """The field that names the thing it is about; the lake calls it `subject`."""
    personal: ClassVar[tuple[str, ...]] = ()
    """Fields that say who somebody is; they go to a table of their own, so that they can be erased."""
    lasting: ClassVar[bool] = False
    """The books need it: when a person is erased, its properties stay, under a number that names nobody."""

    at: datetime
    identity: int | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.name:
            BY_NAME[cls.name] = cls

    def body(self) -> str:
        """The JSON that the log keeps: what the lake has columns for, then properties, then what is personal."""
        columns, personal, properties = _order(type(self))
        body = {key: value for key, name in columns if (value := getattr(self, name)) is not None}
        if personal:
            body["personal"] = {name: getattr(self, name) for name in personal}
        if properties:
            body["properties"] = {name: getattr(self, name) for name in properties}
        return msgspec.json.encode(body).decode()


@functools.cache
def _order(event: type[Event]) -> tuple[list[tuple[str, str]], list[str], list[str]]:
    """In what order fields are written: those that the lake has columns for, personal ones, the others."""
    columns = [("subject", event.about)] if event.about else []
    columns += [(name, name) for name in ("amount", "discount", "items") if name in event.__struct_fields__]
    said = {"at", "identity", *event.personal, *(name for _, name in columns)}
    return columns, list(event.personal), [name for name in event.__struct_fields__ if name not in said]
