"""Sentences of a monitoring review (监测复查), made from an :class:`edukit.monitoring.Monitoring`."""

from edukit.text.years.chapters import improved, ledger, levels, new, slipped, units
from edukit.text.years.opening import conclusion, cover, scope

__all__ = ["conclusion", "cover", "improved", "ledger", "levels", "new", "scope", "slipped", "units"]
