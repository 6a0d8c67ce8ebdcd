"""The page of every notebook: in every form, valid, and in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import docx
import pytest

import reports
from browser import WIDTHS, Facts, look, reason_to_skip
from validity import faults

ABOUT = {
    "city": ("450800-贵港市", 2022, "guangxi-guigang-2022"),
    "national": ("000000-全国", 2022, "quality-2017"),
}
"""Notebook to county, year and scheme, where they are not those of the example."""
VALID = """<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8"><title>页</title></head>
<body><main><h1>页</h1>%s</main></body></html>"""


def notebooks() -> Iterator[str]:
    return (path.stem for path in sorted((reports.PROJECT / "notebooks").glob("*.ipynb")))


@pytest.fixture(scope="module", params=notebooks())
def page(request: pytest.FixtureRequest) -> Path:
    """The page, with Word and Excel beside it."""
    about = ABOUT.get(request.param, ("210903", 2020, "quality-2017"))
    return reports.make(reports.forms_home(), *about, request.param, formats=("html", "docx", "xlsx"))


@lru_cache
def seen(path: Path) -> Facts:
    return look(path, path.parent / f"{path.stem}-seen")


@pytest.mark.slow
def test_every_notebook_in_every_format(page: Path) -> None:
    document = docx.Document(str(page.with_suffix(".docx")))
    html = page.read_text(encoding="utf-8")
    captions = [paragraph for paragraph in document.paragraphs if paragraph.style.name == "Caption"]
    assert len(captions) == len(re.findall(r'id="(?:tab|fig)-\d+"', html))
    titles = [p.text for p in document.paragraphs if p.style.name == "Title"]
    assert titles and titles[0].replace("\n", "") in html
    assert page.with_suffix(".xlsx").stat().st_size > 5000


@pytest.mark.slow
def test_it_is_valid_html(page: Path) -> None:
    assert faults(page.read_text(encoding="utf-8")) == []


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(bool(reason_to_skip()), reason=reason_to_skip())
def test_it_is_sound_in_a_browser(page: Path) -> None:
    facts = seen(page)
    assert (facts.requests, facts.console, facts.font_missing, facts.foreign) == ([], [], [], [])
    assert facts.axe == []
    assert facts.cut == []
    assert {width: facts.scroll_width[width] <= width for width in WIDTHS} == dict.fromkeys(WIDTHS, True)
    assert facts.pdf_pages >= 2
    pdf = next(Path(name) for name in facts.pictures if name.endswith(".pdf"))
    # bold or hatching drawn glyph by glyph or as pictures makes it six times as large
    assert pdf.stat().st_size < 4.5 * page.stat().st_size


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("<p>一<div>二</div></p>", "line 2"),
        ("<p class=a class=b>一</p>", "line 2"),
        ("<b><i>一</b></i>", "line 2"),
        ("<ul><p>一</p></ul>", "<ul> holds"),
        ("<figure><p>一</p><figcaption>二</figcaption><p>三</p></figure>", "neither first nor last"),
        ("<details><p>一</p></details>", "<summary>"),
        ("<div><li>一</li></div>", "<li> inside <div>"),
        ("<h2><div>一</div></h2>", "<div> inside <h2>"),
        ("<button>一<a href='#x'>二</a></button>", "<a> inside"),
        ("<p id=a>一</p><p id=a>二</p>", "2 times"),
        ("<p id='a b'>一</p>", "blanks"),
        ("<h1>又一页</h1>", "2 h1"),
        ("<h3>节</h3>", "<h3> follows h1"),
        ("<p><img src='data:,'></p>", "alternative"),
    ],
)
def test_what_is_not_valid_would_be_seen(wrong: str, said: str) -> None:
    assert faults(VALID % "<h2>章</h2><p>文</p>") == []
    assert any(said in line for line in faults(VALID % wrong)), faults(VALID % wrong)
    assert any("lang" in line for line in faults((VALID % "").replace(' lang="zh"', "")))
