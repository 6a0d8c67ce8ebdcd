"""Charts of a county over several years, made from an :class:`edukit.monitoring.Monitoring`."""

from edukit.figures.years.levels import coefficients, means
from edukit.figures.years.units import units

__all__ = ["coefficients", "means", "units"]
