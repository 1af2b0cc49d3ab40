"""Who somebody is, what they agreed to, and what was decided about them."""

from django.utils.translation import gettext as _

from siyu.interfaces.console import words
from siyu.interfaces.console.sentences.told import Sentence, Told, by

SHOWN = 4
PROFILE: dict[str, Sentence] = {
    "person.appeared": ("people", "", lambda e: (_("Became known"), known_as(e))),
    "person.described": ("pencil", "", lambda e: (_("Something was learnt"), learnt(e))),
    "person.tagged": ("tags", "", lambda e: (_("Tagged %(tag)s") % {"tag": e.more.get("tag", "")}, by(e))),
    "person.untagged": ("tags", "kept", lambda e: (_("Lost the tag %(tag)s") % {"tag": e.more.get("tag", "")}, by(e))),
    "visitor.excluded": ("visitors", "kept", lambda e: (_("Does not count from now on"), set_aside(e))),
    "visitor.readmitted": ("visitors", "", lambda e: (_("Counts again"), by(e))),
    "identity.matched": ("people", "", lambda e: (_("Something says who is who"), tied(e))),
    "identity.unmatched": ("people", "kept", lambda e: (_("Evidence of who is who was withdrawn"), tied(e))),
    "identity.separated": ("people", "kept", lambda e: (_("Kept apart from somebody"), by(e))),
    "identity.reconciled": ("people", "", lambda e: (_("No longer kept apart from somebody"), by(e))),
    "identity.linked": ("people", "", lambda e: (_("Found to be this person"), "")),
    "account.joined": ("people", "", lambda e: (_("Another account of theirs became part of this one"), "")),
    "account.parted": ("people", "kept", lambda e: (_("That account is one of its own again"), "")),
    "consent.given": ("check", "", lambda e: (_("Said yes to %(channel)s") % {"channel": channel(e)}, e.source)),
    "consent.withdrawn": ("cross", "kept", lambda e: (_("Said no to %(channel)s") % {"channel": channel(e)}, e.source)),
    "candidate.accepted": ("check", "money", lambda e: (_("Chosen as a seed user"), by(e))),
    "candidate.rejected": ("cross", "kept", lambda e: (_("Not chosen as a seed user"), e.more.get("reason") or by(e))),
    "candidate.reopened": ("back", "", lambda e: (_("The choice was taken back"), by(e))),
    "member.joined": ("people", "money", lambda e: (_("Became a member"), via(e))),
    "member.signed_in": ("door", "", lambda e: (_("Signed in"), via(e))),
    "address.suppressed": ("cross", "kept", lambda e: (_("Nothing is sent to an address of theirs any more"), why(e))),
    "address.freed": ("check", "", lambda e: (_("That address is written to again"), by(e))),
}


def via(e: Told) -> str:
    return words.word(e.more.get("via", ""))


def why(e: Told) -> str:
    return words.word(e.more.get("reason", ""))


def known_as(e: Told) -> str:
    return _("As %(namespace)s, by %(source)s") % {
        "namespace": words.word(e.more.get("namespace", "")),
        "source": e.source,
    }


def learnt(e: Told) -> str:
    """Names of what was learnt; the values of what is personal stay out."""
    private = (e.body.get("personal") or {}).get("private") or {}
    said = [f"{words.word(name)}: {words.value(value)}" for name, value in (e.more.get("traits") or {}).items()]
    said += [words.word(name) for name in private]
    more = len(said) - SHOWN
    return "; ".join(said[:SHOWN]) + (_(" and %(n)s more") % {"n": more} if more > 0 else "")


def tied(e: Told) -> str:
    return " · ".join(said for said in (words.tie(e.more.get("rule", "")), by(e)) if said)


def set_aside(e: Told) -> str:
    said = (words.rule(e.more.get("rule", "")), str(e.more.get("reason") or ""), by(e))
    return " · ".join(part for part in said if part)


def channel(e: Told) -> str:
    return f"{words.word(e.more.get('channel', ''))} · {words.word(e.more.get('purpose', ''))}"
