"""Items (判定事项) beyond the resource indicators: each with a test that can be computed, or a finding by the analyst.

An item of a scheme has one or more conditions; all must hold. A condition's kind names a function of
:mod:`edukit.items.kinds`, its other keys are that function's settings, so that a province's own item is a few lines of
YAML and not code.
"""

from edukit.items.describing import describe
from edukit.items.evidence import Evidence
from edukit.items.judging import COLUMNS, judge_items, judged
from edukit.items.kinds import KINDS
from edukit.items.limits import judge_school_items

__all__ = ["COLUMNS", "KINDS", "Evidence", "describe", "judge_items", "judge_school_items", "judged"]
