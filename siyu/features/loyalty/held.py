"""What loyalty holds of somebody, a holding for each family."""

from siyu.features.loyalty.checkin import held as checkin  # noqa: F401
