"""Outputs of the kinds that a report notebook emits, for the tests of the page: a made-up county in a few figures."""

from __future__ import annotations

import html
from io import StringIO
from typing import TYPE_CHECKING

from IPython.display import publish_display_data

from edukit import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCHOOLS = ("育才小学", "阿金歹小学", "蒙古族学校（小学部）", "长营子镇中心小学", "第一初级中学", "蒙古族学校（初中部）")
INDICATORS = (
    "每百名学生高于规定学历教师数",
    "每百名学生县级以上骨干教师数",
    "每百名学生体育艺术专任教师数",
    "生均教学及辅助用房面积",
    "生均体育运动场馆面积",
    "生均教学仪器设备值",
    "每百名学生网络多媒体教室数",
)
SHORT = ("高学历教师", "骨干教师", "体艺教师", "教学用房", "运动场馆", "仪器设备", "多媒体教室")
THRESHOLDS = (4.2, 1.0, 0.9, 4.5, 7.5, 2000, 2.3)
VALUES = (
    (5.12, 1.21, 0.93, 4.81, 8.02, 2511, 2.61),
    (6.25, 1.56, 0.78, None, 12.4, 2208, 3.13),
    (4.02, 0.98, 1.12, 5.2, 9.9, 1987, 2.44),
    (4.88, 0.72, 1.04, 3.31, 7.7, 2304, 2.4),
    (5.44, 1.43, 0.95, 5.9, 10.2, 2611, 2.5),
    (5.02, 1.02, 0.99, 6.1, 10.5, 2546, 2.9),
)


def show(kind: str, markup: str) -> None:
    """Display markup as a table or as prose."""
    publish_display_data({"text/html": markup, "text/plain": kind}, {"edukit": {"kind": kind}})


def show_figure(figure: Figure, *, alt: str, caption: str, data: str = "") -> None:
    """Display a matplotlib figure as a chart does: as SVG, with all that is said about it."""
    file = StringIO()
    with style.strict():
        figure.savefig(file, format="svg", metadata=dict(style.SVG_METADATA))
    facts = {"kind": "figure", "alt": alt, "caption": caption, "source": "学校表，2020 年 9 月 1 日", "data": data}
    publish_display_data({"image/svg+xml": file.getvalue(), "text/plain": "图"}, {"edukit": facts})


