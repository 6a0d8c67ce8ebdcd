"""From what was typed in a cell to a value: numbers typed as text, placeholders, codes, choices."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches

from edukit.dictionary import Field, plain
from edukit.exact import converted
from edukit.findings import Severity
from edukit.workbook.grid import Cell, Trouble

PLACEHOLDERS = frozenset(
    {
        "",
        "-",
        "--",
        "—",
        "——",
        "–",
        "―",
        "无",
        "/",
        "\\",
        "空",
        "缺",
        "n/a",
        "na",
        "#n/a",
        "nan",
        "null",
        "none",
        "…",
        "...",
        "?",
        "未统计",
        "未填",
        "待补",
        "待定",
        "不详",
        "暂无",
        "无数据",
        "不适用",
    }
)
"""What people type for "no number"; read as unknown, never as 0."""

YES = frozenset({"是", "1", "y", "yes", "true", "有", "√", "✓", "对"})
NO = frozenset({"否", "0", "n", "no", "false", "无", "×", "x", "✗", "不是"})

UNIT_NAMES = {
    "㎡": ("㎡", "m2", "平方米", "平米", "平方"),
    "人": ("人", "名", "位"),
    "个": ("个", "班"),
    "间": ("间",),
    "台": ("台", "台套", "台(套)"),
    "册": ("册", "本"),
    "万元": ("万元",),
    "元": ("元",),
    "百元": ("百元",),
    "千元": ("千元",),
    "百万元": ("百万元",),
    "亿元": ("亿元",),
    "亩": ("亩",),
    "公顷": ("公顷", "hm2"),
    "平方千米": ("平方千米", "平方公里", "km2"),
    "%": ("%", "百分比"),
    "年": ("年",),
    "所": ("所",),
    "万人": ("万人",),
    "分": ("分",),
}
"""Units by the name the dictionary uses, with the spellings that are understood."""


MULTIPLES = ("十", "百", "千", "万", "十万", "百万", "千万", "亿")
"""What may stand before a unit: 千册 is a thousand 册."""
_FULL_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {
    blank: 0x20 for blank in (0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)
}


def half_width(text: str) -> str:
    """A text with full-width letters, digits and blanks as ordinary ones, and no other character changed.

    Unicode counts footnote marks and powers as digits too: with them folded, 300① would read 3001.

    >>> half_width("３，０００　册"), half_width("300①")
    ('3,000 册', '300①')
    """
    return text.translate(_FULL_WIDTH)


def _folded(text: object) -> str:
    return unicodedata.normalize("NFKC", str(text)).strip().lower()


_SPELLINGS = {_folded(spelling): name for name, spellings in UNIT_NAMES.items() for spelling in spellings}


@dataclass(frozen=True)
class Remark:
    """Something to say about one cell; becomes a finding once the cell's place is known."""

    severity: Severity
    rule: str
    problem: str
    expected: str = ""
    found: str = ""
    action: str = ""


def unit_named(text: object) -> str:
    """The dictionary's name of a unit as somebody wrote it, or empty.

    >>> unit_named("平方米"), unit_named(" m² "), unit_named("单位：千册"), unit_named("备注")
    ('㎡', '㎡', '千册', '')
    """
    folded = re.sub(r"^(计量)?单位:?\s*", "", _folded(text))
    if folded in _SPELLINGS:
        return _SPELLINGS[folded]
    for many in MULTIPLES:
        if folded.startswith(many) and (one := _SPELLINGS.get(folded.removeprefix(many))):
            return f"{many}{one}"
    return ""


def is_placeholder(cell: Cell) -> bool:
    """Whether a cell says in words that there is no number.

    >>> is_placeholder(" — "), is_placeholder("0")
    (True, False)
    """
    return isinstance(cell, str) and _folded(cell) in PLACEHOLDERS


def parse(
    cell: Cell, field: Field, *, whole: bool = True, factor: float = 1.0
) -> tuple[str | float | None, Remark | None]:
    """The value of a cell for a field, and what is to be said about it.

    Args:
        cell: as it lies in the file.
        field: what the column means.
        whole: whether a count must be a whole number.
        factor: converts a number that names no unit itself, where the table says another unit.

    Returns:
        (value, remark): text for text fields, float for numbers, None where it is blank or cannot be used. An
        unusable cell always comes with a remark of severity error.
    """
    if isinstance(cell, Trouble):
        return None, Remark(
            Severity.ERROR,
            "formula",
            f"“{field.header}”的{cell.reason}",
            _wanted(field),
            cell.text[:60],
            "改为填写数值",
        )
    if cell is None:
        return None, None
    if field.numeric:
        return _number(cell, field, whole, factor)
    if field.kind == "text":  # names stay as they are written; only blanks are tidied
        text = re.sub(r"\s+", " ", _as_text(cell)).strip()
        if len(text) > field.longest:
            return _too_long(text, field)
        return (None if text.lower() in PLACEHOLDERS else text), None
    text = re.sub(r"\s+", "", half_width(_as_text(cell)))
    if field.kind == "flag":
        return _flag(text, field)
    if text.lower() in PLACEHOLDERS and text not in field.choices:  # 不适用 may be one of the choices
        return None, None
    if field.kind == "choice":
        return _choice(text, field)
    return _code(cell, text, field)


