"""The desk: sliders, lists to choose from, and below them the county as it is beside the county as it would be.

The desk only holds widgets together. What can be tried is :mod:`edukit.exploring.drafting`'s, what is shown
:mod:`edukit.exploring.board`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import ipywidgets as widgets

from edukit.case import Case
from edukit.dictionary import STAGES
from edukit.errors import CallError, DataError
from edukit.exploring import board, drafting
from edukit.exploring.drafting import BOUGHT, BUILT, HIRED, STAFF, Place, Slot
from edukit.scenario import Scenario, WhatIf, what_if
from edukit.showing import Bundle

WIDGET = "application/vnd.jupyter.widget-view+json"
NAME = "探索方案"
WIDE = {"width": "22em"}
HINTS = {STAFF: "教师", BUILT: "建设", BOUGHT: "购置"}


def explore(case: Case, school: str = "", indicator: str = "") -> Desk:
    """Try changes of a county with sliders, and see the new assessment beside the old one.

    In the last line of a cell the desk shows itself. It starts with the school that misses the standards most, and with
    what would bring it there; put the sliders back to nought to see the county as it is.

    Example::

        desk = explore(case)                    # 拖动滑块
        desk                                    # 显示面板
        desk.found.after.verdict                # 变更后的结论
        print(desk.yaml)                        # 方案文件，可用 edukit assess --scenario 运行

    Args:
        case: what :func:`edukit.open_case` gives.
        school: code or full name of the school to begin with; blank for the one farthest below a standard.
        indicator: id of the indicator to begin with, e.g. ``"Q4"``; blank as for the school.

    Raises:
        CallError: there is no such school or indicator among those that are judged.
    """
    return Desk(case, school, indicator)


class Desk:
    """Sliders and what they make of the county; see :func:`explore`.

    Attributes:
        case: the county as it is.
        amounts: what is tried: each slider that was moved, with its amount.
        found: the county as it is and as it would be.
    """

    def __init__(self, case: Case, school: str = "", indicator: str = "") -> None:
        self.case = case
        self.amounts: dict[Slot, float] = {}
        self.found: WhatIf = what_if(case, Scenario(NAME, ()))
        self._places = {place.key: place for place in drafting.places(case)}
        self._quiet = False
        self._make()
        self._begin(school.strip(), indicator.strip())

    # ---- what is chosen and tried -----------------------------------------------------------------------------------

    @property
    def place(self) -> Place:
        """The school that is chosen."""
        return self._places[self.school.value]

    @property
    def scenario(self) -> Scenario:
        """All that is tried, as a scenario."""
        return drafting.scenario(self.amounts, NAME)

    @property
    def yaml(self) -> str:
        """The scenario as a file for ``edukit assess --scenario``."""
        return drafting.as_yaml(self.scenario)

    def fill(self, every: bool = False) -> None:
        """Add what the chosen school still lacks to the standard of the chosen indicator, or of every indicator.

        Teachers are hired; whoever wants to move some takes them with the slider and fills up what then still lacks.
        """
        wanted: dict[Slot, float] = {}
        for (stage, indicator), lacks in drafting.needs(self.found.after, self.place.row).items():
            if every or (stage, indicator) == (self.stage.value, self.indicator.value):
                slot = drafting.slot_for(self._lever(stage, indicator), self.place.key)
                wanted[slot] = max(lacks, wanted.get(slot, 0.0))
        with self._held():
            field = self._lever(self.stage.value, self.indicator.value)
            self.what[drafting.group_of(field)].value = field
            self.giver.value = HIRED
        self._try(
            {**self.amounts, **{slot: round(self.amounts.get(slot, 0.0) + more, 6) for slot, more in wanted.items()}}
        )

    def _lever(self, stage: str, indicator: str) -> str:
        return drafting.lever(self.case.scheme.indicator(indicator), stage)

    def clear(self, school: str = "") -> None:
        """Put all sliders back to nought, or those of one school (by its key)."""
        self._try({slot: amount for slot, amount in self.amounts.items() if school and slot.school != school})

    # ---- widgets ----------------------------------------------------------------------------------------------------

    def _make(self) -> None:
        self.school = _list("学校", [(place.name, key) for key, place in self._places.items()])
        self.stage = _list("学段", [])
        self.indicator = _list("指标", [(f"{i.short}（{i.unit}）", i.id) for i in self.case.scheme.indicators])
        self.what = {group: _list(hint, []) for group, hint in HINTS.items()}
        self.giver = _list("从哪里来", [])
        self.amount = {group: _slider() for group in HINTS}
        self.whom = _list("在校生增减", [])
        self.growth = widgets.IntSlider(
            min=-50, max=50, description="增减（%）", continuous_update=False, layout=WIDE, style=_STYLE
        )
        self.result = widgets.HTML()
        self.result.add_class("jp-RenderedHTMLCommon")
        self._buttons = [
            _button("补齐本项缺口", "把所选学校的所选指标补到标准", self.fill),
            _button("补齐本校缺口", "把所选学校低于标准的各项指标都补到标准", lambda: self.fill(every=True)),
            _button("本校归零", "取消对所选学校的变更", lambda: self.clear(self.school.value)),
            _button("全部归零", "取消全部变更", self.clear),
        ]
        self.box = widgets.VBox([*self._rows(), self.result])
        for each in (self.school, self.stage):
            each.observe(self._chosen, "value")
        self.indicator.observe(lambda _: self._show(), "value")
        for group, choice in self.what.items():
            choice.observe(lambda _: self._loaded(), "value")
            self.amount[group].observe(lambda _, group=group: self._moved(group), "value")
        for each in (self.giver, self.whom):
            each.observe(lambda _: self._loaded(), "value")
        self.growth.observe(lambda _: self._grown(), "value")

    def _rows(self) -> list[widgets.Widget]:
        heads = [widgets.HTML(f"<strong>{text}</strong>") for text in ("看哪里", "试什么")]
        return [
            heads[0],
            _row(self.school, self.stage, self.indicator),
            heads[1],
            _row(self.what[STAFF], self.giver, self.amount[STAFF]),
            _row(self.what[BUILT], self.amount[BUILT]),
            _row(self.what[BOUGHT], self.amount[BOUGHT]),
            _row(self.whom, self.growth),
            _row(*self._buttons),
        ]

    def _begin(self, school: str, indicator: str) -> None:
        """Choose what to begin with and, where nothing was asked for, what would repair it."""
        start = drafting.worst(self.case)
        keys = {place.row: key for key, place in self._places.items()}
        key = self._key(school) if school else keys[start[0]] if start else next(iter(self._places))
        if indicator and indicator not in self.case.scheme.ids:
            raise CallError(f"评估办法中没有指标“{indicator}”，应为{'、'.join(self.case.scheme.ids)}之一。")
        with self._held():
            self.school.value = key
            self.stage.options = [(STAGES[stage], stage) for stage in self.place.stages]
            self.stage.value = start[1] if start and start[1] in self.place.stages else self.place.stages[0]
            self.indicator.value = indicator or (start[2] if start else self.case.scheme.ids[0])
        self._chosen()
        if start and not school and not indicator:
            self.fill(every=True)

    def _key(self, school: str) -> str:
        fits = [key for key, place in self._places.items() if school in (key, place.name)]
        if len(fits) != 1:
            names = "、".join(place.name for place in self._places.values())
            raise CallError(f"计入测算的学校中没有“{school}”，或有多所同名。请填学校标识码或全称：{names}。")
        return fits[0]

    def _held(self) -> _Held:
        return _Held(self)

    def _chosen(self, _: Any = None) -> None:
        """Another school or stage: other teachers, other schools to take from, other pupils."""
        if self._quiet:
            return
        with self._held():
            stages = [(STAGES[stage], stage) for stage in self.place.stages]
            if list(self.stage.options) != stages:
                self.stage.options = stages
            stage = self.stage.value
            for group, choice in self.what.items():
                offered = drafting.fields(self.case.scheme, group, stage)
                _offer(choice, [(field.label, field.name) for field in offered])
            givers = drafting.givers(self.case, self.place.row, stage)
            _offer(self.giver, [("招聘补充", HIRED), *((f"{each.name}调入", each.key) for each in givers)])
            own, all_ = f"本校{STAGES[stage]}", f"全县{STAGES[stage]}"
            _offer(self.whom, [(own, self.place.key), (all_, "")], keep=False)
        self._loaded()

    def _slot(self, group: str) -> Slot:
        return drafting.slot_for(self.what[group].value, self.place.key, self.giver.value if group == STAFF else HIRED)

    def _grow_slot(self) -> Slot:
        return Slot("grow", self.whom.value, stage=self.stage.value)

    def _loaded(self) -> None:
        """Set the sliders to what is tried at the places that they now stand for."""
        if self._quiet:
            return
        needs = drafting.needs(self.case.now, self.place.row)
        with self._held():
            for group, slider in self.amount.items():
                field = self.what[group].value
                slider.disabled = field is None
                if field is None:
                    continue
                amount = self.amounts.get(self._slot(group), 0.0)
                giver = self._places[self.giver.value].row if group == STAFF and self.giver.value else None
                lacks = max((n for at, n in needs.items() if self._lever(*at) == field), default=0.0)
                end = drafting.most(self.case.book.schools, self.place.row, field, lacks, giver)
                slider.step = drafting.step(field)
                slider.readout_format = ",.0f" if slider.step == 1 else ",.1f"
                slider.value = 0.0  # within any range, so that the ends can be set in any order
                slider.max = max(end, amount)
                slider.value = amount
            self.growth.value = round(100 * self.amounts.get(self._grow_slot(), 0.0))
        self._show()

    def _moved(self, group: str) -> None:
        if not self._quiet and self.what[group].value is not None:
            self._try({**self.amounts, self._slot(group): round(self.amount[group].value, 6)})

    def _grown(self) -> None:
        if not self._quiet:
            self._try({**self.amounts, self._grow_slot(): self.growth.value / 100})

    def _try(self, amounts: dict[Slot, float]) -> None:
        """Judge the county with these changes; what cannot be is told and not kept."""
        try:
            found = what_if(self.case, drafting.scenario(amounts, NAME))
        except (CallError, DataError) as error:
            self._loaded()
            self.result.value = board.refused(str(error)) + self.result.value
            return
        self.amounts, self.found = {slot: amount for slot, amount in amounts.items() if amount}, found
        self._loaded()

    def _show(self) -> None:
        if not self._quiet:
            self.result.value = board.board(
                self.found, self.place.row, self.stage.value, self.indicator.value, self.yaml
            )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle:
        """The widgets; where no widgets can be shown, what to do about it."""
        static = board.instead(self.found)
        view = self.box._repr_mimebundle_()
        data = view[0] if isinstance(view, tuple) else view
        return {
            **{kind: value for kind, value in (data or {}).items() if kind == WIDGET},
            "text/html": static.html,
            "text/plain": static.text,
        }, {"edukit": {"kind": "prose"}}


class _Held:
    """While widgets are set by the desk itself, their changes mean nothing."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __enter__(self) -> None:
        self._was, self._desk._quiet = self._desk._quiet, True

    def __exit__(self, *_: object) -> None:
        self._desk._quiet = self._was


_STYLE = {"description_width": "6em"}


def _list(label: str, options: Iterable[tuple[str, str]]) -> widgets.Dropdown:
    return widgets.Dropdown(options=list(options), description=label, layout=WIDE, style=_STYLE)


def _offer(choice: widgets.Dropdown, options: list[tuple[str, str]], keep: bool = True) -> None:
    """Other options; what was chosen stays where it is still among them."""
    chosen = choice.value
    choice.options = options
    values = [value for _, value in options]
    if values:
        choice.value = chosen if keep and chosen in values else values[0]
    choice.disabled = not values


def _slider() -> widgets.FloatSlider:
    return widgets.FloatSlider(min=0, description="数量", continuous_update=False, layout=WIDE, style=_STYLE)


def _button(label: str, hint: str, act: Callable[[], None]) -> widgets.Button:
    made = widgets.Button(description=label, tooltip=hint)
    made.on_click(lambda _: act())
    return made


def _row(*parts: widgets.Widget) -> widgets.HBox:
    return widgets.HBox(list(parts), layout={"flex_flow": "row wrap"})
