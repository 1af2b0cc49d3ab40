"""Where people come from, and what that costs: three domains, platforms, channels and their owners, campaigns.

Platform (in a domain: public, commercial or private), Channel (with an owner; where it stands is a Placement, so that a
move leaves the past where it was), Campaign, Spend (a day, a channel, perhaps a campaign or a creator), Rule (what is
seen of a touch says which channel it came through), Terms (how far back a touch counts; what margin to assume).

A touchpoint is no row: it is an event of the lake with its channel by the rules of now (`touchpoints`), so a new rule
holds for the past too. `tree` opens, moves and retires, `spending` and `imports` take what was spent, `ruling` writes
rules, `sightings` keeps what is seen of each touch beside the lake, `returns` says what people cost and bring.

Announces channel.*, campaign.opened, spend.recorded; reacts to nothing.
"""
