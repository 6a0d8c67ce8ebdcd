"""The page of a notebook: what it shows, what it hides, and what it refuses."""

from __future__ import annotations

import base64
import copy
import io
import logging
import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from nbformat import NotebookNode

from edukit import render, style
from edukit.errors import RenderError
from edukit.render import check_html, render_html
from edukit.render.page import FAMILY
from edukit.render.script import policy, script

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/>'
    f"<text style=\"font-family: '{style.font_family()}', sans-serif\">覃塘 &lt; 甲</text></svg>"
)
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
COVER = '<header class="cover"><h1>新邱区 2020 年报告</h1></header>'
TITLE = "新邱区 2020 年义务教育优质均衡发展分析报告"


def table(caption: str = "各校情况", columns: int = 2, rows: int = 1) -> str:
    head = "".join(f'<th scope="col">列{at}</th>' for at in range(columns))
    row = '<tr><th scope="row">甲校</th>' + '<td class="num">1</td>' * (columns - 1) + "</tr>"
    return (
        f'<div class="table-wrap"><table class="edukit-table"><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{row * rows}</tbody></table></div>"
    )


def shown(data: dict[str, str], kind: str = "", /, **facts: str) -> NotebookNode:
    metadata = {"edukit": {"kind": kind, **facts}} if kind else {}
    return nbformat.v4.new_output("display_data", {"text/plain": "纯文本", **data}, metadata=metadata)


def prose(markup: str) -> NotebookNode:
    return shown({"text/html": markup}, "prose")


def figure(**facts: str) -> NotebookNode:
    return shown({"image/svg+xml": SVG}, "figure", **{"alt": "一个方块", "caption": "方块", **facts})


def text(markdown: str, *tags: str) -> NotebookNode:
    return nbformat.v4.new_markdown_cell(markdown, metadata={"tags": list(tags)} if tags else {})


def code(*outputs: NotebookNode, source: str = "secret = 1", tags: tuple[str, ...] = ()) -> NotebookNode:
    return nbformat.v4.new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)} if tags else {})


def notebook(*cells: NotebookNode) -> NotebookNode:
    made = nbformat.v4.new_notebook(cells=[code(prose(COVER)), *cells])
    for number, cell in enumerate(made.cells):
        cell.id = f"cell-{number}"
    return made


def page(*cells: NotebookNode, title: str = TITLE, stamp: str = "") -> BeautifulSoup:
    return BeautifulSoup(render_html(notebook(*cells), title=title, stamp=stamp), "html.parser")


def words(soup: BeautifulSoup) -> str:
    assert soup.body is not None
    return soup.body.get_text()


def embedded_font(soup: BeautifulSoup) -> set[int]:
    found = re.search(r"data:font/woff2;base64,([A-Za-z0-9+/=]+)", str(soup.style))
    assert found
    with TTFont(io.BytesIO(base64.b64decode(found[1]))) as font:
        return set(font.getBestCmap())


# ---- what a page is


def test_a_page_is_complete_in_itself() -> None:
    soup = page(text("## 一、结论"), stamp="生成于 2021-01-25")
    assert soup.html is not None
    assert soup.html["lang"] == "zh"
    assert soup.title is not None
    assert soup.title.get_text() == TITLE
    said = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    assert said is not None
    assert said["content"] == policy("report")
    assert [found.get_text() for found in soup.find_all("script")] == [script("report")]
    assert [heading.get_text() for heading in soup.find_all("h1")] == ["新邱区 2020 年报告"]
    skip = soup.find("a", class_="skip")
    assert skip is not None
    assert soup.main is not None
    assert skip["href"] == f"#{soup.main['id']}"
    footer = soup.find("footer")
    assert footer is not None
    assert footer.get_text(strip=True) == "生成于 2021-01-25"
    assert page().find("footer") is None


def test_same_notebook_same_bytes_and_it_is_not_changed() -> None:
    source = notebook(text("## 一、结论"), code(figure(data=table())), code(prose("<p>段落</p>")))
    before = copy.deepcopy(source)
    assert render_html(source, title=TITLE) == render_html(source, title=TITLE)
    assert source == before


def test_the_font_has_exactly_the_characters_of_the_page() -> None:
    soup = page(text("## 一、覃塘区 ㎡"), code(figure(caption="差异系数", source="学校表")))
    font, visible = embedded_font(soup), {ord(sign) for sign in words(soup) if sign.isprintable()}
    assert visible <= font
    assert {ord(sign) for sign in "第页共"} <= font, "the foot of a printed page"
    assert ord("贵") not in font


def test_a_character_that_the_font_lacks_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="edukit"):
        page(text("## 一、𠮷家小学"))
    assert "字体缺少字符 𠮷" in caplog.text


