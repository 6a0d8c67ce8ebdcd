"""How objects show themselves in a notebook: a small table of what they are, as HTML. Everything is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

LEFT = ' style="text-align: left"'


def card(title: str, facts: Iterable[tuple[str, object]], note: str = "") -> str:
    """An object's name, and what it is in two columns; facts that are empty are left out.

    >>> print(card("甲<校>", [("学段", "小学"), ("备注", "")]))
    <table class="edukit-card"><caption style="text-align: left"><strong>甲&lt;校&gt;</strong></caption>
    <tbody>
    <tr><th scope="row" style="text-align: left">学段</th><td style="text-align: left">小学</td></tr>
    </tbody></table>
    """
    rows = "\n".join(
        f'<tr><th scope="row"{LEFT}>{escape(name)}</th><td{LEFT}>{escape(str(value))}</td></tr>'
        for name, value in facts
        if value not in ("", None)
    )
    return _table(title, "", rows, note)


def listing(title: str, headers: Sequence[str], rows: Iterable[Sequence[object]], note: str = "") -> str:
    """Objects of one kind, a row each, under the names of their columns."""
    head = "".join(f'<th scope="col"{LEFT}>{escape(name)}</th>' for name in headers)
    body = "\n".join(f"<tr>{''.join(f'<td{LEFT}>{escape(str(value))}</td>' for value in row)}</tr>" for row in rows)
    return _table(title, f"<thead><tr>{head}</tr></thead>\n", body, note)


def _table(title: str, head: str, body: str, note: str) -> str:
    under = f"\n<p>{escape(note)}</p>" if note else ""
    caption = f"<caption{LEFT}><strong>{escape(title)}</strong></caption>"
    return f'<table class="edukit-card">{caption}\n{head}<tbody>\n{body}\n</tbody></table>{under}'
