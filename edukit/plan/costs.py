"""What one more unit of each resource costs, and what may limit a plan: defaults, and what the user overrides."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NoReturn

import yaml

from edukit import plain_yaml
from edukit.dictionary import STAGES, load
from edukit.errors import CallError
from edukit.schemes import Indicator, Scheme

KINDS = ("hire", "build", "buy")
OWN_KEYS = {"version", "fields", "limits", "closed", "settings", "apart"}
SETTINGS = {"rotation_share", "yearly_share"}


@dataclass(frozen=True)
class UnitCost:
    """What one unit of a resource costs.

    Attributes:
        kind: hire, build or buy.
        cost: 元 per resource unit (per teacher and year, ㎡, room, 元 of equipment).
        move: 元 for moving one teacher between schools; None where the resource cannot move.
        source: where the number comes from; 估计 where nobody said it.
    """

    kind: str
    cost: float
    move: float | None = None
    source: str = ""


@dataclass(frozen=True)
class Costs:
    """Unit costs and limits as they apply to one scheme.

    Attributes:
        fields: field name without its stage -> unit cost.
        limits: indicator id -> most units that may be added in the whole county; moves do not count.
        closed: (school's code or name, indicator id) that cannot be added to.
        rotation_share: most teachers moved, as a share of those eligible, 0–1; None: what the scheme asks for.
        yearly_share: least share of the failing schools brought to standard each year, 0–1; None: the scheme's goal.
        otherwise: both shares for schemes that name none.
        apart: types of sponsors whose schools take no part in moving teachers.
    """

    fields: Mapping[str, UnitCost]
    limits: Mapping[str, float]
    closed: tuple[tuple[str, str], ...]
    rotation_share: float | None
    yearly_share: float | None
    otherwise: Mapping[str, float]
    apart: tuple[str, ...] = ()

    def of(self, name: str) -> UnitCost:
        """The unit cost of a field, e.g. ``pe_arts_teachers_primary``; KeyError where there is none."""
        return self.fields[stageless(name)]


def stageless(name: str) -> str:
    """A field name without its stage.

    >>> stageless("teachers_primary"), stageless("books")
    ('teachers', 'books')
    """
    base, _, stage = name.rpartition("_")
    return base if stage in STAGES else name


def lever_field(indicator: Indicator) -> str:
    """The field by which an indicator is raised: the first that counts in its favour; ``{stage}`` stands for a stage.

    >>> from edukit.schemes import load_scheme
    >>> [lever_field(i) for i in load_scheme("quality-2017").indicators][2:5]
    ['pe_arts_teachers_{stage}', 'teaching_area', 'sports_field_area']
    """
    return next(name for name, factor in indicator.numerator.items() if factor > 0)


def load_costs(scheme: Scheme, path: Path | None = None) -> Costs:
    """Unit costs for a scheme's indicators.

    Args:
        scheme: whose indicators must all have one.
        path: the user's file, which overrides the defaults entry by entry.

    Raises:
        CallError: the file cannot be read, names what there is not, or a unit cost is missing or not above zero.
    """
    costs = _defaults()
    if path is not None:
        costs = _overridden(costs, _read(path), scheme, path.name)
    where = path.name if path else "costs.yaml"
    for indicator in scheme.indicators:
        field = lever_field(indicator).replace("_{stage}", "")
        entry = costs.fields.get(field)
        if entry is None or not (math.isfinite(entry.cost) and entry.cost > 0):
            _refuse(
                where,
                f"缺少 {indicator.id} {indicator.short}（{field}）的单位成本，应为大于 0 的数，"
                f"单位元/{indicator.resource_unit}。请在单位成本文件中补充，例如 {indicator.id}: 1000，用 --costs 给出",
            )
        if entry.move is not None and not (math.isfinite(entry.move) and entry.move > 0):
            _refuse(where, f"{indicator.id} {indicator.short}的交流成本应为大于 0 的数，实为“{entry.move}”")
    return costs


@cache
def _defaults() -> Costs:
    text = files("edukit.plan").joinpath("costs.yaml").read_text(encoding="utf-8")
    raw = yaml.safe_load(text)
    fields = {name: UnitCost(**entry) for name, entry in raw["fields"].items()}
    return Costs(fields, {}, (), None, None, raw["otherwise"], tuple(raw["apart"]))


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = plain_yaml.read(path.read_text(encoding="utf-8-sig"))
    except yaml.YAMLError as error:
        raise CallError(f"单位成本文件 {path} 读不出来：{plain_yaml.told(error)}。") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CallError(f"单位成本文件 {path} 读不出来：{error}。应为 UTF-8 编码的 YAML 文件。") from None
    if not isinstance(raw, dict):
        _refuse(path.name, "应为“指标编号: 单位成本”的列表")
    return raw


def _refuse(where: str, problem: str) -> NoReturn:
    raise CallError(f"单位成本（{where}）：{problem}。")


def _shaped(raw: Mapping[str, Any], where: str) -> None:
    """Refuse a part that is no list, or no list of names with values, where it should be."""
    for key in ("fields", "limits", "settings"):
        if not isinstance(raw.get(key) or {}, Mapping):
            _refuse(where, f"{key} 应为“名称: 值”，每行一个，实为“{raw[key]}”")
    for key in ("closed", "apart"):
        if not isinstance(raw.get(key) or [], list):
            _refuse(where, f"{key} 应为列表，每行一个、以“- ”开头，实为“{raw[key]}”")


def _overridden(costs: Costs, raw: Mapping[str, Any], scheme: Scheme, where: str) -> Costs:
    ids = {i.id: lever_field(i).replace("_{stage}", "") for i in scheme.indicators}
    _shaped(raw, where)
    entries = {**(raw.get("fields") or {}), **{key: value for key, value in raw.items() if key not in OWN_KEYS}}
    fields = dict(costs.fields)
    for key, value in entries.items():
        field = ids.get(key, key)
        if field not in fields and field not in ids.values():
            _refuse(where, f"不认识“{key}”，应为指标编号（{'、'.join(ids)}）或字段名（{'、'.join(fields)}）")
        fields[field] = _entry(fields.get(field), value, key, where)
    limits = {str(key): _number(value, f"limits 的 {key}", where) for key, value in (raw.get("limits") or {}).items()}
    closed = tuple(_closed(entry, where) for entry in raw.get("closed") or ())
    _known([*limits, *(id_ for _, id_ in closed)], ids, where)
    settings = raw.get("settings") or {}
    if unknown := set(map(str, settings)) - SETTINGS:
        _refuse(where, f"settings 没有“{'、'.join(sorted(unknown))}”，应为{'、'.join(sorted(SETTINGS))}")
    shares = {key: _share(value, key, where) for key, value in settings.items() if value is not None}
    apart = tuple(costs.apart if raw.get("apart") is None else map(str, raw["apart"]))
    sponsors = load().field("sponsor_type").choices
    if strange := [name for name in apart if name not in sponsors]:
        _refuse(where, f"apart 不认识“{'、'.join(strange)}”，应为举办者类型（{'、'.join(sponsors)}）")
    return replace(
        costs,
        apart=apart,
        fields=fields,
        limits=limits,
        closed=closed,
        rotation_share=shares.get("rotation_share"),
        yearly_share=shares.get("yearly_share"),
    )


def _entry(before: UnitCost | None, value: Any, key: str, where: str) -> UnitCost:
    given = dict(value) if isinstance(value, Mapping) else {"cost": value}
    if before is None and given.get("kind") not in KINDS:
        _refuse(where, f"{key} 没有默认值，应写明 kind（{'、'.join(KINDS)}）和 cost，例如 {{kind: build, cost: 500}}")
    if unknown := set(given) - {"kind", "cost", "move", "source"}:
        _refuse(where, f"{key} 不认识“{'、'.join(map(str, unknown))}”，应为 kind、cost、move、source")
    for name in ("cost", "move"):
        if name in given:
            missing = given[name] is None and name == "cost"
            given[name] = math.nan if missing else None if given[name] is None else _number(given[name], key, where)
    base = {"kind": "", "cost": math.nan, "move": None} if before is None else vars(before)
    return UnitCost(**{**base, "source": "用户给定", **given})


def _number(value: Any, key: str, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e15:
        _refuse(where, f"{key} 应为不小于 0 的数，实为“{str(value)[:30]}”")
    return float(value)


def _share(value: Any, key: str, where: str) -> float:
    share = _number(value, key, where)
    if share > 1:
        _refuse(where, f"{key} 是比例，应在 0 与 1 之间，实为 {share:g}")
    return share


def _closed(entry: Any, where: str) -> tuple[str, str]:
    if not isinstance(entry, Mapping) or set(entry) != {"school", "indicator"}:
        _refuse(where, f"closed 的每一项应写明 school 和 indicator，实为“{entry}”")
    return str(entry["school"]), str(entry["indicator"])


def _known(used: Sequence[str], ids: Mapping[str, str], where: str) -> None:
    if unknown := [id_ for id_ in used if id_ not in ids]:
        _refuse(where, f"没有编号为“{'、'.join(unknown)}”的指标，应为{'、'.join(ids)}")
