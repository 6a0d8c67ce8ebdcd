"""How a Word file looks: the page, the styles and the fonts that Chinese offices write their reports with.

Page and type follow GB/T 9704—2012 (party and government documents) where a report with tables can: A4 with its
margins; chapters in 黑体 三号, sections in 楷体, text in 仿宋; body text 小四 instead of 三号, or a report of ten pages
would have twenty. Everything is a style of its own, so that an office changes a look once for the whole document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from edukit import style

if TYPE_CHECKING:
    from docx.document import Document
    from docx.section import Section

SONG, HEI, KAI, FANG = "宋体", "黑体", "楷体", "仿宋"
LATIN: Final = "Times New Roman"
NAMES: Final = {
    SONG: ("SimSun", "Noto Serif CJK SC"),
    HEI: ("SimHei", "Noto Sans CJK SC"),
    KAI: ("楷体_GB2312", "KaiTi", "STKaiti"),
    FANG: ("仿宋_GB2312", "FangSong", "STFangsong"),
}
"""Each font and what it is called, or replaced by, on other machines; written into the file's table of fonts."""

PAGE: Final = (21.0, 29.7)
"""A4 in centimetres."""
MARGINS: Final = {"top": 3.7, "bottom": 3.5, "left": 2.8, "right": 2.6}
LANDSCAPE_MARGINS: Final = {"top": 2.8, "bottom": 2.6, "left": 2.2, "right": 2.2}
TEXT_WIDTH: Final = PAGE[0] - MARGINS["left"] - MARGINS["right"]
LANDSCAPE_WIDTH: Final = PAGE[1] - LANDSCAPE_MARGINS["left"] - LANDSCAPE_MARGINS["right"]
TALLEST_PICTURE: Final = 19.0
"""Centimetres that a figure may take, so that its caption and source still stand on the same page."""
SMALL_PICTURE: Final = 11.4
"""Centimetres of a figure in a chapter that has a page of its own, as on the printed page."""

STYLES: Final[dict[str, dict[str, Any]]] = {
    "Normal": {"font": FANG, "size": 12, "exact": 22, "indent": 2},
    "Title": {"font": SONG, "size": 22, "bold": True, "align": "center", "line": 1.25, "before": 24, "after": 14},
    "Subtitle": {"font": KAI, "size": 12, "align": "center", "line": 1.25, "after": 4},
    "封面说明": {"font": FANG, "size": 12, "align": "center", "line": 1.25, "after": 2},
    "Heading 1": {"font": HEI, "size": 16, "line": 1.25, "before": 18, "after": 8, "next": True},
    "Heading 2": {"font": KAI, "size": 14, "bold": True, "line": 1.25, "before": 12, "after": 6, "next": True},
    "Heading 3": {"font": FANG, "size": 12, "bold": True, "line": 1.25, "before": 8, "after": 4, "next": True},
    "Caption": {"font": HEI, "size": 10.5, "align": "center", "line": 1.25, "before": 10, "after": 4},
    "List Bullet": {"font": FANG, "size": 12, "exact": 22},
    "List Number": {"font": FANG, "size": 12, "exact": 22},
    "结论": {"font": HEI, "size": 14, "line": 1.35, "before": 8, "after": 6, "next": True},
    "提示": {"font": FANG, "size": 10.5, "line": 1.35, "after": 0},
    "图": {"font": FANG, "size": 10.5, "align": "center", "line": 1.0, "before": 8, "next": True},
    "注释": {"font": SONG, "size": 9, "line": 1.25, "before": 3, "after": 8, "colour": style.MUTED},
    "表格文字": {"font": SONG, "size": 9, "line": 1.15},
    "代码": {"font": SONG, "size": 9, "line": 1.15, "after": 6},
    "Header": {"font": SONG, "size": 9, "align": "center", "line": 1.0, "colour": style.MUTED},
    "Footer": {"font": SONG, "size": 9, "align": "center", "line": 1.15, "colour": style.MUTED},
}
"""Every style in use: East Asian font; size, space before and after, and ``exact`` distance of lines in points;
``line`` as a multiple of the font's own; ``indent`` in characters. An exact distance is the same with every font."""


def set_up(document: Document) -> None:
    """Give an empty document page, styles, language and table of fonts."""
    for name in STYLES:
        _style(document, name)
    _defaults(document)
    _fonts(document)
    portrait(document.sections[0])


