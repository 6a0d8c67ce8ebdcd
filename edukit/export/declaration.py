"""The 申报表 as a workbook: 表Ⅰ 基本情况, 表Ⅱ 办学标准, 表Ⅲ 校际差异系数, 表Ⅳ 其他方面.

Layout after the instructions of the form (申报表填报说明): one row per school section in 表Ⅱ, a value below the
standard on dark ground, 1 where the school meets the standard as a whole and blank where it does not; 未定 is added
here for what the data cannot tell. Numbers are written unrounded; their formats show as many decimals as keep a value
from looking equal to a standard or limit that it misses.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from edukit import formats
from edukit.case import Case
from edukit.declaration import missing, overview, sponsors
from edukit.dictionary import STAGES, STAGES_OF_TYPE
from edukit.export.declared_items import write_items
from edukit.export.paper import CENTRE, DARK, PALE, RIGHT, TOTAL, Paper, beside, number_format, plain, workbook
from edukit.frames import Row, by_label, records
from edukit.schemes import Indicator
from edukit.text.facts import FEW_UNITS
from edukit.verdict import Verdict

if TYPE_CHECKING:
    from edukit.workbook.look import Look

STANDARD = {"bold": False, "bg_color": "#DCE6F0", "font_color": "#1F2933", **RIGHT}
OPEN = "未定"
CV_DIGITS = 3
PASSED = {Verdict.MET.value: 1.0, Verdict.NOT_MET.value: None}
"""What the form asks for in 该校综合评估是否达标; everything else is open."""


def declaration(case: Case) -> bytes:
    """The 申报表 of a county; the same case gives the same bytes.

    Args:
        case: a county in one year under one scheme.

    Returns:
        An .xlsx workbook: 表Ⅰ, 表Ⅱ by stage, 表Ⅲ, 表Ⅳ; each sheet ready to print on A4 in landscape.
    """

    def fill(book: Any, look: Look) -> None:
        _overview(Paper(book, look, "表Ⅰ 基本情况", (7, 17, 28, 10, 15, 34, 62)), case)
        for stage in case.now.stages:
            _schools(book, look, case, stage)
        _balance(book, look, case)
        write_items(book, look, case)

    return workbook(f"{case.county}义务教育均衡发展申报表（{case.year}年）", fill)


def _overview(paper: Paper, case: Case) -> None:
    paper.heading(case, "表Ⅰ", "基本情况")
    first = paper.row
    paper.head(["栏次", "类别", "项目", "计量单位", "全县总计", "数据来源", "备注"])
    for row in records(overview(case)):
        form = number_format(2 if row["unit"] == "万人" else 0)
        styles = {0: CENTRE, 3: CENTRE, 4: {**RIGHT, "num_format": form}}
        if math.isnan(row["value"]):
            styles[4] |= PALE
        columns = ("number", "group", "name", "unit", "value", "source", "remark")
        paper.line([row[column] for column in columns], styles)
    paper.notes(
        [
            *sponsors(case),
            "小学教学班数、在校学生数、专任教师数含一贯制学校小学部和教学点；初中含一贯制学校和完全中学的初中部。一贯制学校包括九年、十二年一贯制学校。",
            "本表含本县范围内各类举办者的学校；空白为数据不全，备注列写明补填哪一格。栏次按公开的省级印制表样和填报说明排列，"
            "报送时请与上级下发的表样核对。",
        ]
    )
    paper.sign()
    paper.page(first, first)


# ---- 表Ⅱ ------------------------------------------------------------------------------------------------------------


def _schools(book: Any, look: Look, case: Case, stage: str) -> None:
    now, rule = case.now, case.scheme.school_rule
    asked = [i for i in case.scheme.indicators if stage in i.threshold] or list(case.scheme.indicators)
    counted = rule is not None and rule.min_met is not None
    # About 150 characters are what A4 in landscape holds at full size; with ten indicators it is 85 %.
    widths = (5, 22, 13, 10, 9, *[9.5 if len(asked) < 9 else 8.5] * len(asked), *([6.5] if counted else []), 9, 21)
    paper = Paper(book, look, f"表Ⅱ {STAGES[stage]}办学标准", widths)
    paper.heading(case, "表Ⅱ", f"{STAGES[stage]}办学标准达标情况")
    first, before = paper.row, ["序号", "学校名称", "学校标识码", "办学类型", "在校生数"]
    after = [*(["达标项数"] if counted else []), "该校综合评估是否达标", "备注"]
    paper.head([*before, *(f"{i.id} {i.name}" for i in asked), *after])
    _standards(paper, [i.unit for i in asked], ["", "计量单位", "", "", "人"], after)
    if rule:
        limits = [i.threshold.get(stage, math.nan) for i in asked]
        _standards(paper, limits, ["", "标准值", "", "", ""], after)
        if rule.floor_share < 1:
            name = f"标准值的{formats.plain(rule.floor_share * 100)}%"
            _standards(paper, [rule.floor(limit) for limit in limits], ["", name, "", "", ""], after)
    last = paper.row - 1
    units, standing = now.units[now.units["stage"] == stage], {row["unit"]: row for row in records(now.schools)}
    cells = {(cell["unit"], cell["indicator"]): cell for cell in records(now.cells[now.cells["stage"] == stage])}
    for number, (unit, row) in enumerate(by_label(units).items(), start=1):
        own = standing[unit]
        values = [cells[unit, i.id] for i in asked]
        styles = {column: CENTRE for column in (0, 2)} | {4: {**RIGHT, "num_format": number_format(0)}}
        styles |= {5 + k: _cell(i, value) for k, (i, value) in enumerate(zip(asked, values, strict=True))}
        styles |= {len(widths) - 3: CENTRE} if counted else {}
        passed = PASSED.get(own["verdict"], OPEN)
        styles[len(widths) - 2] = CENTRE | (PALE if passed == OPEN else {"bold": True})
        told = [_text(row[name]) for name in ("code", "type")]
        numbers = [float(value["value"]) for value in values]
        tail = [*([float(own["n_met"])] if counted else []), passed, _remark(case, row, asked, values)]
        paper.line([float(number), now.unit_names[unit], *told, float(row["pupils"]), *numbers, *tail], styles)
    _sums(paper, case, stage, asked, counted)
    paper.notes(_notes(case, stage))
    paper.sign()
    paper.page(first, last, frozen=2)


def _standards(paper: Paper, middle: list[Any], before: list[str], after: list[str]) -> None:
    """A row of units or standards below the names."""
    values = [*before, *middle, *[""] * len(after)]
    styles: dict[int, dict[str, Any]] = {k: CENTRE for k, value in enumerate(values) if isinstance(value, str)}
    for k, value in enumerate(values):
        if isinstance(value, float | int):
            styles[k] = {"num_format": plain(value)}
    paper.line(values, styles, **STANDARD)


def _cell(indicator: Indicator, cell: Row) -> dict[str, Any]:
    form = beside(float(cell["value"]), float(cell["threshold"]), indicator.digits)
    ground = DARK if cell["verdict"] == Verdict.NOT_MET.value else PALE if math.isnan(cell["value"]) else {}
    return {**RIGHT, "num_format": form, **ground}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _remark(case: Case, row: Row, asked: list[Indicator], cells: list[Row]) -> str:
    """What is below the floor, and which cells would settle what is unknown."""
    said = []
    if low := [i.id for i, cell in zip(asked, cells, strict=True) if cell["below_floor"]]:
        share = case.scheme.school_rule.floor_share if case.scheme.school_rule else 1.0
        said.append(f"{'、'.join(low)}低于标准" + (f"的{formats.plain(share * 100)}%" if share < 1 else ""))
    open_ = [i for i, cell in zip(asked, cells, strict=True) if math.isnan(cell["value"])]
    names = [name for i in open_ for name in i.fields(str(row["stage"]))]
    if any(i.split for i in open_) and math.isnan(row["share"]):
        names += [f"pupils_{stage}" for stage in STAGES_OF_TYPE[row["type"]]]
    source = case.now.source
    blank = [name for name in dict.fromkeys(names) if pd.isna(source.at[row["row"], name])]
    said += [missing(case, name, pd.Index([row["row"]])).replace(f"{row['school']}（", "（") for name in blank]
    return "；".join(said)


def _sums(paper: Paper, case: Case, stage: str, asked: list[Indicator], counted: bool) -> None:
    """How many units there are, and how many of them meet each standard and all that is asked."""
    now, rule = case.now, case.scheme.school_rule
    units = now.units[now.units["stage"] == stage]
    met = now.cells[(now.cells["stage"] == stage) & (now.cells["verdict"] == Verdict.MET.value)]["indicator"]
    passed = now.schools[now.schools["stage"] == stage]["verdict"]
    pupils = float(units["pupils"].astype(float).sum(skipna=False))
    reached = [float((met == i.id).sum()) if rule else math.nan for i in asked]
    whole = float((passed == Verdict.MET.value).sum()) if rule else math.nan
    words = ["", f"合计（{len(units)}个学校、学段）", "", "达标个数" if rule else "", pupils]
    open_ = int((passed == Verdict.UNDETERMINED.value).sum()) if rule else len(units)
    remark = f"未定{open_}个" if open_ else ""
    values = [*words, *reached, *([""] if counted else []), whole, remark]
    styles = {k: RIGHT for k in range(4, 5 + len(asked))} | {3: RIGHT, len(values) - 2: CENTRE}
    paper.line(values, styles, num_format=number_format(0), **TOTAL)


def _notes(case: Case, stage: str) -> list[str]:
    rule = case.scheme.school_rule
    if rule is None:
        said = [
            "“办学标准”表没有填写本省的办学基本标准，各校是否达标未定；所列为本办法各项指标的实际数，填写标准后自动核对。"
        ]
    else:
        how = f"至少{rule.min_met}项达到标准" if rule.min_met is not None else "所列各项全部达到标准"
        floor = f"、其余不低于标准的{formats.plain(rule.floor_share * 100)}%" if rule.floor_share < 1 else ""
        said = [
            f"“该校综合评估是否达标”：{how}{floor}的填1，不达标的不填，数据不全不能判定的填“{OPEN}”。"
            "深色为该项低于标准，浅黄为缺数据。按未四舍五入的数判定。"
        ]
    said.append("一贯制学校的小学部、初中部和完全中学的初中部各填一行。")
    out = case.now.excluded
    out = out[out["stage"].isin([stage, ""] if stage == case.now.stages[0] else [stage])]
    for reason, rows in out.groupby("reason", sort=False):
        said.append(f"未列入本表：{formats.listed(list(rows['school']), 8)}（{reason}）。")
    return said


# ---- 表Ⅲ ------------------------------------------------------------------------------------------------------------


def _balance(book: Any, look: Look, case: Case) -> None:
    now, scheme = case.now, case.scheme
    shown = [i for i in scheme.indicators if i.id in set(now.balance["indicator"])]
    together = len(now.composite) > 0
    paper = Paper(book, look, "表Ⅲ 校际差异系数", (15, 18, *[14] * len(shown), *([13] if together else [])))
    paper.heading(case, "表Ⅲ", "义务教育校际间均衡情况")
    first = paper.row
    paper.head(["学段", "项目", *(f"{i.id} {i.name}" for i in shown), *(["综合差异系数"] if together else [])])
    _standards(paper, [i.unit for i in shown], ["", "计量单位"], [""] if together else [])
    last = paper.row - 1
    for stage in now.stages:
        _stage(paper, case, stage, shown, together)
    paper.notes(_cautions(case))
    paper.sign()
    paper.page(first, last, frozen=2)


def _stage(paper: Paper, case: Case, stage: str, shown: list[Indicator], together: bool) -> None:
    """The rows of one stage: mean, deviation, coefficient; limit and verdict where there is a limit."""
    now = case.now
    rows = now.balance[now.balance["stage"] == stage].set_index("indicator").loc[[i.id for i in shown]]
    whole = records(now.composite[now.composite["stage"] == stage])
    one: dict[str, Any] = whole[0] if whole else {"cv": math.nan, "limit": math.nan, "verdict": ""}
    label = f"{STAGES[stage]}（{int(rows['n_units'].iloc[0])}个）"

    def put(name: str, values: list[object], formats_: list[str], **everywhere: Any) -> None:
        styles: dict[int, dict[str, Any]] = {0: CENTRE, 1: CENTRE}
        for k, (value, form) in enumerate(zip(values, formats_, strict=True), start=2):
            ground = PALE if isinstance(value, float) and math.isnan(value) else GROUND.get(str(value), {})
            styles[k] = {**(CENTRE if isinstance(value, str) else RIGHT), "num_format": form or "General", **ground}
        paper.line([label, name, *values], styles, **everywhere)

    figures = records(rows)
    for name, column, more in (("全县平均值", "mean", 0), ("标准差", "sd", 1)):
        forms = [number_format(i.digits + more) for i in shown]
        put(
            name,
            [*(row[column] for row in figures), *([""] if together else [])],
            [*forms, *([""] if together else [])],
        )
    total, form = ([one["cv"]], [beside(one["cv"], one["limit"], CV_DIGITS)]) if together else ([], [])
    cvs = [beside(row["cv"], row["cv_limit"], CV_DIGITS) for row in figures]
    put("差异系数", [*(row["cv"] for row in figures), *total], [*cvs, *form], bold=True)
    limits = [row["cv_limit"] for row in figures] + ([one["limit"]] if together else [])
    if not all(map(math.isnan, limits)):
        verdicts = [row["verdict"] for row in figures] + ([one["verdict"]] if together else [])
        told = [formats.DASH if math.isnan(limit) else limit for limit in limits]
        put("差异系数上限", told, [plain(limit) for limit in limits])
        put("是否达到要求", [Verdict(v).label if v else formats.DASH for v in verdicts], [""] * len(verdicts))


GROUND: dict[str, dict[str, Any]] = {Verdict.NOT_MET.label: DARK, Verdict.UNDETERMINED.label: PALE}


def _cautions(case: Case) -> list[str]:
    now = case.now
    said = [
        "差异系数＝标准差÷全县平均值；全县平均值＝各校资源之和÷各校在校生之和；标准差以各校在校生占全县的比例为权数。按未四舍五入的数判定。"
    ]
    if len(now.composite):
        said.append("综合差异系数为各单项差异系数的算术平均值；单项差异系数不设上限。")
    for stage in now.stages:
        rows = now.balance[now.balance["stage"] == stage]
        if len(rows) and int(rows["n_units"].iloc[0]) < FEW_UNITS:
            said.append(f"{STAGES[stage]}只有{int(rows['n_units'].iloc[0])}个学校、学段，差异系数受个别学校影响很大。")
        if len(unknown := rows[rows["unknown"] > 0]):
            which = "、".join(f"{row.indicator}（{row.unknown}个学校缺数）" for row in unknown.itertuples())
            said.append(f"{STAGES[stage]}无法计算：{which}，缺的单元格见表Ⅱ备注或数据检查结果。")
    return said
