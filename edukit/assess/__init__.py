"""Judging a county: the indicators of every unit, the balance between them, the items of the other blocks."""

from edukit.assess.judging import assess
from edukit.assess.model import Assessment
from edukit.assess.unknown import Locate

__all__ = ["Assessment", "Locate", "assess"]
