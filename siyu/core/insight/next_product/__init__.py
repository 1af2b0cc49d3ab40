"""Next product: what to show each person, and why.

Two questions with two answers. *Buy again* (`again`): how likely is it that somebody takes a product they know once
more in the coming weeks, from how often, how lately and how regularly they took it. *Try something new* (`fresh`):
which product that they never had goes with all they have. One list orders both by how likely a purchase is.
"""

from siyu.core.insight.next_product.judging import evaluate
from siyu.core.insight.next_product.keeping import (
    Fitted,
    NotFitted,
    fit,
    fitted_as_of,
    keep_fresh,
    recommend,
    recommend_all,
)

__all__ = ["Fitted", "NotFitted", "evaluate", "fit", "fitted_as_of", "keep_fresh", "recommend", "recommend_all"]