def test_a_title_cannot_break_out() -> None:
    title = '</style><script>alert(1)</script>"\\ } 报告'
    soup = page(title=title, stamp="<script>x</script>")
    assert len(soup.find_all("script")) == 1
    assert soup.title is not None
    assert soup.title.get_text() == title


def test_colours_of_the_page_are_those_of_the_figures() -> None:
    sheet = str(page().style)
    for name in ("MET", "NOT_MET_TINT", "FLOOR_TEXT", "EMPHASIS"):
        assert f"--{name.lower().replace('_', '-')}:{getattr(style, name)};" in sheet
    used = set(re.findall(r"var\(--([a-z-]+)\)", sheet))
    assert used - {"tone", "tint", "own"} <= set(re.findall(r"--([a-z-]+):", sheet))


def test_the_style_sheet_is_small() -> None:
    assert (Path(render.__file__).parent.parent / "templates" / "report" / "style.css").stat().st_size < 20_000


# ---- what is shown and what is not


def test_code_and_plain_output_never_enter() -> None:
    streams = [nbformat.v4.new_output("stream", name=name, text=f"{name}的话") for name in ("stdout", "stderr")]
    value = nbformat.v4.new_output("execute_result", {"text/plain": "裸值"}, execution_count=1)
    soup = page(
        code(*streams, value, source="secret = 1"),
        code(source="county = 'x'", tags=("parameters",)),
        code(prose("<p>参数格的话</p>"), tags=("injected-parameters",)),
        text("怎么用", "guide"),
    )
    for hidden in ("secret", "stdout", "stderr", "裸值", "county", "参数格的话", "纯文本", "怎么用", "In", "Out"):
        assert hidden not in words(soup)


def test_tags_show_code_and_printed_text() -> None:
    streams = [nbformat.v4.new_output("stream", name=name, text=f"<{name}>的话") for name in ("stdout", "stderr")]
    value = nbformat.v4.new_output("execute_result", {"text/plain": "0.85"}, execution_count=1)
    soup = page(code(*streams, value, source="a < b", tags=("show-code", "show-output")))
    details = soup.find("details", class_="code")
    assert details is not None
    assert details.code is not None
    assert details.code.get_text() == "a < b"
    assert [pre.get_text() for pre in soup.find_all("pre", class_="output")] == ["<stdout>的话", "0.85"]


def test_markdown_output_and_prose_are_shown() -> None:
    soup = page(code(shown({"text/markdown": "**要点**"}), prose('<div class="callout"><p>注意</p></div>')))
    assert soup.main is not None
    strong = soup.main.find("strong")
    assert strong is not None
    assert strong.get_text() == "要点"
    assert soup.find("div", class_="callout") is not None


# ---- figures, tables, headings


def test_figures_carry_number_alternative_caption_source_and_data() -> None:
    data = table("各校差异系数").replace(' class="edukit-table"', "")
    soup = page(code(figure(), figure(alt="甲 < 乙", caption="各校 <i>", source="学校表", data=data)))
    first, second = soup.find_all("figure")
    assert (first["id"], second["id"]) == ("fig-1", "fig-2")
    assert first.find("details") is None
    drawing, caption, source, summary = second.svg, second.figcaption, second.find("p"), second.summary
    assert drawing is not None
    assert caption is not None
    assert source is not None
    assert summary is not None
    assert (drawing["role"], drawing["aria-label"]) == ("img", "甲 < 乙")
    assert drawing.get_text() == "覃塘 < 甲"
    assert f"'{FAMILY}'" in str(drawing), "words are drawn in the page's font"
    assert caption.get_text() == "图 2\u3000各校 <i>"
    assert source.get_text() == "资料来源：学校表"
    assert summary.get_text() == "查看数据"
    assert second.table is not None
    assert second.table.caption is not None
    assert second.table.caption.get_text() == "图 2 的数据\u3000各校差异系数"
    assert second.table["class"] == ["edukit-table"]


def test_the_font_has_the_characters_inside_drawings() -> None:
    assert {ord(sign) for sign in "覃塘甲"} <= embedded_font(page(code(figure())))


def test_a_source_is_introduced_once() -> None:
    soup = page(code(figure(source="数据来源：学校表"), figure(source="学校表")))
    assert [found.get_text() for found in soup.find_all("p", class_="source")] == [
        "数据来源：学校表",
        "资料来源：学校表",
    ]


