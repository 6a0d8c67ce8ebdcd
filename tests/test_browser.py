"""Reports in a real browser: nothing is fetched, nothing is said on the console, every character is drawn."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import pytest

from browser import WIDTHS, Facts, look, reason_to_skip
from edukit.render import render_html
from edukit.run import run_notebook
from reports import report

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(reason_to_skip()), reason=reason_to_skip()),
]
SAMPLE = Path(__file__).parent / "notebooks" / "report.ipynb"
BROKEN = """<!DOCTYPE html><html lang="zh"><head><title>x</title><style>body{font-family:sans-serif}</style></head>
<body><p>均衡</p><img src="http://localhost:9/x.png" alt="x">
<main><figure style="width:900px">x</figure></main><p>outside</p>
<table><thead><tr><th><button>x</button></th></tr></thead></table>
<script>console.log("said")</script></body></html>"""


def sample() -> str:
    """A page with an output of every kind."""
    executed = run_notebook(SAMPLE, {"county": "新邱区"})
    return render_html(executed, title="新邱区 2020 年义务教育优质均衡发展分析报告", stamp="edukit · 生成于 2021-01-25")


def finished(county: str, scheme: str = "quality-2017") -> Callable[[], str]:
    """A report as ``edukit report`` makes it."""
    return lambda: report(county, 2020, scheme).read_text(encoding="utf-8")


REPORTS: dict[str, Callable[[], str]] = {
    "sample": sample,
    "新邱区-基本均衡": finished("210903", "basic-2012"),
    "学校很多县": finished("学校很多县"),
    "空白列县": finished("空白列县"),
}


@pytest.fixture(scope="module", params=REPORTS)
def rendered_report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a finished report."""
    path = tmp_path_factory.mktemp("报告 页") / f"{request.param}.html"
    path.write_text(REPORTS[request.param](), encoding="utf-8")
    return path


@lru_cache
def seen(path: Path) -> Facts:
    return look(path, path.parent)


def test_nothing_leaves_the_page(rendered_report: Path) -> None:
    assert seen(rendered_report).requests == []


def test_the_console_stays_silent(rendered_report: Path) -> None:
    assert seen(rendered_report).console == []


def test_every_character_is_drawn_with_the_embedded_font(rendered_report: Path) -> None:
    facts = seen(rendered_report)
    assert facts.font_missing == []
    assert facts.foreign == []


def test_axe_finds_nothing(rendered_report: Path) -> None:
    assert seen(rendered_report).axe == []


def test_nothing_is_cut_on_paper(rendered_report: Path) -> None:
    assert seen(rendered_report).cut == []


def test_the_heads_of_long_tables_are_repeated_on_paper(rendered_report: Path) -> None:
    assert seen(rendered_report).unrepeated == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_does_not_scroll_sideways(rendered_report: Path, width: int) -> None:
    facts = seen(rendered_report)
    assert facts.scroll_width[width] <= width, facts.overflowing


def test_it_prints(rendered_report: Path) -> None:
    facts = seen(rendered_report)
    assert 2 <= facts.pdf_pages <= 60
    pdf = next(Path(name) for name in facts.pictures if name.endswith(".pdf"))
    assert pdf.read_bytes()[:5] == b"%PDF-"
    assert b"/StructTreeRoot" in pdf.read_bytes(), "a tagged file can be read aloud"


def test_what_is_wrong_would_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "broken.html"
    path.write_text(BROKEN, encoding="utf-8")
    facts = look(path, tmp_path)
    assert set(facts.requests) == {"http://localhost:9/x.png"}
    assert any("said" in line for line in facts.console)
    assert facts.scroll_width[360] > 360
    assert facts.overflowing
    assert facts.font_missing == ["均", "衡"]
    assert facts.foreign
    assert any("region" in line for line in facts.axe)
    assert facts.cut
    assert facts.unrepeated == ["<button>x</button>"]
