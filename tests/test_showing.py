"""Charts, tables and prose as notebook outputs."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from IPython.core.formatters import DisplayFormatter
from IPython.testing.globalipapp import get_ipython
from matplotlib.figure import Figure

from edukit import style
from edukit.errors import FontError
from edukit.showing import Chart, Prose, show, shown, table

NASTY = '<script>alert("甲")</script>'


def drawing(text: str = "差异系数") -> Figure:
    style.use()
    figure = Figure(figsize=(3, 2))
    axes = figure.add_subplot()
    axes.plot([1, 2], [3, 4], "o")
    axes.set_title(text)
    return figure


def chart(figure: Figure | None = None, **given: Any) -> Chart:
    data = pd.DataFrame({"学校": ["甲校", NASTY], "数值": [0.123456, np.nan]})
    texts = {"alt": "甲校最高。", "caption": "各校数值", "data": data} | given
    return Chart(figure or drawing(), **texts)


# ---- charts ---------------------------------------------------------------------------------------------------------


def test_a_chart_is_finished_when_it_is_made() -> None:
    figure = drawing()
    made = chart(figure)
    before = made.svg
    figure.clear()
    assert made.svg == before
    assert made.svg.startswith("<svg ")
    assert made.svg.endswith("</svg>\n")


def test_a_chart_says_nothing_about_machine_date_or_program() -> None:
    svg = chart().svg
    for word in ("<?xml", "<!DOCTYPE", "<metadata", "matplotlib", "<!--", "dc:date"):
        assert word not in svg


def test_text_stays_text_in_a_font_that_is_named_once() -> None:
    svg = chart().svg
    assert ">差异系数</text>" in svg
    assert svg.count("font-family") == 1
    assert style.font_family() in svg.partition(">")[0]


def test_no_style_reaches_beyond_the_figure() -> None:
    assert "<style" not in chart().svg


def test_the_same_figure_gives_the_same_bytes_whatever_the_salt() -> None:
    import matplotlib as mpl

    first = chart().svg
    figure = drawing()
    with mpl.rc_context({"svg.hashsalt": None}):
        assert chart(figure).svg == first


def test_two_figures_do_not_share_ids() -> None:
    ids = [set(re.findall(r' id="([^"]+)"', chart(drawing(text)).svg)) for text in ("差异系数", "标准差")]
    assert all(ids)
    assert not ids[0] & ids[1]


def test_every_reference_has_its_target() -> None:
    svg = chart().svg
    targets = re.findall(r' id="([^"]+)"', svg)
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg)) == set(targets)
    assert len(targets) == len(set(targets))


def test_the_alternative_text_is_escaped_in_the_drawing() -> None:
    assert NASTY not in chart(alt=NASTY).svg
    assert "&lt;script&gt;" in chart(alt=NASTY).svg


def test_a_figure_of_pyplot_is_closed() -> None:
    from matplotlib import pyplot

    style.use()
    figure, _ = pyplot.subplots()
    chart(figure)
    assert not pyplot.get_fignums()


def test_a_missing_glyph_stops_the_chart() -> None:
    with pytest.raises(FontError, match="方框"):
        chart(drawing("\U00013000"))


def test_a_chart_hands_its_texts_to_the_page() -> None:
    data, metadata = chart(source="数据来源：甲县")._repr_mimebundle_()
    assert set(data) == {"image/svg+xml", "text/plain"}
    assert data["text/plain"] == "甲校最高。"
    about = metadata["edukit"]
    expected = {"kind": "figure", "alt": "甲校最高。", "caption": "各校数值", "source": "数据来源：甲县"}
    assert {key: about[key] for key in expected} == expected
    page = BeautifulSoup(about["data"], "html.parser")
    assert page.caption and page.caption.text == "各校数值"
    assert [cell.text for cell in page.find_all("td")] == ["0.1235", "—"]
    assert [cell["scope"] for cell in page.find_all("th")] == ["col", "col", "row", "row"]
    assert not page.find_all("script")


def test_a_chart_shows_data_as_it_is_told() -> None:
    bundle = chart(formats={"数值": lambda value: f"{value:.0%}"})._repr_mimebundle_()
    assert "12%" in bundle[1]["edukit"]["data"]


# ---- tables ---------------------------------------------------------------------------------------------------------


def soup(**given: Any) -> BeautifulSoup:
    frame = pd.DataFrame({"学校": ["甲校", NASTY], "人数": [1200.0, np.nan], "说明": ["好", None]})
    return BeautifulSoup(table(frame, **({"caption": "规模"} | given)).html, "html.parser")


def test_a_table_names_its_rows_and_columns() -> None:
    page = soup()
    assert page.select_one("div.table-wrap > table.edukit-table > caption").text == "规模"  # type: ignore[union-attr]
    assert [cell.text for cell in page.select("thead th[scope=col]")] == ["学校", "人数", "说明"]
    assert [cell.text for cell in page.select("tbody th[scope=row]")] == ["甲校", NASTY]


def test_numbers_stand_right_and_unknown_is_a_dash() -> None:
    page = soup()
    assert [cell.text for cell in page.select("td.num")] == ["1,200", "—"]
    assert [cell.text for cell in page.select("th.num")] == ["人数"]
    assert page.select("tbody tr")[1].find_all("td")[1].text == "—"


def test_nothing_of_the_data_becomes_markup() -> None:
    page = soup(caption=NASTY, notes=[NASTY])
    assert not page.find_all("script")
    assert page.select_one("p.table-note").text == NASTY  # type: ignore[union-attr]


def test_formats_see_known_values_only() -> None:
    seen = []
    page = soup(formats={"人数": lambda value: seen.append(value) or f"{value:.1f}人"})
    assert [cell.text for cell in page.select("td.num")] == ["1200.0人", "—"]
    assert set(seen) == {1200.0}


@pytest.mark.parametrize(
    "classes",
    [{(0, "人数"): "not-met", (1, "人数"): "unknown"}, lambda row, _: ("not-met", "unknown")[row]],
)
def test_cells_carry_their_verdict(classes: Any) -> None:
    page = soup(classes=classes)
    assert page.select_one("td.num.not-met").text == "1,200"  # type: ignore[union-attr]
    assert page.select_one("td.num.unknown").text == "—"  # type: ignore[union-attr]


def test_another_column_may_name_the_rows() -> None:
    assert [cell.text for cell in soup(row_header="说明").select("tbody th")] == ["好", "—"]


def test_an_empty_table_says_so() -> None:
    made = table(pd.DataFrame({"学校": [], "人数": []}), caption="规模")
    page = BeautifulSoup(made.html, "html.parser")
    assert [(cell.text, cell["colspan"]) for cell in page.find_all("td")] == [("无", "2")]


def test_a_table_reads_as_plain_text_too() -> None:
    made = table(pd.DataFrame({"学校": ["甲校"], "人数": [5]}), caption="规模", notes=["注"])
    data, metadata = made._repr_mimebundle_()
    assert data["text/plain"].splitlines() == ["规模", "学校\t人数", "甲校\t5", "注"]
    assert metadata == {"edukit": {"kind": "table", "numbers": {"1": [5.0]}}}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-3, "-3"), (4.2, "4.2"), (0.50004, "0.5"), (1234.56, "1,235"), (0.00001234, "1.2e-05"),
        (np.int64(1000), "1,000"), (np.bool_(True), "True"), (None, "—"), (pd.NA, "—"), ("文字", "文字"),
    ],
)  # fmt: skip
def test_values_are_shown_rounded(value: object, text: str) -> None:
    assert shown(value) == text


# ---- prose and showing ----------------------------------------------------------------------------------------------


def test_prose_keeps_its_html_and_reads_as_text() -> None:
    data, metadata = Prose("<h3>结论</h3><ul><li>一</li><li>二 &amp; 三</li></ul>")._repr_mimebundle_()
    assert data["text/html"].startswith("<h3>")
    assert data["text/plain"] == "结论\n一\n二 & 三"
    assert metadata == {"edukit": {"kind": "prose"}}


def test_showing_skips_what_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    displayed: list[object] = []
    monkeypatch.setattr("IPython.display.display", displayed.append)
    prose = Prose("<p>一</p>")
    show(None, prose, None)
    assert displayed == [prose]


def test_ipython_takes_data_and_metadata() -> None:
    get_ipython()
    data, metadata = DisplayFormatter().format(chart())
    assert data["image/svg+xml"].startswith("<svg ")
    assert metadata["edukit"]["kind"] == "figure"
