"""The data dictionary as a page: ``python -m docs.dictionary`` makes ``dictionary.md`` from the YAML of edukit."""

from __future__ import annotations

from collections.abc import Iterator

from docs.markdown import table, write
from edukit import dictionary
from edukit.dictionary import Dictionary, Field, SheetSpec

NAME = "dictionary.md"
ROWS = {
    "school": "每所学校一行", "room": "每间教室一行", "score": "每生每科一行", "answer": "每个回答一行",
    "item": "每项一行", "standard": "每项指标、每个学段一行", "option": "每项一行", "dossier": "每项一行",
    "year": "每年度一行",
}  # fmt: skip
"""What a row of a sheet is."""


def page() -> str:
    """The page: the sheets, then a table of columns for each, then the sums and quotients that are checked."""
    known = dictionary.load()
    lines = list(_opening(known))
    for sheet in known.sheets:
        lines += _sheet(known, sheet)
    lines += _ratios(known)
    return "\n".join(lines).replace("\n\n\n", "\n\n").strip() + "\n"


def _opening(known: Dictionary) -> Iterator[str]:
    yield from (
        "# 数据字典",
        "",
        "本页由 `python -m docs.dictionary` 从 `edukit/dictionary.yaml` 生成，请勿手工修改；一项测试核对两者一致。"
        "模板、表头识别、检查和报告脚注都出自同一个文件。",
        "",
        "- **表头**用“栏目”或“字段”均可，次序不限；常见的别名也能识别，全部别名见该文件。",
        "- **必填**的栏目空着是错误；其余的空着是**未知**，不是0，只使与其有关的判断成为“无法判定”。",
        "- **应在**范围之外的是错误，**通常**范围之外的是警告，请核实。范围只用于检查填报，不是评估标准。",
        "- **统计表**是教育事业统计报表的表号，新表号在前。",
    )
    rows = (
        [f"[{sheet.name}](#{sheet.name})", ROWS[sheet.rows], len(known.of_sheet(sheet.name)), sheet.note]
        for sheet in known.sheets
    )
    yield from table(("工作表", "一行是什么", "栏目数:", "用途"), rows)


def _sheet(known: Dictionary, sheet: SheetSpec) -> Iterator[str]:
    yield f"## {sheet.name}"
    if sheet.keys:
        keys = "、".join(known.field(key).header for key in sheet.keys)
        yield f"\n左端重复“{keys}”，用来认出是哪一所。"
    yield from table(
        ("栏目", "字段", "单位", "填什么", "检查", "统计表"),
        (_row(known, field) for field in known.of_sheet(sheet.name)),
    )


def _row(known: Dictionary, field: Field) -> list[str]:
    return [
        f"**{field.header}**" if field.required else field.header,
        f"`{field.name}`",
        field.hint,
        field.note + (f" 可填：{'、'.join(field.choices)}。" if field.choices else ""),
        "；".join(_checks(known, field)),
        field.form,
    ]


def _checks(known: Dictionary, field: Field) -> Iterator[str]:
    if field.required:
        yield "必填"
    if field.required_for:
        yield f"{'、'.join(field.required_for)}必填"
    if text := span(field.hard):
        yield f"应在 {text}"
    if text := span(field.soft):
        yield f"通常 {text}"
    if text := span(field.per_pupil):
        yield f"生均通常 {text}"
    if field.at_most:
        yield f"不大于{_names(known, field.at_most)}"
    if field.sum_of:
        yield f"应等于{_names(known, field.sum_of[:1])}至{_names(known, field.sum_of[-1:])}之和"
    if field.blank_means is not None:
        yield f"留空按{field.blank_means}处理并提示"


def span(bounds: tuple[float | None, float | None]) -> str:
    """A range in words.

    >>> span((0, 6000)), span((None, 5)), span((1.5, None)), span((None, None))
    ('0～6000', '5以下', '1.5以上', '')
    """
    low, high = bounds
    if low is None:
        return "" if high is None else f"{high:.10g}以下"
    return f"{low:.10g}以上" if high is None else f"{low:.10g}～{high:.10g}"


def _names(known: Dictionary, fields: tuple[str, ...]) -> str:
    return "、".join(f"“{known.field(name).header}”" for name in fields)


def _ratios(known: Dictionary) -> Iterator[str]:
    yield "## 交叉核对"
    yield "\n两栏之比超出通常范围的，检查时提请核实："
    rows = (
        [each.name, known.field(each.numerator).header, known.field(each.denominator).header, span(each.soft)]
        for each in known.ratios
    )
    yield from table(("比", "分子", "分母", "通常"), rows)
    yield "与上年相比变化超过下列幅度的，也提请核实："
    rows = ([known.field(name).header, f"{change:.0%}"] for name, change in known.changes.items())
    yield from table(("栏目", "变化幅度:"), rows)


if __name__ == "__main__":
    write(NAME, page())
