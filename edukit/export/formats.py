"""The forms in which a report is asked for, beside the page that is always made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edukit.errors import CallError

if TYPE_CHECKING:
    from nbformat import NotebookNode

ALWAYS: Final = "html"
"""The page: lists, links and the batch know a report by it, and the PDF is its print."""
FORMATS: Final = {ALWAYS: "网页", "docx": "Word", "pdf": "PDF", "xlsx": "Excel"}


def wanted(text: str) -> tuple[str, ...]:
    """The formats of a list such as ``html,docx``, each once, in the order of :data:`FORMATS`; html always.

    >>> wanted("pdf, DOCX"), wanted("html")
    (('html', 'docx', 'pdf'), ('html',))

    Raises:
        CallError: one is unknown, or a browser is needed and there is none; nothing ran.
    """
    asked = {part.strip().lower() for part in text.replace("，", ",").split(",")} - {""}
    if unknown := sorted(asked - set(FORMATS)):
        known = "、".join(f"{name}（{word}）" for name, word in FORMATS.items())
        raise CallError(f"没有名为“{'、'.join(unknown)}”的格式；什么也没有运行。可用：{known}，几种之间用逗号隔开。")
    if "pdf" in asked:
        from edukit.export.browser import needed_browser

        needed_browser()
    return tuple(name for name in FORMATS if name in asked | {ALWAYS})


def written(
    executed: NotebookNode, html: str, formats: tuple[str, ...], *, name: str, title: str, stamp: str
) -> dict[str, bytes]:
    """The files of a report in the formats asked for, the page among them.

    Args:
        executed: the notebook that has run.
        html: its page.
        formats: as :func:`wanted` gives them.
        name: of the notebook, and so of every file.
        title: of the report.
        stamp: which data, scheme and code it was made from.

    Raises:
        CallError: there is no browser to print with.
        RenderError: the page could not be printed.
    """
    files = {f"{name}.html": html.encode()}
    if {"docx", "xlsx"} & set(formats):
        from edukit.export.reading import read_report

        report = read_report(executed, title=title, stamp=stamp)
        if "docx" in formats:
            from edukit.export.word import word

            files[f"{name}.docx"] = word(report)
        if "xlsx" in formats:
            from edukit.export.sheets import sheets

            files[f"{name}.xlsx"] = sheets(report)
    if "pdf" in formats:
        from edukit.export.browser import pdf

        files[f"{name}.pdf"] = pdf(html)
    return files
