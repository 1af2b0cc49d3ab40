"""Operators, programs and other packages make links, change them and switch them off."""

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import batched
from typing import Any

import msgspec
from django.contrib.auth.hashers import make_password
from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.links import domains, known
from siyu.core.links.models import Code, Link
from siyu.core.links.targets import CODE, sound, sound_apps, sound_targets, sound_utm
from siyu.events.links import LinkChanged, LinkMade, LinkSwitchedOff, LinkSwitchedOn
from siyu.kit.refusals import KeyReused, Refused
from siyu.kit.rows import insert

AT_ONCE = 10_000
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
LENGTH = 7
"""27 milliards of codes: whoever guesses a million finds next to none."""
COLUMNS = (
    "code", "key", "digest", "title", "targets", "apps", "utm", "channel", "campaign", "creator", "identity",
    "expires_at", "fallback", "password", "routed", "by", "made_at",
)  # fmt: skip


class BadLink(Refused):
    code = "bad_link"
    status = 422


class CodeTaken(Refused):
    code = "code_taken"
    status = 409


class NoSuchLink(Refused):
    code = "no_such_link"
    status = 404


class Wish(msgspec.Struct, kw_only=True, frozen=True):
    """A link that somebody wants. `targets` is an address, or [{url, weight, name}]; `code` its own letters."""

    targets: str | list[dict[str, Any]]
    title: str = ""
    code: str = ""
    apps: dict[str, str] = {}
    utm: dict[str, str] = {}
    channel: str = ""
    campaign: str = ""
    creator: str = ""
    identity: int | None = None
    expires_at: datetime | None = None
    fallback: str = ""
    password: str = ""
    routed: bool = True
    key: str | None = None


def make(wish: Wish, *, by: str, at: datetime) -> Link:
    """One link; with the same key again the same one."""
    return make_many([wish], by=by, at=at)[0]


@transaction.atomic
def make_many(wishes: Sequence[Wish], *, by: str, at: datetime) -> list[Link]:
    """All of them or none, in their order. A key that was used before brings back the link that it made."""
    if len(wishes) > AT_ONCE:
        raise BadLink(f"at most {AT_ONCE:,} links at once")
    one_at_a_time("links")
    differ([wish.key for wish in wishes])
    asked = list(sounded(wishes, domains.hosts()))
    there = by_key([wish.key for wish in wishes if wish.key])
    unclaimed({n: wish.code for n, wish in enumerate(wishes) if wish.code and wish.key not in there})
    fresh = [(wish, said, seal) for wish, (said, seal) in zip(wishes, asked, strict=True) if wish.key not in there]
    made = iter(written(fresh, by, at))
    found = [there[wish.key] if wish.key in there else next(made) for wish in wishes]
    for n, (link, (_, seal)) in enumerate(zip(found, asked, strict=True)):
        if link.digest != seal:
            raise KeyReused(f"the key {link.key!r} made another link", nth=n)
    return found


def differ(keys: Iterable[str | None]) -> None:
    seen: set[str] = set()
    for n, key in enumerate(keys):
        if key in seen:
            raise KeyReused("a key stands twice in one request", nth=n)
        seen |= {key} if key else set()


def sounded(wishes: Iterable[Wish], hosts: Iterable[str]) -> Iterator[tuple[dict[str, Any], str]]:
    for n, wish in enumerate(wishes):
        try:
            yield sound_wish(wish, hosts), digest(wish)
        except Refused as no:
            no.nth = n
            raise


def unclaimed(codes: Mapping[int, str]) -> None:
    """`codes`: by the place of their wish among all."""
    taken = codes_taken(codes.values())
    for n, code in codes.items():
        if code in taken:
            raise CodeTaken(f"there is a link or a live code {code!r} already", nth=n)
        taken.add(code)


def sound_wish(wish: Wish, hosts: Iterable[str]) -> dict[str, Any]:
    """What it says in the words of the table, or a refusal."""
    hosts = frozenset(hosts)
    targets = [{"url": wish.targets}] if isinstance(wish.targets, str) else wish.targets
    for name, most in (("title", 100), ("channel", 50), ("campaign", 50), ("creator", 100), ("key", 150)):
        value = getattr(wish, name) or ""
        if len(value) > most or not (value.isprintable() or not value):
            raise BadLink(f"{name} has at most {most} printable characters")
    if wish.code and not CODE.fullmatch(wish.code):
        raise BadLink("a code has 3 to 40 small letters, digits and hyphens")
    if len(wish.password) > 100:
        raise BadLink("a password has at most 100 characters")
    return {
        "title": wish.title.strip(), "code": wish.code, "key": wish.key or None, "channel": wish.channel,
        "targets": sound_targets(targets, hosts), "apps": sound_apps(wish.apps, hosts), "utm": sound_utm(wish.utm),
        "fallback": sound(wish.fallback, hosts=hosts) if wish.fallback else "", "campaign": wish.campaign,
        "creator": wish.creator, "identity": wish.identity, "expires_at": wish.expires_at, "routed": wish.routed,
        "password": make_password(wish.password) if wish.password else "",
    }  # fmt: skip