def table(caption: str, head: list[str], rows: list[list[str]], first: str = "学校") -> str:
    """A table as ``edukit.tables`` writes it; a cell may bring its own class as ``class|text``."""
    columns = "".join(
        f'<th scope="col"{" class=num" if at else ""}>{name}</th>' for at, name in enumerate([first, *head])
    )
    body = ""
    for name, *cells in rows:
        tds = ""
        for cell in cells:
            kind, _, text = cell.rpartition("|")
            tds += f'<td class="{f"num {kind}".strip()}">{html.escape(text)}</td>'
        body += f'<tr><th scope="row">{html.escape(name)}</th>{tds}</tr>'
    return (
        f'<div class="table-wrap"><table class="edukit-table"><caption>{caption}</caption>'
        f"<thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def cover(county: str, year: int) -> None:
    """The first thing on the page; holds its only h1."""
    show(
        "prose",
        f'<header class="cover"><p class="kicker">县域义务教育均衡发展监测</p>'
        f"<h1>{county} {year} 年义务教育优质均衡发展分析报告</h1>"
        f'<p class="subtitle">依据《县域义务教育优质均衡发展督导评估办法》（教督〔2017〕6号）</p></header>',
    )


def verdict() -> None:
    """The answer."""
    show(
        "prose",
        '<div class="verdict not-met"><p>资源配置 <strong>未达到</strong> 优质均衡标准</p>'
        "<p>6 个评估单位中 4 个达标。小学“生均教学及辅助用房面积”差异系数为 0.53，高于 0.50 的限值；"
        "阿金歹小学教学及辅助用房面积未填报，补报后方可判定。</p></div>"
        '<dl class="facts"><div><dt>学校</dt><dd>6 <small>所</small></dd></div>'
        "<div><dt>在校生</dt><dd>3,842 <small>人</small></dd></div>"
        "<div><dt>达标评估单位</dt><dd>4 <small>/ 6 个</small></dd></div>"
        "<div><dt>差异系数达标</dt><dd>13 <small>/ 14 项</small></dd></div></dl>"
        '<div class="callout warning"><p>本报告使用<strong>构造数据</strong>演示，不代表任何学校的实际情况。</p></div>',
    )


def problem(text: str) -> None:
    """A box that asks for action."""
    show(
        "prose", f'<div class="callout problem"><p><strong>需在 2021 年底前解决：</strong>{html.escape(text)}</p></div>'
    )


def chart_limits() -> None:
    """Indicators against their limit."""
    from matplotlib.figure import Figure

    style.use()
    figure = Figure(figsize=(7.2, 4.0))
    axes = figure.subplots()
    values = (0.31, 0.44, 0.22, 0.53, 0.41, 0.28, 0.19)
    colours = [style.NOT_MET if value > 0.5 else style.MET for value in values]
    axes.barh(SHORT, values, color=colours, height=0.62)
    axes.axvline(0.5, color=style.EMPHASIS, linestyle=(0, (4, 3)), linewidth=1.4)
    axes.text(0.505, -0.45, "限值 0.50", color=style.EMPHASIS, fontsize=9, va="center")
    for at, value in enumerate(values):
        axes.text(value + 0.006, at, f"{value:.2f}{' ×' if value > 0.5 else ''}", va="center", fontsize=9)
    axes.invert_yaxis()
    axes.set(xlim=(0, 0.62), xlabel="差异系数")
    axes.grid(axis="x")
    rows = [[name, f"{value:.3f}", "0.50"] for name, value in zip(INDICATORS, values, strict=True)]
    show_figure(
        figure,
        alt="小学七项指标差异系数的横条图，教学用房 0.53 高于限值 0.50，其余六项在限值以内。",
        caption="小学七项指标的校际差异系数与限值",
        data=table("小学七项指标的校际差异系数", ["差异系数", "限值"], rows, "指标"),
    )


def chart_schools() -> None:
    """Each school against threshold and floor."""
    from matplotlib.figure import Figure

    style.use()
    figure = Figure(figsize=(7.2, 3.6))
    axes = figure.subplots()
    values = (1.21, 1.56, 0.98, 0.72, 1.43, 1.02)
    axes.axvspan(0.85, 1.0, color=style.FLOOR_TINT)
    axes.axvline(1.0, color=style.EMPHASIS, linewidth=1.4)
    marks = {"met": "o", "floor": "^", "not_met": "X"}
    for at, value in enumerate(values):
        state = "met" if value >= 1 else "floor" if value >= 0.85 else "not_met"
        axes.plot([0, value], [at, at], color=style.RULE, zorder=1)
        axes.scatter(value, at, s=62, color=style.VERDICT_COLOURS[state], marker=marks[state], zorder=2)
    axes.set_yticks(range(len(SCHOOLS)), SCHOOLS)
    axes.invert_yaxis()
    axes.set(xlim=(0, 1.7), xlabel="每百名学生县级以上骨干教师数（人）")
    show_figure(
        figure,
        alt="六个评估单位的骨干教师数点图，长营子镇中心小学 0.72 低于 0.85 的下限，蒙古族学校小学部在下限与标准之间。",
        caption="各校每百名学生县级以上骨干教师数",
    )


def matrix() -> None:
    """School by indicator."""
    rows = []
    for school, values in zip(SCHOOLS, VALUES, strict=True):
        cells = []
        for value, threshold in zip(values, THRESHOLDS, strict=True):
            if value is None:
                cells.append("unknown|？")
            else:
                state = "" if value >= threshold else "floor" if value >= 0.85 * threshold else "not-met"
                mark = {"floor": "▽", "not-met": "▼"}.get(state, "")
                cells.append(f"{state}|{mark}{value:,.2f}" if threshold < 100 else f"{state}|{mark}{value:,.0f}")
        rows.append([school, *cells, str(sum(cell.startswith("|") for cell in cells))])
    notes = "▽ 未达标准但不低于底线，▼ 低于底线，？ 缺数据。"
    show("table", f'{table("各评估单位七项指标达标情况", [*SHORT, "达标项数"], rows)}<p class="table-note">{notes}</p>')


def wide_table() -> None:
    """More columns than a portrait page holds."""
    head = [
        f"{part}{kind}"
        for part in ("均值", "标准差", "差异系数", "限值", "结论")
        for kind in ("（小学）", "（初中）", "（合计）")
    ]
    rows = [
        [name, *[f"{(at + 1) * 0.137:.3f}" for at in range(12)], "met|达标", "not-met|未达标", "unknown|无法判定"]
        for name in INDICATORS
    ]
    show("table", table("七项指标的均值、标准差与差异系数", head, rows, "指标"))
