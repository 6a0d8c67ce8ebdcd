"""The Word file: styles, captions, sections and tables as an office needs them, and nothing that it should not hold."""

from __future__ import annotations

import getpass
import io
import re
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn

import written
from edukit.export.content import Cell, Grid, Heading, Picture
from edukit.export.reading import read_report
from edukit.export.word import word
from edukit.export.word_look import NAMES
from edukit.export.word_table import needs_landscape, table


@pytest.fixture(scope="module")
def content() -> bytes:
    return word(written.report())


@pytest.fixture(scope="module")
def document(content: bytes):  # type: ignore[no-untyped-def]
    return docx.Document(io.BytesIO(content))


def styled(document, name: str) -> list[str]:  # type: ignore[no-untyped-def]
    found = [paragraph for paragraph in document.paragraphs if paragraph.style.name == name]
    return ["".join(t.text or "" for t in paragraph._element.iter(qn("w:t"))) for paragraph in found]


def test_headings_are_the_built_in_styles(document) -> None:  # type: ignore[no-untyped-def]
    assert styled(document, "Title") == ["某县2020年报告"]
    assert styled(document, "Heading 1") == ["一、数据", "二、其他", "甲校"]
    assert styled(document, "Heading 2") == ["小节"]
    ids = {style.name: style.style_id for style in document.styles}
    assert ids["Heading 1"] == "Heading1"  # which Word shows as 标题 1


def test_captions_count_themselves(document) -> None:  # type: ignore[no-untyped-def]
    captions = [p for p in document.paragraphs if p.style.name == "Caption"]
    assert styled(document, "Caption") == ["图1　规模", "表1　各校指标", "表2　很宽的表"]
    fields = [p._element.find(qn("w:fldSimple")).get(qn("w:instr")) for p in captions]
    assert [field.split()[:2] for field in fields] == [["SEQ", "图"], ["SEQ", "表"], ["SEQ", "表"]]


def test_every_style_in_use_names_its_chinese_font(document) -> None:  # type: ignore[no-untyped-def]
    for name in {paragraph.style.name for paragraph in document.paragraphs} | {"Normal", "表格文字", "Footer"}:
        fonts = document.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) in NAMES, name
        assert not [key for key in fonts.attrib if "heme" in key], name


def test_tables_repeat_their_header_and_keep_rows_whole(document) -> None:  # type: ignore[no-untyped-def]
    first, wide, facts = document.tables
    for grid in (first, wide):
        assert grid.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert grid.rows[1]._tr.trPr.find(qn("w:tblHeader")) is None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in grid.rows)
    assert [cell.text for cell in facts.rows[0].cells] == ["学生", "9人", "班", "1"]
    head, shaded = first.rows[0].cells[0]._tc, first.rows[1].cells[1]._tc
    assert head.tcPr.find(qn("w:shd")) is not None and shaded.tcPr.find(qn("w:shd")) is not None


def test_a_table_too_wide_lies_and_takes_its_heading_along(document) -> None:  # type: ignore[no-untyped-def]
    assert [s.page_width > s.page_height for s in document.sections] == [False, True, False]
    body = list(document.element.body)
    ends = [at for at, element in enumerate(body) if element.find(".//" + qn("w:sectPr")) is not None]
    heading = next(at for at, e in enumerate(body) if "小节" in "".join(e.itertext()))
    assert ends[0] < heading < ends[1]


def test_numbered_lists_start_again(document) -> None:  # type: ignore[no-untyped-def]
    own = [
        p._element.pPr.numPr.numId.val
        for p in document.paragraphs
        if p.style.name == "List Number" and p._element.pPr.numPr is not None
    ]
    assert len(own) == 3 and own[0] == own[1] != own[2]


def test_bold_small_and_alternative_text(document, content: bytes, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    runs = {run.text: run for paragraph in document.paragraphs for run in paragraph.runs}
    assert runs["粗"].bold and runs["要点"].bold and not runs["正文 "].bold
    assert runs["2"].font.subscript
    assert 'descr="甲校一人，乙校两人。"' in written.parts(content, tmp_path)["word/document.xml"]


def test_pages_are_numbered_and_stamped(document) -> None:  # type: ignore[no-untyped-def]
    section = document.sections[0]
    assert abs(section.page_width.cm - 21) < 0.01 and abs(section.top_margin.cm - 3.7) < 0.01
    for footer in (section.footer, section.first_page_footer):
        assert "PAGE" in footer._element.xml and "quality-2017　数据 abc" in footer._element.xml
    assert section.header.paragraphs[0].text == "某县2020年报告"


def test_nothing_says_who_made_it_where(document, content: bytes, root: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    facts = document.core_properties
    assert facts.title == "某县2020年报告"
    assert (facts.author, facts.last_modified_by, facts.comments) == ("", "", "")
    for name, text in written.parts(content, tmp_path).items():
        assert str(root) not in text and "python-docx" not in text, name
        assert not re.search(rf"\b{re.escape(getpass.getuser())}\b", text), name
        assert "thumbnail" not in text, name


def test_the_same_report_gives_the_same_bytes(content: bytes) -> None:
    assert word(written.report()) == content


def test_hostile_names_are_words(document) -> None:  # type: ignore[no-untyped-def]
    names = [row.cells[0].text for row in document.tables[0].rows[1:]]
    assert names == ["甲校", written.HOSTILE, written.SCRIPT, "甲\ufffd校\ufffd\ufffd", written.LONG, "+1", "-2", "@x"]


def test_merged_cells_and_cells_that_are_missing() -> None:
    cells = (Cell("甲", rows=2), Cell("乙", columns=2))
    made = table(Grid("", ((Cell("一"), Cell("二"), Cell("三")),), (cells, (Cell("丙"), Cell("丁")))), lying=False)
    assert made.xml.count('w:vMerge w:val="restart"') == made.xml.count('w:vMerge w:val="continue"') == 1
    assert "gridSpan" in made.xml


def test_a_narrow_table_stands() -> None:
    row = tuple(Cell("0.25", numeric=True) for _ in range(7))
    assert not needs_landscape(Grid("", (row,), (row,)))
    assert needs_landscape(Grid("", (row * 3,), (row * 3,)))


def test_a_table_of_pandas_and_a_picture_are_taken_too() -> None:
    html = "<table><thead><tr><th></th><th>a</th></tr></thead><tbody><tr><th>0</th><td>1</td></tr></tbody></table>"
    plain = written.notebook("# 自己的标题\n\n![图](data:image/png;base64,AAAA)")
    plain.cells.append(written.notebook((written.Prose(html),)).cells[0])
    blocks = read_report(plain, title="别的").blocks
    assert blocks[0] == Heading(0, "自己的标题")
    assert [type(block) for block in blocks[1:]] == [Picture, Grid]


@pytest.mark.office
@pytest.mark.slow
@pytest.mark.skipif(written.soffice() is None, reason="没有 LibreOffice：apt-get install libreoffice-writer-nogui")
def test_libreoffice_opens_it(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "报告.docx"
    path.write_bytes(content)
    pdf = written.to_pdf(path, tmp_path)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) >= 4
