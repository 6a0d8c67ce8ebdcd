"""The resource blocks of both national schemes once more, in plain Python and whole fractions.

Written from the rules (教督〔2012〕3号, 教督〔2017〕6号 and the split formula), not from edukit: it imports nothing
of it and has its own copy of every number. A school is a mapping of field names to text, a number, or None for unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction

School = Mapping[str, object]
Number = Fraction | None

TAUGHT = {
    "小学": ("primary",),
    "小学教学点": ("primary",),
    "初级中学": ("junior",),
    "九年一贯制学校": ("primary", "junior"),
    "十二年一贯制学校": ("primary", "junior", "senior"),
    "完全中学": ("junior", "senior"),
}
WEIGHTS = {"primary": Fraction(1), "junior": Fraction(11, 10), "senior": Fraction(132, 100)}
STAGES = ("primary", "junior")

QUALITY = {
    # id: what it is made of, per how many pupils, whether it is split, standard of primary and junior schools
    "Q1": ((("higher_degree_teachers_{}", 1),), 100, False, ("4.2", "5.3")),
    "Q2": ((("backbone_teachers_{}", 1),), 100, False, ("1", "1")),
    "Q3": ((("pe_arts_teachers_{}", 1),), 100, False, ("0.9", "0.9")),
    "Q4": ((("teaching_area", 1), ("indoor_sports_area", -1)), 1, True, ("4.5", "5.8")),
    "Q5": ((("sports_field_area", 1), ("indoor_sports_area", 1)), 1, True, ("7.5", "10.2")),
    "Q6": ((("equipment_value", 10000),), 1, True, ("2000", "2500")),
    "Q7": ((("multimedia_rooms", 1),), 100, True, ("2.3", "2.4")),
}
FLOORS = {
    "Q1": ("3.57", "4.505"),
    "Q2": ("0.85", "0.85"),
    "Q3": ("0.765", "0.765"),
    "Q4": ("3.825", "4.93"),
    "Q5": ("6.375", "8.67"),
    "Q6": ("1700", "2125"),
    "Q7": ("1.955", "2.04"),
}
QUALITY_LIMITS = ("0.50", "0.45")
BASIC = {
    "B1": ((("teaching_area", 1),), 1, True),
    "B2": ((("sports_field_area", 1), ("indoor_sports_area", 1)), 1, True),
    "B3": ((("equipment_value", 10000),), 1, True),
    "B4": ((("computers", 1),), 100, True),
    "B5": ((("books", 1),), 1, True),
    "B6": ((("teachers_{}", 1),), 1, False),
    "B7": ((("higher_degree_teachers_{}", 1),), 1, False),
    "B8": ((("middle_title_teachers_{}", 1),), 1, False),
}
BASIC_LIMITS = ("0.65", "0.55")
OUT_OF_BASIC = ("民办", "省级教育部门", "地级教育部门", "企业", "高校")


@dataclass
class Judged:
    """What the rules say: by unit (school and stage), by indicator and stage, by stage, and for all."""

    values: dict[tuple[str, str, str], Number] = field(default_factory=dict)
    units: dict[tuple[str, str], str] = field(default_factory=dict)
    squares: dict[tuple[str, str], Number] = field(default_factory=dict)
    means: dict[tuple[str, str], Number] = field(default_factory=dict)
    balance: dict[tuple[str, str], str] = field(default_factory=dict)
    composite: dict[str, tuple[float | None, str]] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """Of all together: one that fails decides, else one that is unknown."""
        parts = [*self.units.values(), *self.balance.values(), *(verdict for _, verdict in self.composite.values())]
        return "not_met" if "not_met" in parts else "undetermined" if "undetermined" in parts else "met"


def exact(value: object) -> Number:
    """A number as it is written in decimals."""
    return None if value is None or value != value else Fraction(repr(value))


def pupils(school: School, stage: str) -> Number:
    """Pupils of a stage: 0 where a stage that is not taught is blank."""
    given = exact(school.get(f"pupils_{stage}"))
    return Fraction(0) if given is None and stage not in TAUGHT.get(str(school["school_type"]), ()) else given


def counts(school: School, scheme: str) -> bool:
    """Whether a scheme judges a school."""
    kind = school["school_type"]
    if kind in ("特殊教育学校", "职业初中"):
        return False
    if scheme == "basic-2012":
        return kind != "小学教学点" and school.get("sponsor_type") not in OUT_OF_BASIC
    both = [pupils(school, stage) for stage in STAGES]
    small = None not in both and sum(both) < 50  # type: ignore[arg-type]
    return not (kind == "小学教学点" and small)


def resource(school: School, stage: str, parts: Iterable[tuple[str, int]], split: bool) -> Number:
    """What a stage of a school has."""
    total = Fraction(0)
    for name, factor in parts:
        amount = exact(school.get(name.format(stage)))
        if name == "indoor_sports_area" and amount is None and exact(school.get("teaching_area")) is not None:
            amount = Fraction(0)
        if amount is None:
            return None
        total += amount * factor
    if not split:
        return total
    shares = {s: pupils(school, s) for s in WEIGHTS}
    if None in shares.values():
        return None
    weighted = {s: number * WEIGHTS[s] for s, number in shares.items()}  # type: ignore[operator]
    return total * weighted[stage] / sum(weighted.values())


def judge(schools: Sequence[School], scheme: str) -> Judged:
    """The resource block of a county."""
    out = Judged()
    listed = {**QUALITY} if scheme == "quality-2017" else {k: (*v, None) for k, v in BASIC.items()}
    for place, stage in enumerate(STAGES):
        here = [s for s in schools if counts(s, scheme) and pupils(s, stage) != 0]
        if not here:
            continue
        have = [pupils(s, stage) for s in here]
        roots: list[Number] = []
        verdicts: dict[int, list[str]] = {i: [] for i in range(len(here))}
        deep: set[int] = set()
        for indicator, (parts, per, split, standard) in listed.items():
            amounts = [resource(s, stage, parts, split) for s in here]
            for i, (school, amount, number) in enumerate(zip(here, amounts, have, strict=True)):
                value = None if amount is None or number is None else amount * per / number
                out.values[str(school["school_name"]), stage, indicator] = value
                if standard:
                    verdicts[i].append("?" if value is None else "+" if value >= Fraction(standard[place]) else "-")
                    if value is not None and value < Fraction(FLOORS[indicator][place]):
                        deep.add(i)
            square = mean = None
            if None not in amounts and None not in have:
                whole, people = sum(amounts), sum(have)  # type: ignore[arg-type]
                mean = whole * per / people
                if whole > 0:
                    squares = sum(x * x / n for x, n in zip(amounts, have, strict=True))  # type: ignore[operator]
                    square = people * squares / whole**2 - 1
            out.squares[stage, indicator], out.means[stage, indicator] = square, mean
            roots.append(square)
            if standard:
                limit = Fraction(QUALITY_LIMITS[place]) ** 2
                out.balance[stage, indicator] = (
                    "undetermined" if square is None else "met" if square <= limit else "not_met"
                )
        if scheme == "quality-2017":
            for i, school in enumerate(here):
                met, unknown = verdicts[i].count("+"), verdicts[i].count("?")
                lost = i in deep or met + unknown < 6
                out.units[str(school["school_name"]), stage] = (
                    "not_met" if lost else "undetermined" if unknown else "met"
                )
        else:
            out.composite[stage] = _composite(roots, BASIC_LIMITS[place])
    return out


def root(square: Fraction) -> Fraction:
    """The square root to fifty digits."""
    with localcontext() as context:
        context.prec = 60
        return Fraction((Decimal(square.numerator) / Decimal(square.denominator)).sqrt())


def _composite(squares: Sequence[Number], limit: str) -> tuple[float | None, str]:
    known = [root(square) for square in squares if square is not None]
    mean = sum(known, Fraction(0)) / len(squares)
    if len(known) < len(squares):
        return None, "not_met" if mean > Fraction(limit) else "undetermined"
    return float(mean), "met" if mean <= Fraction(limit) * (1 + Fraction(1, 10**40)) else "not_met"
