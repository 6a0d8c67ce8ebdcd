"""Open a page in headless Chromium and report what a reader's browser does with it.

For tests: ``facts = look(path, folder)``. As a program, ``python tests/browser.py PAGE.html FOLDER`` prints the same as
JSON and leaves pictures and a PDF in the folder. The browser is driven from a process of its own, since its driver
runs an event loop that does not go together with the one that executes notebooks.
"""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

WIDTHS = {360: 740, 1440: 900}
"""Widths to try, in CSS pixels, with the height of the window."""
FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync "
    "--no-first-run --disable-quic --font-render-hinting=none"
).split()
CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")

# Elements with text of their own, outside code, which may be set in the machine's typewriter face; of those that ask
# for the same fonts in the same weight, only the ones with a character that none before has.
TEXT_ELEMENTS = """() => {
  const found = [], seen = new Set();
  document.querySelectorAll('details').forEach(d => d.open = true);
  for (const e of document.body.querySelectorAll('*')) {
    if (e.closest('pre, code')) continue;
    const text = [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.data.trim()).join('');
    if (!text) continue;
    const look = getComputedStyle(e), own = [...text].map(sign => look.fontFamily + look.fontWeight + sign);
    if (own.every(sign => seen.has(sign))) continue;
    own.forEach(sign => seen.add(sign));
    e.setAttribute('data-probe', found.length); found.push(text);
  }
  return found;
}"""
# What sticks out of the column of an A4 page or is taller than it, once the page is laid out for print.
CUT = """([wide, tall]) => [...document.querySelectorAll('main figure, main table, main tr, main svg, main pre')]
  .filter(e => { const box = e.getBoundingClientRect(), across = e.closest('.landscape') ? tall : wide;
    return box.right > across + 1 || (!e.matches('table') && box.height > (e.closest('.landscape') ? wide : tall)); })
  .map(e => e.outerHTML.slice(0, 80))"""
# Boxes of controls in the heads of tables: where a head is repeated on the next page, Chromium leaves them out.
UNREPEATED = """() => [...document.querySelectorAll('thead :is(button, input, select)')]
  .filter(e => e.getClientRects().length).map(e => e.outerHTML.slice(0, 80))"""
A4 = (642, 952)
"""The printed column in CSS pixels: A4 without the margins of 20 mm beside, 24 above and 20 below."""
# Rows are alike, and axe takes minutes for thousands of cells: of each table the first are looked at.
FEWER = """() => { document.querySelectorAll('details').forEach(d => d.open = true);
  document.querySelectorAll('tbody tr:nth-child(n+7)').forEach(row => row.remove()); }"""
AXE = """() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
  .then(r => r.violations.map(v => `${v.id}: ${v.nodes.length} x ${v.nodes[0].html.slice(0, 120)}`))"""
OVERFLOWING = """() => [...document.body.querySelectorAll('*')]
  .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1 && !e.closest('.table-wrap, .frame, pre, .skip'))
  .map(e => e.outerHTML.slice(0, 80))"""


@dataclass
class Facts:
    """What was seen.

    Attributes:
        requests: addresses that the page asked for, other than its own file.
        console: everything on the console, errors and violations of the security policy included.
        scroll_width: window width to the width of the page; larger means that the page scrolls sideways.
        overflowing: the elements that stick out at the narrowest width.
        foreign: texts that were not drawn with the embedded font, with the fonts that were used.
        font_missing: Chinese characters of the page that the embedded font has no glyph for.
        axe: what axe-core finds against WCAG 2.2 AA and its own good practice, at either width, with all folds open.
        cut: figures, tables, rows that do not fit on a printed page.
        unrepeated: what the heads of tables lose where they are repeated on the next printed page.
        pdf_pages: number of printed pages.
        pictures: files made: ``page.pdf``, and as a program two pictures per width.
    """

    requests: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    scroll_width: dict[int, int] = field(default_factory=dict)
    overflowing: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    font_missing: list[str] = field(default_factory=list)
    axe: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    unrepeated: list[str] = field(default_factory=list)
    pdf_pages: int = 0
    pictures: list[str] = field(default_factory=list)


