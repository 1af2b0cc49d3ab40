"""What loyalty holds of somebody, a holding for each family."""

from siyu.features.loyalty.badges import held as badges  # noqa: F401
from siyu.features.loyalty.benefits import held as benefits  # noqa: F401
from siyu.features.loyalty.checkin import held as checkin  # noqa: F401
from siyu.features.loyalty.coupons import held as coupons  # noqa: F401
from siyu.features.loyalty.levels import held as levels  # noqa: F401
from siyu.features.loyalty.membership import held as membership  # noqa: F401
from siyu.features.loyalty.points import held as points  # noqa: F401
from siyu.features.loyalty.tasks import held as tasks  # noqa: F401
