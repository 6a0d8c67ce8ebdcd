"""A report as a Word file that an office goes on editing: real styles, captions, sections, page numbers."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from edukit import style
from edukit.export import word_look, word_table
from edukit.export.content import Block, Facts, Grid, Heading, Paragraph, Picture, Report, Run
from edukit.export.raster import png
from edukit.export.zipped import same_bytes
from edukit.workbook.look import display_width

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph as WordParagraph

CREATED = dt.datetime(2020, 1, 1)
"""A fixed date in the file's properties, so that the same report gives the same bytes."""
_BOXES = {
    "met": (style.MET_TINT, style.MET),
    "not-met": (style.NOT_MET_TINT, style.NOT_MET),
    "problem": (style.NOT_MET_TINT, style.NOT_MET),
    "notice": (style.FLOOR_TINT, style.FLOOR),
    "unknown": (style.UNDETERMINED_TINT, style.UNDETERMINED),
}
_INKS = {"met": style.MET_TEXT, "not-met": style.NOT_MET_TEXT, "unknown": style.UNDETERMINED_TEXT}
_TITLE_WIDTH = 39
"""Half-width characters of a title that fit on a line."""
_HEADINGS = ("Title", "Heading 1", "Heading 2", "Heading 3")
_ROLES = {"subtitle": "Subtitle", "facts": "封面说明", "kicker": "封面说明", "note": "注释", "code": "代码"}


def word(report: Report) -> bytes:
    """The .docx file of a report; the same bytes for the same report."""
    import docx

    document = docx.Document()
    for paragraph in list(document.paragraphs):
        paragraph._element.getparent().remove(paragraph._element)
    word_look.set_up(document)
    _properties(document, report)
    _Writer(document).write(report.blocks)
    _margins(document, report)
    target = io.BytesIO()
    document.save(target)
    return same_bytes(target.getvalue())


def _properties(document: Document, report: Report) -> None:
    """Title and date; nothing about who made it where."""
    facts = document.core_properties
    facts.title, facts.language = report.title, "zh-CN"
    facts.author = facts.last_modified_by = facts.comments = facts.keywords = facts.subject = ""
    facts.created = facts.modified = CREATED
    facts.revision = 1
    package = document.part.package
    for name, relation in list(package.rels.items()):
        if relation.reltype.endswith("/thumbnail"):  # of python-docx's own empty document
            del package.rels[name]


def _margins(document: Document, report: Report) -> None:
    """Running title, page number and stamp; the sections that follow take them over from the first."""
    section = document.sections[0]
    section.different_first_page_header_footer = True
    section.header.paragraphs[0].text = report.title
    for footer in (section.footer, section.first_page_footer):
        line = footer.paragraphs[0]
        line.style = document.styles["Footer"]
        for part in ("第 ", "PAGE", " 页，共 ", "NUMPAGES", " 页"):
            _field(line, part, "1") if part.isupper() else line.add_run(part)
        if report.stamp:
            footer.add_paragraph(report.stamp, style="Footer")
    for later in document.sections[1:]:
        later.different_first_page_header_footer = False


