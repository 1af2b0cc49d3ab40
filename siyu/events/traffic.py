"""Ways by which people come, and what they cost. Amounts are minor units of the base currency."""

from datetime import date

from siyu.events.base import Event


class ChannelOpened(Event, frozen=True, kw_only=True):
    """`platform` and `domain`: where it stands."""

    name = "channel.opened"
    about = "channel"
    channel: int
    code: str
    platform: str
    domain: str
    by: str


class ChannelMoved(Event, frozen=True, kw_only=True):
    """It stands on another platform from `at` on; what was before stays where it was."""

    name = "channel.moved"
    about = "channel"
    channel: int
    code: str
    platform: str
    domain: str
    by: str


class ChannelRetired(Event, frozen=True, kw_only=True):
    name = "channel.retired"
    about = "channel"
    channel: int
    code: str
    by: str


class ChannelReopened(Event, frozen=True, kw_only=True):
    name = "channel.reopened"
    about = "channel"
    channel: int
    code: str
    by: str


class CampaignOpened(Event, frozen=True, kw_only=True):
    name = "campaign.opened"
    about = "campaign"
    campaign: int
    code: str
    by: str


class SpendRecorded(Event, frozen=True, kw_only=True):
    """What a day of a channel cost. Said again of the same day, channel, campaign, creator and currency, the newer word
    replaces. `said` is in minor units of `currency`, which was worth `rate` in the base currency."""

    name = "spend.recorded"
    about = "channel"
    channel: int
    day: date
    campaign: int | None
    creator: str
    currency: str
    said: int
    rate: str
    amount: int
    by: str
