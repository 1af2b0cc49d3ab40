"""The shape of an event, and how it is written down."""

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
        fields = {name: getattr(self, name) for name in self.__struct_fields__ if name not in ("at", "identity")}
        body: dict[str, Any] = {"subject": fields.pop(self.about, None) if self.about else None}
        body |= {name: fields.pop(name) for name in ("amount", "discount", "items") if name in fields}
        body["personal"] = {name: fields.pop(name) for name in self.personal}
        body["properties"] = fields
        return msgspec.json.encode({name: value for name, value in body.items() if value not in (None, {})}).decode()
