"""Maximum of a smooth log-likelihood of a few positive parameters, with the gradient and Hessian that it gives."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from siyu.core.insight.lifetime.summary import Floats

Derivatives = tuple[float, Floats, Floats]
ENOUGH = 1e-10
"""Of the log-likelihood per customer still to be gained, by the quadratic model."""
FAR = 25.0
"""A logarithm beyond this has no maximum to run to."""


@dataclass(frozen=True)
class Maximum:
    at: Floats
    value: float
    covariance: Floats
    """Of the logarithms of the parameters."""
    converged: bool


def maximise(derivatives: Callable[[Floats], Derivatives], start: Floats, *, size: float, tries: int = 100) -> Maximum:
    """Newton's method over the logarithms, so that parameters stay positive.

    Where the surface is not concave a step follows the absolute curvature; a step that gains nothing is halved.
    `derivatives` gives value, gradient and Hessian by the parameters themselves; `size` is the number of customers.
    """
    theta = np.log(start)
    value, slope, bend = _by_logarithm(derivatives, theta)
    for _ in range(tries):
        step, gain = _step(slope, bend)
        if gain <= ENOUGH * size or np.abs(theta).max() > FAR:
            break
        for halving in range(30):
            there = theta + step / 2**halving
            ahead = _by_logarithm(derivatives, there)
            if ahead[0] > value:
                break
        else:
            break
        theta, (value, slope, bend) = there, ahead
    covariance = np.linalg.pinv(-bend, rcond=1e-10, hermitian=True)
    return Maximum(np.exp(theta), value, covariance, bool(gain <= ENOUGH * size and np.abs(theta).max() <= FAR))


def _by_logarithm(derivatives: Callable[[Floats], Derivatives], theta: Floats) -> Derivatives:
    parameters = np.exp(theta)
    value, slope, bend = derivatives(parameters)
    slope = slope * parameters
    return value, slope, bend * np.outer(parameters, parameters) + np.diag(slope)


def _step(slope: Floats, bend: Floats) -> tuple[Floats, float]:
    """The step, at most 2 long, and what the quadratic model hopes to gain by it."""
    roots, axes = np.linalg.eigh(-bend)
    along = axes.T @ slope
    scale = np.maximum(np.abs(roots), 1e-12 * np.abs(roots).max() + 1e-300)
    step = axes @ (along / scale)
    gain = float((along**2 / scale).sum() / 2)
    return step * min(1.0, 2.0 / (float(np.linalg.norm(step)) + 1e-300)), gain
