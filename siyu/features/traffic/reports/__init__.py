"""Scheduled reports: what the cockpit shows, of a day, a week or a month, to addresses that an operator subscribed.

Subscription (an address, a rhythm, a language, an hour), Report (the figures of a period, the same for everybody),
Edition (a report on its way to one subscription, and the page that it leaves behind: whoever has its address may read
it until it expires or is revoked). Nothing of a member stands in them, only sums.
"""
