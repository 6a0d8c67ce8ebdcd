"""What is printed or handed to machines: an assessment as JSON or as text, a scheme as text."""

from edukit.documents.contract import as_json, assessment, detailed, refused
from edukit.documents.policy import scheme
from edukit.documents.summary import summary

__all__ = ["as_json", "assessment", "detailed", "refused", "scheme", "summary"]