def test_a_picture_of_the_analysts_own_needs_an_alternative_text() -> None:
    plain = nbformat.v4.new_output("display_data", {"image/png": PNG}, metadata={"image/png": {"alt": "一张照片"}})
    soup = page(code(plain))
    assert soup.img is not None
    assert (soup.img["alt"], soup.img["src"]) == ("一张照片", f"data:image/png;base64,{PNG}")
    drawn = nbformat.v4.new_output("display_data", {"image/svg+xml": SVG}, metadata={"image/svg+xml": {"alt": "图"}})
    soup = page(code(drawn))
    assert soup.img is not None
    assert base64.b64decode(str(soup.img["src"]).removeprefix("data:image/svg+xml;base64,")).decode() == SVG
    del plain.metadata["image/png"]
    with pytest.raises(RenderError, match=r"图片缺少替代文字.*edukit\.figures"):
        page(code(plain))


def test_tables_are_numbered_apart_from_the_data_of_figures() -> None:
    soup = page(
        code(shown({"text/html": table("规模")}, "table"), figure(data=table("数据"))), code(prose(table("结论")))
    )
    captions = [found.caption.get_text() for found in soup.find_all("table") if found.caption is not None]
    assert captions == ["表 1\u3000规模", "图 1 的数据\u3000数据", "表 2\u3000结论"]
    assert [found["id"] for found in soup.find_all("table", id=True)] == ["tab-1", "tab-2"]
    assert all("table-wrap" in found.parent["class"] for found in soup.find_all("table") if found.parent)


def test_wide_tables_scroll_by_keyboard_and_print_smaller() -> None:
    soup = page(code(prose("".join(table(columns=columns, rows=columns) for columns in (6, 7, 11, 18)))))
    narrow, middle, wide, widest = soup.find_all("div", class_="table-wrap")
    assert not narrow.has_attr("tabindex")
    assert (middle["tabindex"], middle["role"], middle["aria-label"]) == ("0", "region", "表 2\u3000各校情况")
    assert middle["class"] == ["table-wrap", "short"]
    assert wide["class"] == ["table-wrap", "short", "wide"]
    assert widest["class"] == ["table-wrap", "wide", "landscape"]


def test_a_header_stands_over_its_numbers() -> None:
    soup = page(code(prose(table(columns=3))))
    assert [head.get("class") for head in soup.find_all("th", scope="col")] == [None, ["num"], ["num"]]


def test_contents_lead_to_every_chapter_and_section() -> None:
    soup = page(
        text("## 一、情况\n\n### （一）学校 & 学生\n\n见[下文](#二、结论)。"),
        code(prose('<section><h2 id="二、结论">二、结论</h2><p>好。</p></section>')),
    )
    wanted = [("#sec-1", "一、情况"), ("#sec-1-1", "（一）学校 & 学生"), ("#sec-2", "二、结论")]
    for contents in soup.find_all(class_="contents"):
        assert [(link["href"], link.get_text()) for link in contents.find_all("a")] == wanted
    assert [nav["aria-label"] for nav in soup.find_all("nav")] == ["目录", "目录"]
    link = soup.find("a", string="下文")
    assert link is not None
    assert link["href"] == "#sec-2"
    fold = soup.find("details", class_="fold")
    assert fold is not None
    following = fold.find_next_sibling()
    assert following is not None
    assert following["id"] == "sec-1"
    assert page().find(class_="contents") is None


def test_a_notebook_without_a_cover_gets_one() -> None:
    plain = nbformat.v4.new_notebook(cells=[text("## 一、结论")])
    soup = BeautifulSoup(render_html(plain, title=TITLE), "html.parser")
    assert soup.h1 is not None
    assert soup.h1.get_text() == TITLE


def test_a_number_and_its_unit_stay_together() -> None:
    content = words(
        page(text("## 一、\n\n缺 353 ㎡、3 人，`a 1 人`，2020 年"), code(source="1 人", tags=("show-code",)))
    )
    assert "353\u00a0㎡、3\u00a0人，a 1 人，2020 年" in content


# ---- what is refused


def test_a_failed_notebook_gives_no_page() -> None:
    failed = nbformat.v4.new_output("error", ename="KeyError", evalue="'初中'", traceback=[])
    with pytest.raises(RenderError, match=r"第 2 个单元格以错误结束（KeyError：'初中'）"):
        page(code(failed))


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (code(prose("<h1>又一个</h1>")), "应恰有一个一级标题，实有 2 个：新邱区 2020 年报告、又一个"),
        (text("### 小节"), "标题跳级：1 级标题之下直接出现 3 级标题“小节”"),
        (text('<img src="data:image/png;base64,AA">'), "图片缺少替代文字：第 1 幅图"),
        (code(figure(alt=" ")), "图片缺少替代文字：图 1 方块"),
        (code(shown({"text/html": "<table><tr><td>1</td></tr></table>"})), "第 1 个表格没有标题：1"),
        (text("[教育部](https://www.moe.gov.cn)"), "<a> 的链接指向文件之外：https://www.moe.gov.cn"),
        (text("![校门](gate.png)"), "<img> 的 src 引用了文件之外的内容：gate.png"),
        (code(shown({"text/html": "<script>1</script>"})), "不应含有 <script>"),
        (text("[下文](#没有)"), "链接“下文”没有去处"),
        (code(prose("<pre>Traceback (most recent call last):</pre>")), "正文中有程序报错信息"),
    ],
)
def test_an_unsound_page_is_refused(cell: NotebookNode, message: str) -> None:
    with pytest.raises(RenderError, match=re.escape(message)) as caught:
        page(cell)
    assert str(caught.value).startswith(f"“{TITLE}”的网页有 1 处问题：")


