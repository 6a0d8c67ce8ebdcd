"""How a verdict shows in a table: its word and its CSS class."""

from __future__ import annotations

from edukit import formats
from edukit.verdict import Verdict

LABELS = {verdict.value: verdict.label for verdict in Verdict} | {"": formats.DASH}
"""Verdict -> the word for it; a dash where nothing is judged."""
CLASSES = {"met": "met", "not_met": "not-met", "undetermined": "unknown", "": ""}
"""Verdict -> CSS class of a cell."""
