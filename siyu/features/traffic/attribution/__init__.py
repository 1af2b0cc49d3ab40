"""Who gets the credit for a conversion: seven models over journeys of touches, of a file or of the lake.

Bookkeeping, not evidence: every model shares out the same conversions, to the last bit, and none of them says what
would have happened without a channel. That is what a holdout says.

`models(journeys)` is pure. Journeys come of paths, of rows of touches, or of files of either.
"""

from siyu.features.traffic.attribution.journeys import Journeys, of_paths
from siyu.features.traffic.attribution.models import MODELS, Attributed, Weights, attribute, models
from siyu.features.traffic.attribution.touches import of_rows

__all__ = ["MODELS", "Attributed", "Journeys", "Weights", "attribute", "models", "of_paths", "of_rows"]
