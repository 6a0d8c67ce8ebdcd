"""What is printed or handed to machines: an assessment as JSON or as text, a scheme as text."""

from edukit.documents.contract import as_json, assessment, detailed, refused, traced, what_if
from edukit.documents.differing import change_document, changes_text
from edukit.documents.policy import scheme
from edukit.documents.summary import scenario_text, summary

__all__ = [
    "as_json",
    "assessment",
    "change_document",
    "changes_text",
    "detailed",
    "refused",
    "scenario_text",
    "scheme",
    "summary",
    "traced",
    "what_if",
]