def chromium() -> str | None:
    """The browser's program, if there is one."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def reason_to_skip() -> str:
    """Why no browser test can run here; empty if it can."""
    if chromium() is None:
        return "没有 Chromium：apt-get install chromium"
    for package in ("playwright", "axe_playwright_python"):
        if find_spec(package) is None:
            return f"没有 {package}：pip install {package}"
    return ""


def look(page: Path, folder: Path) -> Facts:
    """Open an HTML file in a browser process and return what was seen; the PDF goes to ``folder``."""
    done = subprocess.run(
        [sys.executable, __file__, str(page), str(folder), "PDF"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    facts = Facts(**json.loads(done.stdout))
    facts.scroll_width = {int(width): value for width, value in facts.scroll_width.items()}
    return facts


def _open(path: Path, folder: Path, *, pictures: bool) -> Facts:
    from playwright.sync_api import sync_playwright

    facts = Facts()
    address = path.resolve().as_uri()
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page()
        page.on(
            "request",
            lambda request: (
                facts.requests.append(request.url) if not request.url.startswith((address, "data:")) else None
            ),
        )
        page.on("console", lambda message: facts.console.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: facts.console.append(f"error: {error}"))
        for width, height in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            page.goto(address)
            page.evaluate("document.fonts.ready.then(() => 0)")
            facts.scroll_width[width] = page.evaluate("document.documentElement.scrollWidth")
            if width == min(WIDTHS):
                facts.overflowing = page.evaluate(OVERFLOWING)
            for name, whole in ((f"{width}.png", True), (f"{width}-first.png", False)) if pictures else ():
                page.screenshot(path=folder / name, full_page=whole)
                facts.pictures.append(str(folder / name))
            page.evaluate(FEWER)
            page.evaluate(_axe())
            facts.axe += [f"{width}: {line}" for line in page.evaluate(AXE)]
            page.goto(address)
        page.set_viewport_size({"width": A4[0], "height": A4[1]})
        page.emulate_media(media="print")
        facts.cut, facts.unrepeated = page.evaluate(CUT, list(A4)), page.evaluate(UNREPEATED)
        page.emulate_media()
        pdf = page.pdf(
            path=folder / "page.pdf", prefer_css_page_size=True, print_background=True, outline=True, tagged=True
        )
        facts.pictures.append(str(folder / "page.pdf"))
        facts.pdf_pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
        facts.foreign = _foreign(page)
        facts.font_missing = _font_missing(page.content(), page.inner_text("body"))
        browser.close()
    return facts


def _axe() -> str:
    import axe_playwright_python

    return Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")


def _foreign(page: Any) -> list[str]:
    texts = page.evaluate(TEXT_ELEMENTS)
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    found = []
    for at, text in enumerate(texts):
        node = session.send("DOM.querySelector", {"nodeId": root, "selector": f'[data-probe="{at}"]'})["nodeId"]
        fonts = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        others = sorted({font["familyName"] for font in fonts if not font["isCustomFont"]})
        if others:
            found.append(f"{text[:40]} [{', '.join(others)}]")
    return found


def _font_missing(html: str, text: str) -> list[str]:
    from fontTools.ttLib import TTFont

    embedded = re.search(r"data:font/woff2;base64,([A-Za-z0-9+/=]+)", html)
    characters = set(CJK.findall(text))
    if embedded is None:
        return sorted(characters)
    with TTFont(io.BytesIO(base64.b64decode(embedded[1]))) as font:
        return sorted(character for character in characters if ord(character) not in font.getBestCmap())


if __name__ == "__main__":
    seen = _open(Path(sys.argv[1]), Path(sys.argv[2]), pictures=len(sys.argv) == 3)
    print(json.dumps(asdict(seen), ensure_ascii=False))
