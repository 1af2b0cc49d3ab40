"""Where `asof` was looked for before it landed."""

from siyu.core.insight.asof import default_as_of, resolve

__all__ = ["default_as_of", "resolve"]
