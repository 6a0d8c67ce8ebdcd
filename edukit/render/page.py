"""From an executed notebook to one HTML file; the only module that knows nbconvert."""

from __future__ import annotations

import base64
import logging
import re
from functools import lru_cache
from html import escape, unescape
from typing import TYPE_CHECKING, Any, Final

from edukit import style, webfont
from edukit.errors import RenderError
from edukit.render.check import problems
from edukit.render.outline import outline
from edukit.render.rows import Rows, fold, unfold
from edukit.render.script import TEMPLATES, policy, script
from edukit.render.visible import image_kind, visible
from edukit.run.startup import without_iri_grammar

if TYPE_CHECKING:
    from bs4 import BeautifulSoup
    from nbconvert import HTMLExporter
    from nbformat import NotebookNode

FAMILY: Final = "Edukit Sans"
"""Name under which the embedded font is used, so that no font of the reader's machine is mistaken for it."""

_IMAGE_MARK = "image:"
_log = logging.getLogger(__name__)


def render_html(notebook: NotebookNode, *, title: str, stamp: str = "") -> str:
    """The page of an executed notebook.

    Code never enters the page, except cells tagged ``show-code``. Of the outputs, pictures, tables and prose are shown;
    what a cell printed and the plain text of its last value only where it is tagged ``show-output``; warnings never.

    Args:
        notebook: executed, as :func:`edukit.run.run_notebook` returns it; it is not changed.
        title: for the window, for the head of printed pages, and for the cover where the notebook has no h1.
        stamp: one line for the foot of the page: the only place for what differs between two runs.

    Returns:
        The HTML text: one file, one script of our own, no request, its own font; the same text for the same input.

    Raises:
        RenderError: a cell ended in an error, or the page would not be sound; all problems in one message.
        FontError: no Chinese font on this machine.
    """
    shown, images = _shown(notebook)
    page = {"title": title, "stamp": stamp, "policy": policy("report"), "script": script("report")}
    with without_iri_grammar():
        from nbconvert.exporters.templateexporter import TemplateExporter

        exporter = _exporter()
    from bs4 import BeautifulSoup

    # Not HTMLExporter's own method: it parses and prints the page once more, to give each picture without alternative
    # text an English one, which would hide what is to be refused here.
    body, _ = TemplateExporter.from_notebook_node(exporter, shown, resources={"page": page})
    body, rows = fold(body)
    soup = BeautifulSoup(body, "html.parser")
    outline(soup, title, rows)
    drawings = [image for image in images if image.startswith("<svg")]
    if soup.style is not None:
        soup.style.string = _style_sheet(soup, title, drawings, rows)
    for picture in soup.find_all("img", src=re.compile(f"^{_IMAGE_MARK}")):
        number = int(str(picture["src"]).removeprefix(_IMAGE_MARK))
        if images[number] in drawings:
            stub = {"role": "img", "aria-label": str(picture.get("alt") or ""), "data-drawing": str(number)}
            picture.replace_with(soup.new_tag("svg", attrs=stub))
        else:
            picture["src"] = images[number]
    # Only now: parsing the drawings as part of the page would take longer than all the rest.
    html = re.sub(r'<svg [^>]*data-drawing="(\d+)"[^>]*></svg>', lambda found: images[int(found[1])], f"{soup}\n")
    html = unfold(html, rows)
    if found := problems(html, soup, [each.text for each in rows]):
        raise RenderError(f"“{title}”的网页有 {len(found)} 处问题：" + "；".join(found) + "。")
    return html


@lru_cache(maxsize=1)
def _exporter() -> HTMLExporter:
    """One exporter per process: making it takes ten times as long as using it."""
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="report",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_anchor_links=True,
        enabled=True,
        # The notebook comes from nbclient, which has validated it; else each of eleven preprocessors does so again.
        optimistic_validation=True,
    )
    exporter.template_file = "index.html.j2"
    return exporter


def _shown(notebook: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """A copy with only what a reader sees; and the pictures, as SVG or as data addresses."""
    shown = visible(notebook)
    images: list[str] = []
    for cell in shown.cells:
        for output in cell.get("outputs", ()):
            _move_image(output, images)
    return shown, images


def _move_image(output: NotebookNode, images: list[str]) -> None:
    """Take a picture out of the output, leave a number for it, and gather what is said about it in one place."""
    kind = image_kind(output)
    if kind is None:
        return
    content = output.data[kind]
    output.data["image"] = f"{_IMAGE_MARK}{len(images)}"
    if output.metadata.get("edukit", {}).get("kind") == "figure" and kind == "image/svg+xml":
        # Our own drawings become part of the page: their words are text in the page's font, a tenth of the size of
        # outlines, and can be searched and copied.
        images.append(_drawing(content, output.metadata["edukit"].get("alt", "")))
    else:
        # nbformat keeps a PNG as base64 text already.
        encoded = base64.b64encode(content.encode()).decode() if kind == "image/svg+xml" else "".join(content.split())
        images.append(f"data:{kind};base64,{encoded}")
    output.metadata.setdefault("edukit", {}).setdefault("alt", output.metadata.get(kind, {}).get("alt", ""))


def _drawing(svg: str, alt: str) -> str:
    """An SVG as part of the page: named for those who cannot see it, its words in the page's font."""
    svg = svg[svg.index("<svg") :].strip().replace(f"'{style.font_family()}'", f"'{FAMILY}'")
    if "aria-label=" in svg.partition(">")[0]:
        return svg
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(alt)}"', 1)


def _style_sheet(soup: BeautifulSoup, title: str, drawings: list[str], rows: list[Rows]) -> str:
    """The style sheet with the colours, the head of printed pages and the font that exactly this page needs."""
    colours = {name.lower().replace("_", "-"): value for name, value in _colours().items()}
    root = ":root{" + "".join(f"--{name}:{value};" for name, value in colours.items()) + "}"
    css = _css()
    heading = f'@page{{@top-left{{content:"{_css_string(title)}"}}}}'
    words = (unescape("".join(re.findall(r">([^<]+)<", drawing))) for drawing in drawings)
    text = "".join((soup.get_text(), css, script("report"), title, *words, *(each.text for each in rows)))
    if lacking := webfont.missing(text):
        _log.warning("中文字体缺少字符 %s，将由读者电脑上的字体显示。", "、".join(sorted(lacking)))
    font = base64.b64encode(webfont.font_subset(text)).decode()
    face = f'@font-face{{font-family:"{FAMILY}";src:url(data:font/woff2;base64,{font}) format("woff2")}}'
    return "\n".join((root, css, heading, face))


def _colours() -> dict[str, Any]:
    return {
        name: value
        for name, value in vars(style).items()
        if name.isupper() and isinstance(value, str) and value.startswith("#")
    }


@lru_cache(maxsize=1)
def _css() -> str:
    text = (TEMPLATES / "report" / "style.css").read_text(encoding="utf-8")
    return re.sub(r"/\*.*?\*/\s*", "", text, flags=re.DOTALL).strip()


def _css_string(text: str) -> str:
    """A text as the inside of a CSS string; ``<`` is escaped too, since it might close the style element."""
    return "".join(f"\\{ord(sign):x} " if sign in '"\\<\n' else sign for sign in text)
