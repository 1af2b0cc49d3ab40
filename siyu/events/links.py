"""What becomes of links, live codes and the domains they stand on. What visitors do with them is behaviour: `Link
Clicked` and `Code Scanned`."""

from datetime import datetime

from siyu.events.base import Event


class LinkMade(Event, frozen=True, kw_only=True):
    """`identity`: whom it was made for, where that is somebody."""

    name = "link.made"
    about = "link"
    link: int
    code: str
    channel: str
    campaign: str
    creator: str
    by: str


class LinkChanged(Event, frozen=True, kw_only=True):
    """`fields`: what is another now."""

    name = "link.changed"
    about = "link"
    link: int
    code: str
    fields: list[str]
    by: str


class LinkSwitchedOff(Event, frozen=True, kw_only=True):
    """It leads to its fallback, or nowhere."""

    name = "link.switched_off"
    about = "link"
    link: int
    code: str
    by: str


class LinkSwitchedOn(Event, frozen=True, kw_only=True):
    name = "link.switched_on"
    about = "link"
    link: int
    code: str
    by: str


class CodeMade(Event, frozen=True, kw_only=True):
    """A live code; from now on it may be printed."""

    name = "code.made"
    about = "live_code"
    live_code: int
    code: str
    pool: str
    by: str


class CodeFull(Event, frozen=True, kw_only=True):
    """A scan found no place: nobody is on duty, or all are full. Said once, until one finds a place again."""

    name = "code.full"
    about = "live_code"
    live_code: int
    code: str


class CodeRetired(Event, frozen=True, kw_only=True):
    """Whoever still scans it is led to its fallback."""

    name = "code.retired"
    about = "live_code"
    live_code: int
    code: str
    by: str


class DomainQuiet(Event, frozen=True, kw_only=True):
    """Clicks on it no longer arrive where they lead, compared with its own past: it may be blocked. `app`: in which
    in-app browser that is so; empty: everywhere. Shares are per mille."""

    name = "domain.quiet"
    host: str
    app: str
    clicks: int
    arrived: int
    usual: int
    since: datetime
