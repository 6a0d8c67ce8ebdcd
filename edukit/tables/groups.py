"""The tables of groups: numbers by stage and place, and the schools where a group's share is highest."""

from __future__ import annotations

import pandas as pd

from edukit import formats
from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.frames import records
from edukit.groups import PLACES, all_groups, by_place, concentrated, least_shown
from edukit.showing import Table, table
from edukit.text.groups import amount


def groups(case: Case) -> Table | None:
    """Every group by stage, in the county and by kind of place; nothing where no school has filled in any."""
    found = by_place(case.now.source)
    found = found.assign(filled=found["unknown"].map(len) < found["schools"])
    found = found[found.groupby("group")["filled"].transform("any")]
    if found.empty:
        return None
    places = ["", *(place for place in PLACES if (found["place"] == place).any())]
    whole = formats.area(case.county)
    rows = []
    for (group, stage), part in found.groupby(["group", "stage"], sort=False):
        cells = {row["place"]: amount(row) for row in records(part)}
        told = {place or whole: cells.get(place, formats.DASH) for place in places}
        blank = formats.listed(part.loc[part["place"] == "", "unknown"].iloc[0], 3) or formats.DASH
        rows.append({"群体": all_groups()[str(group)].name, "学段": STAGES[str(stage)], **told, "未填报的学校": blank})
    return table(
        pd.DataFrame(rows),
        caption=f"{case.county}{case.year}年随迁子女、留守儿童等人数和占在校生的比例",
        classes=lambda _, column: "num" if column == whole or column in PLACES else "",
        notes=[
            f"括号内为占该学段在校生的比例；“至少”为有学校未填报。留守儿童和残疾学生单所学校一个学段不足{least_shown()}人的，"
            "连同能推算出它的合计，不单独公布。"
        ],
    )


def group_schools(case: Case) -> Table | None:
    """The schools with the highest shares of each group; small numbers of sensitive groups are left out."""
    found = concentrated(case.now.source)
    if found.empty:
        return None
    rows = pd.DataFrame(
        {
            "群体": found["group"].map({id_: group.name for id_, group in all_groups().items()}),
            "学校": found["school"],
            "学段": found["stage"].map(STAGES),
            "城乡类型": found["place"],
            "人数": found["number"],
            "在校生": found["pupils"],
            "占比": found["share"],
        }
    )
    return table(
        rows,
        caption=f"{case.county}{case.year}年各类学生占比最高的学校",
        formats={"人数": formats.whole, "在校生": formats.whole, "占比": formats.percent},
        row_header="学校",
        notes=[f"留守儿童和残疾学生只列一个学段不少于{least_shown()}人的学校。"],
    )