SOUND = (
    '<!DOCTYPE html><html lang="zh"><head><title>x</title><style>a{background:url(data:x)}</style></head><body><main>'
    '<h1>a</h1><h2 id="b">b</h2><img src="data:x" alt="c"><a href="#b">d</a><table><caption>e</caption></table>'
    "<p>见 https://www.moe.gov.cn，表格 In 与 Out</p></main></body></html>"
)


def test_a_sound_page_has_no_problem() -> None:
    assert check_html(SOUND) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("</html>", "", "不是完整的网页"),
        ("<!DOCTYPE html>", "", "不是完整的网页"),
        ('"zh"', '"en"', "网页语言"),
        ("<title>x</title>", "", "缺少网页标题"),
        ("main>", "div>", "缺少正文区"),
        ("url(data:x)", "url('//host/x')", "样式表引用"),
        ("a{", "@import 'x';a{", "样式表引用"),
        ('alt="c"', 'alt="c" style="background:url(http://host/x)"', "<img> 的样式引用"),
        ('alt="c"', 'alt="c" srcset="x.png 2x"', "srcset 引用"),
        ('alt="c"', 'alt="c" onerror="x"', "含有脚本"),
        ('alt="c"', "", "缺少替代文字"),
        ("<p>", '<svg role="img"></svg><p>', "缺少替代文字：第 2 幅图"),
        ("<p>", '<svg aria-label="x"></svg><p>', "缺少替代文字：第 2 幅图"),
        ('src="data:x"', 'src="//host/x"', "src 引用"),
        ('href="#b"', 'href="javascript:x"', "含有脚本"),
        ('href="#b"', 'href="http://host"', "链接指向文件之外"),
        ('href="#b"', 'href="#z"', "没有去处"),
        ("<h1>a</h1>", "", "应恰有一个一级标题，实有 0 个"),
        ("<h1>a</h1>", '<h1 id="b">a</h1>', "锚点 b 重复出现 2 次"),
        ("h2", "h4", "标题跳级"),
        ("<caption>e</caption>", "", "表格没有标题"),
        ("<p>", '<iframe src="data:x"></iframe><p>', "不应含有 <iframe>"),
        ("<p>", '<link rel="icon" href="data:x"><p>', "不应含有 <link>"),
        ("<title>", '<meta http-equiv="refresh" content="0"><title>', "自动跳转"),
        ("表格 In", "Out[3]: 表格", "提示符"),
        ("表格 In", "-" * 75 + "\nKeyError 表格", "程序报错"),
    ],
)
def test_each_problem_is_found(old: str, new: str, message: str) -> None:
    assert old in SOUND
    problems = check_html(SOUND.replace(old, new))
    assert [problem for problem in problems if message in problem], problems


def test_rows_that_are_kept_apart_come_back_as_they_were_and_are_looked_at() -> None:
    from edukit.render.rows import fold, unfold

    plain = '<tr><th scope="row">甲 &lt;校&gt;</th><td class="num met">3 人</td></tr>\n<tr><td>—</td></tr>'
    linked = '<tr><td><a href="#x">乙</a></td></tr>'
    page = f"<table><tbody>\n{plain}\n</tbody></table><table><tbody>\n{linked}\n</tbody></table>"
    folded, rows = fold(page)
    assert [each.count for each in rows] == [2]
    assert linked in folded and "甲" not in folded
    assert "甲 <校>" in rows[0].text
    assert unfold(folded, rows) == page.replace("3 人", "3\u00a0人")
    assert fold('<tbody data-rows="7"></tbody>' + page) == ('<tbody data-rows="7"></tbody>' + page, [])


@pytest.mark.parametrize(
    "cell", ['<td onclick="x">1</td>', "<td><b>1</b></td>", '<td style="x">1</td>', "<td>1", '<td id="a">1</td>']
)
def test_a_body_with_anything_but_plain_cells_is_looked_at_in_full(cell: str) -> None:
    from edukit.render.rows import fold

    assert fold(f"<tbody><tr>{cell}</tr></tbody>")[1] == []
