"""Whether a page is valid HTML: what the parser of the standard complains about, and what may stand where.

The parser sees what is written wrongly: tags that are not closed, attributes given twice, blocks inside a paragraph.
What an element may hold is not its business; :func:`_misplaced` looks at the elements that our pages are made of. With
``EDUKIT_VNU`` set to the file vnu.jar, the checker of the W3C (Java) looks at the page too.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree.ElementTree import Element

import html5lib
from html5lib.constants import E as MEANINGS

VNU = "EDUKIT_VNU"
CHILDREN = {
    "ul": {"li"},
    "ol": {"li"},
    "dl": {"dt", "dd", "div"},
    "table": {"caption", "colgroup", "thead", "tbody", "tfoot"},
    "thead": {"tr"},
    "tbody": {"tr"},
    "tfoot": {"tr"},
    "tr": {"th", "td"},
    "select": {"option", "optgroup"},
}
"""Element to all that may stand right inside it."""
PARENTS = {
    "li": {"ul", "ol"},
    "dt": {"dl", "div"},
    "dd": {"dl", "div"},
    "figcaption": {"figure"},
    "summary": {"details"},
    "caption": {"table"},
}
"""Element to all that it may stand right inside of."""
WORDS_ONLY = {"h1", "h2", "h3", "h4", "p", "button", "summary", "label", "span", "strong", "a", "figcaption"}
BLOCKS = {"p", "div", "ul", "ol", "dl", "table", "figure", "section", "header", "footer", "main", "nav", "details"}
"""Elements for words in a line, and those that may not stand inside of them."""
PRESSED = {"a", "button", "input", "select", "textarea", "summary"}
"""What somebody presses; one may not stand inside another."""


def faults(html: str) -> list[str]:
    """What is not valid about a page; an empty list for a valid one."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    # The font is half of a page and of no interest here.
    tree = parser.parse(re.sub(r"base64,[A-Za-z0-9+/=]+", "base64,", html))
    found = [f"line {place[0]}: {MEANINGS[code] % told}" for place, code, told in parser.errors]
    return [*found, *_misplaced(tree), *_document(tree), *_checked(html)]


def _misplaced(parent: Element, above: frozenset[str] = frozenset()) -> Iterator[str]:
    name = str(parent.tag)
    children = [child for child in parent if isinstance(child.tag, str)]
    names = [str(child.tag) for child in children]
    if name in CHILDREN and (wrong := set(names) - CHILDREN[name]):
        yield f"<{name}> holds {sorted(wrong)}"
    if name == "figure" and "figcaption" in names[1:-1]:
        yield "<figcaption> is neither first nor last in its <figure>"
    if name == "details" and names[:1] != ["summary"]:
        yield "<details> does not begin with <summary>"
    inside = above | {name}
    for child in children:
        own = str(child.tag)
        if own in PARENTS and name not in PARENTS[own]:
            yield f"<{own}> inside <{name}>"
        if own in BLOCKS and name in WORDS_ONLY:
            yield f"<{own}> inside <{name}>"
        if own in PRESSED and inside & PRESSED:
            yield f"<{own}> inside {sorted(inside & PRESSED)}"
        yield from _misplaced(child, inside)


def _document(tree: Element) -> Iterator[str]:
    if tree.get("lang") != "zh":
        yield f"lang is {tree.get('lang')}"
    named = [each.get("id") for each in tree.iter() if each.get("id") is not None]
    yield from (f"id {name!r} stands {count} times" for name, count in Counter(named).items() if count > 1)
    yield from (f"id {name!r} is empty or has blanks" for name in named if not name or re.search(r"\s", name))
    tops = len(tree.findall(".//h1"))
    if tops != 1:
        yield f"{tops} h1"
    level = 0
    for each in tree.iter():
        if re.fullmatch("h[1-6]", str(each.tag)):
            if int(str(each.tag)[1]) > level + 1:
                yield f"<{each.tag}> follows h{level}"
            level = int(str(each.tag)[1])
    for each in tree.iter("img"):
        if not each.get("alt"):
            yield "<img> without alternative text"


def _checked(html: str) -> list[str]:
    """What vnu says, where there is one. It takes no hash for an inline script, which the browser tests prove."""
    if not (jar := os.environ.get(VNU)):
        return []
    with TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        page.write_text(html, encoding="utf-8")
        command = ["java", "-Xss16m", "-jar", jar, "--format", "gnu", str(page)]
        told = subprocess.run(command, capture_output=True, text=True, timeout=300)
    lines = (line.partition('html":')[2] for line in told.stderr.splitlines())
    return [line for line in lines if "Trailing slash" not in line and "Content Security Policy" not in line]
