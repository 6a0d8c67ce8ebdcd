"""Tables of money: norms, what each school should be given and was, growth over the years."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from edukit import formats
from edukit.case import Case
from edukit.formats import plain
from edukit.frames import records
from edukit.funding import WAN
from edukit.showing import Table, table
from edukit.tables.states import CLASSES
from edukit.topics import money as funds
from edukit.topics.asked import WORDS


def norms(case: Case) -> Table | None:
    """The county's norms beside the province's and those published; nothing where the county reports none."""
    if not funds.own_norms_known(case):
        return None
    found = funds.norms(case)
    own = found[0]
    rows = [
        {
            "标准": each.name,
            "小学": plain(each.primary),
            "初中": plain(each.junior),
            "寄宿生另加": plain(each.boarding),
            "特殊教育": plain(each.special),
            "来源": f"{each.source}{'' if each.certain else '（数额未见原文）'}",
        }
        for each in found
    ]
    keys = {"小学": "primary", "初中": "junior", "寄宿生另加": "boarding", "特殊教育": "special"}

    def css(label: Any, column: str) -> str:
        if column not in keys:
            return ""
        lower = label and getattr(own, keys[column]) < getattr(found[label], keys[column])
        return "num floor" if lower else "num"

    return table(
        pd.DataFrame(rows),
        caption=f"{case.county}{case.year}年生均公用经费标准（元/生·年）",
        classes=css,
        notes=["底色标出的数高于本县标准。"],
    )


def money(case: Case) -> Table | None:
    """Each school's funds: by the norms, in the budget, the rule for small schools, the share for training."""
    given, trained = funds.allocation(case), funds.training(case)
    if given is None and trained is None:
        return None
    schools = case.now.evidence.schools
    frame = pd.DataFrame({"学校": schools["school_name"]})
    states: dict[tuple[Any, str], str] = {}
    notes = ["金额单位：万元。"]
    if given is not None:
        own = given.schools
        frame["学生数"] = [formats.whole(n) for n in own["pupils"]]
        frame["计费人数"] = [_counted(row) for row in records(own)]
        frame["公用经费预算"] = [formats.decimal(n, 2) for n in schools[given.funds]]
        count = plain(given.counted_as)
        small = {row["school"]: row for row in records(given.small)}
        named = [small.get(name) for name in schools["school_name"]]
        # What a school's pupils of every kind come to would tell how many disabled ones it has.
        frame[f"按{count}人核定不少于"] = [formats.DASH if row is None else _wan(row["required"]) for row in named]
        frame["小规模学校"] = [formats.DASH if row is None else WORDS[row["verdict"]] for row in named]
        states |= {(i, "小规模学校"): CLASSES[row["verdict"]] for i, row in enumerate(named) if row is not None}
        notes.append(f"“小规模学校”指不足{count}人、按{count}人核定公用经费的村小学和教学点。")
    if trained is not None:
        ledger = trained.ledger.reindex(schools.index)
        head = f"培训经费占比（≥{plain(trained.limit * 100)}%）"
        frame["培训经费"] = [formats.decimal(n, 2) for n in ledger["training"]]
        frame[head] = [
            formats.DASH if math.isnan(x) else f"{formats.beside(x * 100, trained.limit * 100, 2)}%"
            for x in ledger["share"]
        ]
        judged = ledger["verdict"].fillna("")
        states |= {(i, head): CLASSES[state] for i, state in enumerate(judged)}
        notes.append(f"培训经费用{trained.kind}数，分母为公用经费预算总额；不列入评估的学校不计占比。")
    return table(
        frame.reset_index(drop=True),
        caption=f"{case.county}{case.year}年各校公用经费和培训经费",
        classes=lambda label, column: (
            states.get((label, column), "")
            if column == "小规模学校"
            else ""
            if column == "学校"
            else f"num {states.get((label, column), '')}".strip()
        ),
        notes=notes,
    )


def _counted(row: dict[str, Any]) -> str:
    both = row["counted_primary"] + row["counted_junior"]
    return formats.DASH if math.isnan(both) else formats.whole(both)


def _wan(yuan: float) -> str:
    return formats.decimal(yuan / WAN, 2)


def growth(case: Case) -> Table | None:
    """Every series by year with its growth; nothing where no year was filled in."""
    found = funds.growth(case)
    if found is None:
        return None
    years = sorted(set(found.rows["year"]))
    rows: list[dict[str, str]] = []
    falling: set[tuple[int, str]] = set()
    for _, part in found.rows.groupby("field", sort=False):
        own = part.set_index("year")
        entry = {"项目": f"{part['header'].iloc[0]}（{part['unit'].iloc[0]}）"}
        for year in years:
            known = year in own.index
            value, rate = (own.at[year, "value"], own.at[year, "rate"]) if known else (math.nan, math.nan)
            entry[f"{year}年"] = formats.decimal(value, 0 if math.isnan(value) or float(value).is_integer() else 2)
            if year > years[0]:
                entry[f"{year}年增长"] = _signed(rate)
                if rate < 0:
                    falling.add((len(rows), f"{year}年增长"))
        rows.append(entry)
    return table(
        pd.DataFrame(rows),
        caption=f"{case.county}{years[0]}至{years[-1]}年教育经费",
        classes=lambda label, column: (
            "" if column == "项目" else "num not-met" if (label, column) in falling else "num"
        ),
        notes=["增长为比上年增减的百分比；底色标出下降。"],
    )


def _signed(rate: float) -> str:
    return formats.DASH if math.isnan(rate) else f"{rate * 100:+.2f}%".replace("-", "−")