def portrait(section: Section) -> None:
    """A4 upright."""
    _page(section, PAGE, MARGINS)


def landscape(section: Section) -> None:
    """A4 lying, with narrower margins: for tables that have too many columns to be read otherwise."""
    _page(section, PAGE[::-1], LANDSCAPE_MARGINS)


def _page(section: Section, size: tuple[float, float], margins: dict[str, float]) -> None:
    from docx.enum.section import WD_ORIENTATION
    from docx.shared import Cm

    section.orientation = WD_ORIENTATION.LANDSCAPE if size[0] > size[1] else WD_ORIENTATION.PORTRAIT
    section.page_width, section.page_height = Cm(size[0]), Cm(size[1])
    for side, width in margins.items():
        setattr(section, f"{side}_margin", Cm(width))
    section.header_distance, section.footer_distance = Cm(1.8), Cm(1.6)


def set_font(properties: Any, font: str) -> None:
    """Set both fonts of a style's or run's ``rPr``; theme fonts go, or Word would take those instead."""
    from docx.oxml.ns import qn

    fonts = properties.get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for name in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{name}"), LATIN)
    fonts.set(qn("w:eastAsia"), font)


def _style(document: Document, name: str) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    wanted, styles = STYLES[name], document.styles
    if name in [style.name for style in styles]:
        own = styles[name]
    else:
        own = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        own.base_style, own.quick_style = styles["Normal"], True
    properties = own.element.get_or_add_rPr()
    for child in list(properties):
        properties.remove(child)
    set_font(properties, wanted["font"])
    own.font.size, own.font.bold = Pt(wanted["size"]), wanted.get("bold", False)
    own.font.color.rgb = RGBColor.from_string(wanted.get("colour", "#000000")[1:])
    paragraph = own.element.get_or_add_pPr()
    for tag in ("w:pBdr", "w:contextualSpacing", "w:ind", "w:jc", "w:spacing"):
        for child in paragraph.findall(qn(tag)):
            paragraph.remove(child)
    form = own.paragraph_format
    form.line_spacing = Pt(wanted["exact"]) if "exact" in wanted else wanted["line"]
    form.space_before, form.space_after = Pt(wanted.get("before", 0)), Pt(wanted.get("after", 0))
    form.keep_with_next = wanted.get("next", False)
    form.alignment = WD_ALIGN_PARAGRAPH.CENTER if wanted.get("align") else WD_ALIGN_PARAGRAPH.JUSTIFY
    form.widow_control = True
    if not name.startswith("List"):  # a list's indent belongs to its numbering
        # In characters, so that the indent follows the size that an office chooses; in twips for other programs.
        count = wanted.get("indent", 0)
        indent = OxmlElement("w:ind")
        indent.set(qn("w:firstLineChars"), str(100 * count))
        indent.set(qn("w:firstLine"), str(round(20 * wanted["size"] * count)))
        paragraph.insert_element_before(indent, "w:contextualSpacing", "w:jc", "w:outlineLvl")
    if name in ("注释", "表格文字", "提示", "代码"):
        form.alignment = WD_ALIGN_PARAGRAPH.LEFT


def _defaults(document: Document) -> None:
    """Chinese as the language; the present form of files, so that Word does not open it in compatibility mode."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls, qn

    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "en-US")
        language.set(qn("w:eastAsia"), "zh-CN")
    settings = document.settings.element
    for old in settings.findall(qn("w:compat")):
        settings.remove(old)
    compat = parse_xml(
        f'<w:compat {nsdecls("w")}><w:compatSetting w:name="compatibilityMode" '
        'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
    )
    before = settings.find(qn("w:rsids"))
    if before is not None:
        before.addprevious(compat)
    else:
        settings.append(compat)
    for theme in settings.findall(qn("w:themeFontLang")):
        theme.set(qn("w:eastAsia"), "zh-CN")


def _fonts(document: Document) -> None:
    """The other names of the fonts, so that a machine that lacks one takes its twin."""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{",".join(others)}"/><w:charset w:val="86"/>'
        f'<w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>'
        for name, others in NAMES.items()
    )
    for relation in document.part.rels.values():
        if relation.reltype.endswith("/fontTable"):
            text: bytes = relation.target_part.blob
            relation.target_part._blob = text.replace(b"</w:fonts>", fonts.encode() + b"</w:fonts>")
