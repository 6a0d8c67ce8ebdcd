"""The cheapest repair of a county: what to hire, move, build and buy, where, in which year, for how much."""

from edukit.plan.costs import Costs, load_costs
from edukit.plan.making import plan
from edukit.plan.model import Plan
from edukit.plan.telling import as_document, as_text

__all__ = ["Costs", "Plan", "as_document", "as_text", "load_costs", "plan"]