class _Writer:
    """Writes blocks one after the other into a document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._figures = self._tables = 0
        self._lying = self._one_page = False
        self._lists: dict[int, int] = {}
        self._numbering = _Numbering(document)

    def write(self, blocks: Sequence[Block]) -> None:
        """Write all blocks; headings go onto the same page as the table in landscape that they head."""
        for at, block in enumerate(blocks):
            if not isinstance(block, Paragraph) or not block.depth:
                self._lists = {}
            lying = _lies(blocks, at, self._lying)
            if lying != self._lying:
                self._turn(lying)
            if isinstance(block, Heading) and block.level <= 1:
                self._one_page = block.new_page
            self._write(block)

    def _write(self, block: Block) -> None:
        if isinstance(block, Heading):
            heading = self._document.add_paragraph(style=_HEADINGS[block.level])
            heading.add_run(_title(block.text) if block.level == 0 else block.text)
            if block.new_page:
                heading.paragraph_format.page_break_before = True
        elif isinstance(block, Paragraph):
            self._paragraph(block)
        elif isinstance(block, Facts):
            self._place(word_table.facts_table(block))
            self._document.add_paragraph(style="图").paragraph_format.keep_with_next = False
        elif isinstance(block, Grid):
            self._table(block)
        else:
            self._picture(block)

    def _turn(self, lying: bool) -> None:
        from docx.enum.section import WD_SECTION

        section = self._document.add_section(WD_SECTION.NEW_PAGE)
        (word_look.landscape if lying else word_look.portrait)(section)
        self._lying = lying

    def _paragraph(self, block: Paragraph) -> None:
        from docx.shared import Pt

        own = _ROLES.get(block.role, "Normal")
        if block.role == "lead":
            own = "结论"
        elif block.box:
            own = "提示"
        elif block.depth:
            own = "List Number" if block.number else "List Bullet"
        paragraph = self._document.add_paragraph(style=own)
        for run in block.runs:
            _run(paragraph, run, _INKS.get(block.tone) if block.role == "lead" else None)
        if block.depth:
            self._numbering.number(paragraph, self._list(block), block.depth)
            if block.box:  # its edge stands below that of its neighbours
                paragraph.paragraph_format.left_indent = Pt(18 * block.depth)
                paragraph.paragraph_format.first_line_indent = Pt(-18)
        if block.box:
            paragraph.paragraph_format.keep_with_next = all(run.bold for run in block.runs)
            paragraph.paragraph_format.space_after = 0
            _shade(paragraph, *_BOXES.get(block.tone, ("#f3f6fa", style.PRIMARY)))

    def _list(self, block: Paragraph) -> int:
        """The numbering of the list that an entry belongs to; each numbered list starts at one."""
        if block.number == 1 or block.depth not in self._lists:
            self._lists[block.depth] = self._numbering.new(numbered=block.number > 0)
        self._lists = {depth: own for depth, own in self._lists.items() if depth <= block.depth}
        return self._lists[block.depth]

    def _table(self, grid: Grid) -> None:
        self._tables += 1
        self._caption("表", self._tables, grid.caption).paragraph_format.keep_with_next = True
        self._place(word_table.table(grid, lying=self._lying))
        # Two tables without a paragraph between them would become one.
        notes = grid.notes or ("",)
        for note in notes:
            self._document.add_paragraph(note, style="注释")

    def _picture(self, picture: Picture) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Cm

        self._figures += 1
        paragraph = self._document.add_paragraph(style="图")
        shape = paragraph.add_run().add_picture(io.BytesIO(png(picture)))
        width = word_look.SMALL_PICTURE if self._one_page else word_look.TEXT_WIDTH
        tall = width * shape.height / shape.width
        if tall > word_look.TALLEST_PICTURE:
            width *= word_look.TALLEST_PICTURE / tall
        shape.height, shape.width = Cm(width * shape.height / shape.width), Cm(width)
        about = shape._inline.docPr
        about.set("name", f"图{self._figures}")
        about.set("descr", picture.alt)
        caption = self._caption("图", self._figures, picture.caption)
        caption.paragraph_format.space_before = 0
        if picture.source:
            caption.paragraph_format.keep_with_next = True
            source = self._document.add_paragraph(picture.source, style="注释")
            source.alignment = WD_ALIGN_PARAGRAPH.CENTER

    def _caption(self, kind: str, number: int, text: str) -> WordParagraph:
        """A caption whose number Word counts itself, so that it stays right when an office adds a table."""
        caption = self._document.add_paragraph(style="Caption")
        caption.add_run(kind)
        _field(caption, f"SEQ {kind} \\* ARABIC", str(number))
        if text:
            caption.add_run(f"\u3000{text}")
        return caption

    def _place(self, element: Any) -> None:
        self._document.element.body.insert_element_before(element, "w:sectPr")


def _title(text: str) -> str:
    r"""A title that does not fit on a line breaks after the year, where it makes sense, as offices set it.

    >>> _title("贵港市2022年义务教育优质均衡发展市级汇总报告").split("\n")
    ['贵港市2022年', '义务教育优质均衡发展市级汇总报告']
    >>> _title("某县2020年报告")
    '某县2020年报告'
    """
    place, year, rest = text.partition("年")
    return f"{place}{year}\n{rest}" if display_width(text) > _TITLE_WIDTH and rest else text


def _lies(blocks: Sequence[Block], at: int, lying: bool) -> bool:
    """Whether a block stands on a page in landscape: a table that needs it, and the headings right before one."""
    while at < len(blocks) and isinstance(blocks[at], Heading):
        at += 1
    block = blocks[at] if at < len(blocks) else None
    return isinstance(block, Grid) and word_table.needs_landscape(block, lying=lying)


def _run(paragraph: WordParagraph, run: Run, ink: str | None) -> None:
    from docx.shared import RGBColor

    written = paragraph.add_run(run.text)
    if run.bold:
        written.bold = True
    if run.position:
        setattr(written.font, "subscript" if run.position == "sub" else "superscript", True)
    if ink:
        written.font.color.rgb = RGBColor.from_string(ink[1:])


def _field(paragraph: WordParagraph, code: str, shown: str) -> None:
    """A field with the value that it has now."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), f" {code} ")
    run = paragraph.add_run(shown)
    field.append(run._element)
    paragraph._element.append(field)


