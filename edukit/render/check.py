"""Whether a page keeps the contract of a report: complete in itself, no script but ours, readable for everyone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from bs4 import BeautifulSoup, Tag

from edukit.render.script import policy, script

_HEADINGS = re.compile(r"^h[1-6]$")
_LOADING = ("src", "srcset", "poster", "data", "action", "formaction", "background", "manifest")
"""Attributes that make a browser fetch; ``href`` is looked at apart, since anchors within the page are wanted."""
_WORDS = ("alt", "aria-label", "title", "content", "id", "class", "headers", "data-label")
"""Attributes that hold words: whatever a school is called, nothing is done with them."""
_FORBIDDEN = ("iframe", "frame", "object", "embed", "base", "form", "audio", "video", "link")
_FETCH_IN_CSS = re.compile(r"""@import|url\(\s*["']?(?!data:|#)""", re.IGNORECASE)
_TRACEBACK = re.compile(r"Traceback \(most recent call last\)|-{20,}\s*\n?\w+(Error|Exception)\b")
_PROMPT = re.compile(r"\b(In|Out)\s?\[[\d\s*]*\]:?")
_SHORTENED = 60


def check_html(html: str) -> list[str]:
    """Problems of a finished page, in Chinese; an empty list if it is sound.

    Looked for: an incomplete document, a language other than Chinese, anything fetched from outside the file, scripts
    other than ours, pictures without alternative text, tables without caption, not exactly one h1, headings that skip a
    level, anchors that lead nowhere or are given twice, and traces of a notebook: tracebacks and prompts.

    >>> check_html("<p>半页</p>")[0]
    '不是完整的网页：应以 <!DOCTYPE html> 开头、以 </html> 结尾'
    """
    return problems(html, BeautifulSoup(html, "html.parser"))


def problems(html: str, soup: BeautifulSoup, apart: Iterable[str] = ()) -> list[str]:
    """Like :func:`check_html`, for a page that has been parsed already.

    Args:
        html: the page.
        soup: the page parsed; drawings and the rows of plain tables may be left out.
        apart: the words of what is left out.
    """
    return [
        *_document(html, soup),
        *_requests(soup),
        *_scripts(soup),
        *_pictures(soup),
        *_tables(soup),
        *_headings(soup),
        *_anchors(soup),
        *_traces("\n".join((soup.get_text("\n"), *apart))),
    ]


def _document(html: str, soup: BeautifulSoup) -> Iterator[str]:
    text = html.strip()
    if not (text[:15].lower() == "<!doctype html>" and text[-7:].lower() == "</html>"):
        yield "不是完整的网页：应以 <!DOCTYPE html> 开头、以 </html> 结尾"
    if soup.html is None or soup.html.get("lang") != "zh":
        yield '网页语言应注明为 lang="zh"'
    if soup.title is None or not soup.title.get_text().strip():
        yield "缺少网页标题 <title>"
    if soup.main is None:
        yield "缺少正文区 <main>"


def _requests(soup: BeautifulSoup) -> Iterator[str]:
    for tag in soup.find_all(True):
        for name in _LOADING:
            value = tag.get(name)
            if value is not None and not str(value).strip().startswith("data:"):
                yield f"<{tag.name}> 的 {name} 引用了文件之外的内容：{_short(value)}"
        href = tag.get("href", tag.get("xlink:href"))
        if href is not None and not str(href).strip().startswith(("#", "data:")):
            yield f"<{tag.name}> 的链接指向文件之外：{_short(href)}（网址请写成文字）"
        if _FETCH_IN_CSS.search(str(tag.get("style") or "")):
            yield f"<{tag.name}> 的样式引用了文件之外的内容：{_short(tag['style'])}"
    for sheet in soup.find_all("style"):
        found = _FETCH_IN_CSS.search(css := sheet.get_text())
        if found:
            yield f"样式表引用了文件之外的内容：{_short(css[found.start() :])}"


def _scripts(soup: BeautifulSoup) -> Iterator[str]:
    named = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy", "content": policy("report")})
    for tag in soup.find_all("script"):
        if named is None or tag.attrs or tag.get_text() != script("report"):
            yield f"不应含有 <script>：{_short(tag)}"
    for tag in soup.find_all(_FORBIDDEN):
        yield f"不应含有 <{tag.name}>：{_short(tag)}"
    for tag in soup.find_all(True):
        for name, value in tag.attrs.items():
            link = name not in _WORDS and str(value).strip().lower().startswith("javascript:")
            if name.startswith("on") or link:
                yield f"<{tag.name}> 的 {name} 含有脚本：{_short(value)}"
    for tag in soup.find_all("meta", attrs={"http-equiv": re.compile("^refresh$", re.IGNORECASE)}):
        yield f"不应自动跳转：{_short(tag)}"


def _pictures(soup: BeautifulSoup) -> Iterator[str]:
    for number, picture in enumerate(soup.find_all(["img", "svg"]), start=1):
        if picture.name == "img":
            named = bool(str(picture.get("alt") or "").strip())
        else:
            named = picture.get("role") == "img" and bool(str(picture.get("aria-label") or "").strip())
        if not named:
            caption = figure.figcaption if (figure := picture.find_parent("figure")) else None
            name = _short(caption.get_text()) if caption is not None else f"第 {number} 幅图"
            yield f"图片缺少替代文字：{name}。请用 edukit.figures 绘制，或在输出的元数据中给出 edukit.alt"


def _tables(soup: BeautifulSoup) -> Iterator[str]:
    for number, table in enumerate(soup.find_all("table"), start=1):
        if table.caption is None or not table.caption.get_text().strip():
            words = _short(table.get_text(" ", strip=True))
            yield f"第 {number} 个表格没有标题：{words}。请用 edukit.tables 制表"


def _headings(soup: BeautifulSoup) -> Iterator[str]:
    tops = soup.find_all("h1")
    if len(tops) != 1:
        names = "、".join(_short(top.get_text()) for top in tops)
        yield f"应恰有一个一级标题，实有 {len(tops)} 个{f'：{names}' if names else ''}"
    level = 0
    for heading in soup.find_all(_HEADINGS):
        deeper = int(heading.name[1])
        if deeper > level + 1:
            above = f"{level} 级标题之下" if level else "文首"
            yield f"标题跳级：{above}直接出现 {deeper} 级标题“{_short(heading.get_text())}”"
        level = deeper


def _anchors(soup: BeautifulSoup) -> Iterator[str]:
    names = Counter(str(tag["id"]) for tag in soup.find_all(id=True))
    for name, count in names.items():
        if count > 1:
            yield f"锚点 {name} 重复出现 {count} 次"
    for link in soup.find_all("a", href=re.compile("^#")):
        if unquote(str(link["href"])[1:]) not in names:
            yield f"链接“{_short(link.get_text())}”没有去处：{_short(link['href'])}"


def _traces(text: str) -> Iterator[str]:
    # a page is a quarter of a million characters: to look for a word costs a tenth of looking for a pattern
    if ("Traceback" in text or "-" * 20 in text) and (found := _TRACEBACK.search(text)):
        yield f"正文中有程序报错信息：{_short(text[found.start() :])}"
    if ("In" in text or "Out" in text) and (found := _PROMPT.search(text)):
        yield f"正文中有笔记本的提示符：{_short(found[0])}"


def _short(value: Tag | object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _SHORTENED else f"{text[:_SHORTENED]}…"