def _as_text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)


def _wanted(field: Field) -> str:
    if not field.numeric:
        return "、".join(field.choices) or ("是 或 否" if field.kind == "flag" else "文字")
    return ("整数" if field.kind in ("count", "year") else "数") + (f"（{field.unit}）" if field.unit else "")


def _refused(field: Field, rule: str, problem: str, found: object, action: str) -> tuple[None, Remark]:
    return None, Remark(Severity.ERROR, rule, f"“{field.header}”{problem}", _wanted(field), str(found)[:60], action)


def _number(cell: Cell, field: Field, whole: bool, factor: float) -> tuple[float | None, Remark | None]:
    remark = None
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        kind = "是逻辑值" if isinstance(cell, bool) else "是日期，不是数"
        return _refused(field, "not-a-number", kind, cell, "把单元格格式改为“常规”后重填")
    if isinstance(cell, str):
        text = half_width(cell).strip().lstrip("'").strip()
        if text.lower() in PLACEHOLDERS:
            note = f"“{field.header}”填的是“{cell.strip()}”，按未知处理"
            return None, Remark(Severity.WARNING, "placeholder", note, action="有数据的补填；确为零的填 0")
        number, own = _typed_number(text, field)
        if number is None:
            return _refused(field, "not-a-number", "不是数", cell.strip(), "改填数值，说明文字写到备注里")
        factor = factor if own is None else own
        if own not in (None, 1):
            note = f"“{field.header}”带有其他单位，已换算为{field.unit}"
            remark = Remark(Severity.WARNING, "unit", note, field.unit, cell.strip(), f"请改按{field.unit}填写")
    else:
        number = _as_float(cell)
    if not math.isfinite(number):
        return _refused(field, "not-a-number", "过大，不是有限的数", str(cell)[:30], "核对后重填")
    if field.kind in ("count", "year") and whole and factor == 1 and not number.is_integer():
        return _refused(field, "whole-number", "应是整数", cell, "核对后填整数")
    return converted(number, factor), remark


def _as_float(cell: float) -> float:
    """A number as a float; a whole one with more than three hundred digits is infinite."""
    try:
        return float(cell)
    except OverflowError:
        return math.inf


def _typed_number(text: str, field: Field) -> tuple[float | None, float | None]:
    """Number of a typed text and the factor of the unit that it names; the number None where it is none.

    The factor is None where no unit is named.

    Thousands separators are taken off only where they stand right: 1,234 is a number, 1,23 is not.
    """
    match = re.fullmatch(r"([+-]?)([0-9, ]*\.?[0-9]*(?:e[+-]?[0-9]+)?)\s*([^0-9\s,.+-][^0-9]*|m2)?", text.lower())
    if not match or not re.match(r"[ ,]*\.?[0-9]", match[2]):
        return None, None
    digits = match[2].strip()
    if re.search(r"[, ]", digits):
        if not re.fullmatch(r"[0-9]{1,3}([, ][0-9]{3})+(\.[0-9]+)?", digits):
            return None, None
        digits = re.sub(r"[, ]", "", digits)
    number = float(match[1] + digits)
    unit = (match[3] or "").strip()
    if not unit:
        return number, None
    if unit_named(unit) == unit_named(field.unit) != "":
        return number, 1.0
    factor = dict(field.confusions).get(unit_named(unit))
    return (number, factor) if factor else (None, None)


def _flag(text: str, field: Field) -> tuple[str | None, Remark | None]:
    if text.lower() in YES:
        return "是", None
    if text.lower() in NO:
        return "否", None
    if text.lower() in PLACEHOLDERS:
        return None, None
    return _refused(field, "choice", "不在可选值中", text, "从下拉列表中选择")


def _choice(text: str, field: Field) -> tuple[str | None, Remark | None]:
    by_plain = {plain(choice): choice for choice in field.choices} | {plain(a): b for a, b in field.synonyms}
    if plain(text) in by_plain:
        return by_plain[plain(text)], None
    near = get_close_matches(text, field.choices, n=1, cutoff=0.5)
    return _refused(field, "choice", "不在可选值中", text, f"是否应为“{near[0]}”？" if near else "从下拉列表中选择")


def _code(cell: Cell, text: str, field: Field) -> tuple[str | None, Remark | None]:
    scientific = re.fullmatch(r"\d(\.\d+)?e\+\d+", text.lower())
    if scientific or (isinstance(cell, float) and (not cell.is_integer() or abs(cell) >= 1e15)):
        return _refused(field, "code", "被 Excel 转成了科学计数法或丢了末位", text, "把该列设为“文本”格式后重新填写")
    return (text, None) if len(text) <= field.longest else _too_long(text, field)


def _too_long(text: str, field: Field) -> tuple[None, Remark]:
    most = f"有 {len(text)} 个字，过长（最多 {field.longest} 个）"
    return _refused(field, "too-long", most, text, "核对是否误把其他内容粘贴到这里")