def digest(wish: Wish) -> str:
    return hashlib.blake2b(msgspec.json.encode(wish, order="deterministic"), digest_size=16).hexdigest()


def by_key(keys: Sequence[str]) -> dict[str | None, Link]:
    return {one.key: one for some in batched(keys, 500) for one in Link.objects.filter(key__in=some)}


def written(asked: Sequence[tuple[Wish, dict[str, Any], str]], by: str, at: datetime) -> list[Link]:
    """New rows, announced, in the order in which they were asked for."""
    codes = [said["code"] or free for (_, said, _), free in zip(asked, drawn(len(asked)), strict=True)]
    rows = [
        row({**said, "code": code, "digest": seal}, by, at) for (_, said, seal), code in zip(asked, codes, strict=True)
    ]
    insert(Link, COLUMNS, rows)
    there = {one.code: one for some in batched(codes, 500) for one in Link.objects.filter(code__in=some)}
    links = [there[code] for code in codes]
    announce(
        *(
            LinkMade(
                at=at, identity=one.identity, link=one.pk, code=one.code, channel=one.channel,
                campaign=one.campaign, creator=one.creator, by=by,
            )
            for one in links
        )
    )  # fmt: skip
    return links


def row(said: Mapping[str, Any], by: str, at: datetime) -> list[Any]:
    values = {**said, "by": by, "made_at": at}
    return [
        msgspec.json.encode(value).decode() if isinstance(value := values[name], dict | list) else value
        for name in COLUMNS
    ]


def drawn(count: int) -> list[str]:
    """So many codes that nobody has."""
    found: set[str] = set()
    while len(found) < count:
        some = {"".join(secrets.choice(LETTERS) for _ in range(LENGTH)) for _ in range(count - len(found))}
        found |= some - codes_taken(some)
    return list(found)


def codes_taken(codes: Iterable[str]) -> set[str]:
    """Of links and of live codes: whoever types the letters of one below the other's address finds it all the same."""
    return {
        code
        for some in batched(codes, 500)
        for model in (Link, Code)
        for code in model.objects.filter(code__in=some).values_list("code", flat=True)
    }


EDITABLE = (
    "targets", "title", "apps", "utm", "channel", "campaign", "creator", "expires_at", "fallback", "password", "routed",
)  # fmt: skip


@transaction.atomic
def change(*, link: int, by: str, at: datetime, **said: Any) -> Link:
    """What is said is so from now on, everywhere within a second or two; a `password` of "" takes it away."""
    found = locked(link)
    if unknown := set(said) - set(EDITABLE):
        raise BadLink(f"{', '.join(sorted(unknown))} of a link cannot be changed")
    wish = Wish(**{"targets": found.targets, **said})
    sounded = sound_wish(wish, domains.hosts())
    fields = [name for name in said if getattr(found, name) != sounded[name]]
    if fields:
        for name in fields:
            setattr(found, name, sounded[name])
        found.changed_at = at
        found.save(update_fields=[*fields, "changed_at"])
        announce(LinkChanged(at=at, link=found.pk, code=found.code, fields=sorted(fields), by=by))
        known.changed()
    return found


@transaction.atomic
def switch_off(*, link: int, by: str, at: datetime) -> Link:
    """It leads to its fallback, or to a page that says that it is over. Its code is never another's."""
    found = locked(link)
    if found.off_at is None:
        found.off_at = at
        found.save(update_fields=["off_at"])
        announce(LinkSwitchedOff(at=at, link=found.pk, code=found.code, by=by))
        known.changed()
    return found


@transaction.atomic
def switch_on(*, link: int, by: str, at: datetime) -> Link:
    found = locked(link)
    if found.off_at:
        found.off_at = None
        found.save(update_fields=["off_at"])
        announce(LinkSwitchedOn(at=at, link=found.pk, code=found.code, by=by))
        known.changed()
    return found


def locked(link: int) -> Link:
    found = Link.objects.select_for_update(no_key=True).filter(pk=link).first()
    if found is None:
        raise NoSuchLink("there is no such link")
    return found