def _shade(paragraph: WordParagraph, ground: str, edge: str) -> None:
    """Ground and left edge of a box; neighbours with the same look join."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    properties = paragraph._element.get_or_add_pPr()
    border = parse_xml(
        f'<w:pBdr {nsdecls("w")}><w:left w:val="single" w:sz="24" w:space="6" w:color="{edge[1:]}"/></w:pBdr>'
    )
    shade = parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{ground[1:]}"/>')
    for element, after in ((border, ("w:shd", *_AFTER)), (shade, _AFTER)):
        properties.insert_element_before(element, *after)


_AFTER = ("w:tabs", "w:spacing", "w:ind", "w:contextualSpacing", "w:jc", "w:rPr", "w:sectPr")


class _Numbering:
    """Two kinds of lists, three levels each; every list is a numbering of its own."""

    def __init__(self, document: Document) -> None:
        from docx.oxml import parse_xml
        from docx.oxml.ns import nsdecls, qn

        self._root = document.part.numbering_part.element
        for old in list(self._root):
            self._root.remove(old)
        for name in ("List Bullet", "List Number"):  # the style's own numbering would be a list that is gone
            properties = document.styles[name].element.pPr
            for old in properties.findall(qn("w:numPr")):
                properties.remove(old)
        for kind, (form, signs) in enumerate((("bullet", "•–·"), ("decimal", ("%1.", "%2)", "%3.")))):
            levels = "".join(
                f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{sign}"/>'
                f'<w:lvlJc w:val="left"/><w:pPr><w:ind w:left="{480 * (level + 1)}" w:hanging="360"/></w:pPr></w:lvl>'
                for level, sign in enumerate(signs)
            )
            self._root.append(
                parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{kind}">{levels}</w:abstractNum>')
            )
        self._made = 0

    def new(self, *, numbered: bool) -> int:
        """A list of its own that starts at one; its id."""
        from docx.oxml import parse_xml
        from docx.oxml.ns import nsdecls

        self._made += 1
        start = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>' if numbered else ""
        kind = f'<w:abstractNumId w:val="{int(numbered)}"/>{start}'
        self._root.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="{self._made}">{kind}</w:num>'))
        return self._made

    def number(self, paragraph: WordParagraph, own: int, depth: int) -> None:
        """Make a paragraph an entry of a list."""
        numbered = paragraph._element.get_or_add_pPr().get_or_add_numPr()
        numbered.get_or_add_ilvl().val = min(depth, 3) - 1
        numbered.get_or_add_numId().val = own
