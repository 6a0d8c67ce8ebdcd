"""HTML of sentences: everything that comes from data is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from edukit.showing import Prose

STATE_CLASSES = {"met": "met", "not_met": "not-met", "undetermined": "unknown"}
"""Verdict -> CSS class."""


def paragraph(*sentences: str) -> str:
    """One paragraph of plain sentences; empty ones are left out, an empty paragraph is nothing."""
    text = "".join(sentence for sentence in sentences if sentence)
    return f"<p>{escape(text)}</p>" if text else ""


def bullets(items: Iterable[str], ordered: bool = False) -> str:
    """A list of plain texts; nothing where there is none."""
    tag = "ol" if ordered else "ul"
    inner = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f"<{tag}>{inner}</{tag}>" if inner else ""


def led(items: Iterable[tuple[str, str]], ordered: bool = False) -> str:
    """A list in which each text is led by a few words in bold."""
    tag = "ol" if ordered else "ul"
    inner = "".join(f"<li><strong>{escape(lead)}</strong>{escape(text)}</li>" for lead, text in items)
    return f"<{tag}>{inner}</{tag}>" if inner else ""


def judged(items: Iterable[tuple[str, str, str]]) -> str:
    """A list of what was judged: verdict, a few words in bold, and the text."""
    inner = "".join(
        f'<li class="{STATE_CLASSES[verdict]}"><strong>{escape(lead)}</strong>{escape(text)}</li>'
        for verdict, lead, text in items
    )
    return f'<ul class="judged">{inner}</ul>' if inner else ""


def heading(text: str) -> str:
    """A heading below the chapter's."""
    return f"<h3>{escape(text)}</h3>"


def callout(lead: str, sentences: Sequence[str], kind: str = "note") -> str:
    """A box set apart from the text."""
    inner = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
    return f'<div class="callout {kind}"><p><strong>{escape(lead)}</strong></p>{inner}</div>'


def prose(*parts: str) -> Prose | None:
    """What a notebook shows; nothing where all parts are empty."""
    html = "\n".join(part for part in parts if part)
    return Prose(html) if html else None
