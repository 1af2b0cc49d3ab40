"""What a person is still going to buy: BG/NBD for how often, Gamma-Gamma for how much, and what comparable people did
where they do not fit.

Pure functions of plain arrays, no table and no clock; only `reading` asks the lake. `docs/lifetime-value.md` tells how.

    bgnbd, gamma_gamma   the two models: fit, and what they expect
    spread               the 95 % intervals
    empirical            what comparable people did, where the models refuse
    model                `fit` chooses between them; `Model.predict` is the same for both
    calibration          predicted beside actual in a period held back
    reading, published   the summaries, from the lake or from a file of somebody else's
    appraisal            all of it in one call, for `siyu ltv`, the report and the portraits
"""

from siyu.core.insight.lifetime.appraisal import Appraisal, NothingBought, appraise, as_dict, people, table
from siyu.core.insight.lifetime.bgnbd import BgNbd, fit_bgnbd
from siyu.core.insight.lifetime.gamma_gamma import GammaGamma, fit_gamma_gamma
from siyu.core.insight.lifetime.model import Fit, Model, NoModel, Parametric, fit
from siyu.core.insight.lifetime.reading import Window
from siyu.core.insight.lifetime.summary import Followup, Prediction, Summary

__all__ = [
    "Appraisal",
    "BgNbd",
    "Fit",
    "Followup",
    "GammaGamma",
    "Model",
    "NoModel",
    "NothingBought",
    "Parametric",
    "Prediction",
    "Summary",
    "Window",
    "appraise",
    "as_dict",
    "fit",
    "fit_bgnbd",
    "fit_gamma_gamma",
    "people",
    "table",
]
