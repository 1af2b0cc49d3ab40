"""Saved audiences, their snapshots, and tags that follow a definition."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from siyu.core.insight import audiences
from siyu.core.insight.audiences import language
from siyu.core.insight.models import Audience, Snapshot, TagRule
from siyu.core.people.models import Tag, Tagging
from siyu.core.people.tags import tag as stick
from siyu.core.people.tags import untag
from siyu.kit import codes
from siyu.kit.refusals import Refused


class NameTaken(Refused):
    code = "name_taken"
    status = 409


class InUse(Refused):
    code = "in_use"
    status = 409


class BadName(Refused):
    code = "bad_name"
    status = 422


class SnapshotGone(Refused):
    code = "snapshot_gone"
    status = 410


@transaction.atomic
def save_audience(*, name: str, definition: Any, by: str, at: datetime, audience: Audience | None = None) -> Audience:
    """A new audience, or what an old one says from now on. Others that speak of it say so at once."""
    name = name.strip()
    if not 0 < len(name) <= 100 or name.startswith("{"):
        raise BadName("A name has 1 to 100 characters and does not look like JSON.")
    if audience and audience.name != name:
        unmentioned(audience)
    audiences.parse(definition, inside=name)
    audience = audience or Audience(made_at=at)
    audience.name, audience.definition, audience.by, audience.changed_at = name, definition, by, at
    try:
        with transaction.atomic():
            audience.save()
    except IntegrityError:
        raise NameTaken(f"There is an audience called {name!r} already.") from None
    return audience


def archive_audience(*, audience: Audience, at: datetime) -> Audience:
    """Out of the lists and out of the language; its snapshots stay."""
    unmentioned(audience)
    audience.archived_at = at
    audience.save(update_fields=["archived_at"])
    return audience


def unmentioned(audience: Audience) -> None:
    """Refuse while another definition speaks of it."""
    called = {audience.name, codes.encode("aud", audience.pk, settings.SECRET_KEY)}
    others = Audience.objects.filter(archived_at=None).exclude(pk=audience.pk)
    users = [
        name for name, definition in others.values_list("name", "definition") if called & set(mentions(definition))
    ]
    rules = TagRule.objects.select_related("tag")
    users += [rule.tag.name for rule in rules if called & set(mentions(rule.definition))]
    if users:
        raise InUse(f"{audience.name} is spoken of by {', '.join(sorted(users)[:5])}.")


def mentions(part: Any) -> Iterator[str]:
    """Names in `in_audience`, anywhere in a definition."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "in_audience" and isinstance(value, str):
                yield value
            yield from mentions(value)
    elif isinstance(part, list):
        for item in part:
            yield from mentions(item)


def take_snapshot(*, audience: Audience, by: str, at: datetime) -> Snapshot:
    """Who is in it now, kept: the file first, so that no row ever points at nothing."""
    people = audiences.members(audience.definition)
    name = f"{audience.pk}-{at:%Y%m%dT%H%M%S%f}.parquet"
    file = folder() / name
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{name}")
    pq.write_table(pa.table({"person": people}), fresh, compression="zstd")
    fresh.replace(file)
    return Snapshot.objects.create(
        audience=audience, definition=audience.definition, taken_at=at, people=len(people), file=name, by=by
    )


def folder() -> Path:
    return Path(settings.SIYU.home) / "derived" / "snapshots"


@dataclass(frozen=True)
class Difference:
    """Between two snapshots: numbers of who came in and who went out, and how many stayed."""

    came_in: np.ndarray
    went_out: np.ndarray
    stayed: int


def compare(*, older: Snapshot, newer: Snapshot) -> Difference:
    before, after = people_of(older), people_of(newer)
    came_in = np.setdiff1d(after, before, assume_unique=True)
    return Difference(came_in, np.setdiff1d(before, after, assume_unique=True), len(after) - len(came_in))


def people_of(snapshot: Snapshot) -> np.ndarray:
    file = folder() / snapshot.file
    if not file.exists():
        raise SnapshotGone(f"The list of {snapshot.taken_at:%Y-%m-%d %H:%M} is no longer there.")
    return pq.read_table(file).column("person").to_numpy()


@transaction.atomic
def set_tag_rule(*, tag: Tag, definition: Any, by: str, at: datetime) -> TagRule:
    """From now on the tag follows the definition; it takes hold when rules are applied next."""
    node = audiences.parse(definition).node
    own = [leaf for leaf in language.leaves(node) if isinstance(leaf, language.Tag) and leaf.name == tag.name]
    if any(leaf.group in (None, tag.group.name) for leaf in own):
        raise Refused(f"A rule for {tag.name} cannot ask for {tag.name}: it would never rest.", code="cycle")
    values = {"definition": definition, "by": by, "made_at": at, "applied_at": None, "error": ""}
    return TagRule.objects.update_or_create(tag=tag, defaults=values)[0]


def drop_tag_rule(*, rule: TagRule) -> None:
    """The tag stays with whom it is on, and follows nothing any more."""
    rule.delete()


def apply_tag_rules(*, at: datetime) -> dict[str, tuple[int, int]]:
    """Every rule once, the longest untouched first: {tag: (set, taken)}. A rule that is refused keeps why, and holds
    up no other."""
    rules = TagRule.objects.filter(tag__retired_at=None).select_related("tag__group")
    return {
        rule.tag.name: apply_tag_rule(rule=rule, at=at)
        for rule in rules.order_by(F("applied_at").asc(nulls_first=True))
    }


def apply_tag_rule(*, rule: TagRule, at: datetime) -> tuple[int, int]:
    try:
        wanted = set(audiences.members(rule.definition).tolist())
    except Refused as refused:
        TagRule.objects.filter(pk=rule.pk).update(applied_at=at, error=refused.message)
        return 0, 0
    with transaction.atomic():
        carry = set(Tagging.objects.filter(tag=rule.tag).values_list("identity__person", flat=True))
        by = f"rule: {rule.tag.name}"
        stuck = stick(tag=rule.tag, identities=wanted - carry, by=by, at=at)
        taken = untag(tag=rule.tag, identities=carry - wanted, by=by, at=at)
        TagRule.objects.filter(pk=rule.pk).update(applied_at=at, error="")
    return stuck, taken
