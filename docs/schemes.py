"""The schemes as a page: ``python -m docs.schemes`` makes ``schemes.md`` from ``edukit/schemes/*.yaml``.

A variant is shown by what differs from the scheme that it extends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from docs.links import parent_of
from docs.markdown import table, write
from edukit.dictionary import STAGES
from edukit.documents.policy import STAGE_NAMES
from edukit.items import describe
from edukit.schemes import Block, Indicator, Item, Option, Scheme, SchoolItem, load_scheme
from edukit.schemes.files import shipped

NAME = "schemes.md"
Entry = TypeVar("Entry", Indicator, Item, SchoolItem, Option)


def page() -> str:
    """The page: all schemes at a glance, then one chapter for each, parents before their variants."""
    ids = sorted(shipped(), key=lambda id_: (parent_of(id_) != "", parent_of(id_), id_))
    lines = [
        "# 评估办法",
        "",
        "本页由 `python -m docs.schemes` 从 `edukit/schemes/` 的办法文件生成，请勿手工修改；一项测试核对两者一致。"
        "标准、上限、计入范围和各项要求只写在这些文件里，程序中没有。`edukit schemes 编号` 打印同样内容；"
        "本省办法怎么加见 [province.md](province.md)。",
        "",
        "编写时没有取得完整的官方文本，每个数依据什么见各办法的“来源”，没有全国统一规定的见“待定”。",
    ]
    lines += table(
        ("编号", "办法", "文件", "在何办法之上", "资源指标:", "其他事项:"),
        (_glance(load_scheme(id_), parent_of(id_)) for id_ in ids),
    )
    for id_ in ids:
        parent = parent_of(id_)
        lines += _chapter(load_scheme(id_), load_scheme(parent) if parent else None)
    return "\n".join(lines).replace("\n\n\n", "\n\n").strip() + "\n"


def _glance(own: Scheme, parent: str) -> list[object]:
    above = f"[{parent}](#{parent})" if parent else "—"
    link = f"[{own.id}](#{own.id})"
    return [link, own.name, own.document, above, len(own.indicators), len(own.all_items)]


def _chapter(own: Scheme, above: Scheme | None) -> Iterator[str]:
    yield from (f"## {own.id}", "", f"《{own.name}》（{own.document}）")
    if above:
        yield from ("", f"以 [{above.id}](#{above.id}) 为基础，以下只列不同的和增加的。")
    yield from _resources(own, above)
    yield from _scope(own, above)
    yield from _items(own, above)
    yield from _options(own, above)
    if own.targets and (above is None or own.targets != above.targets):
        yield "### 目标年份"
        yield from table(("县", "年份:", "级别"), ([name, each.year, each.level] for name, each in own.targets.items()))
    before = dict(above.uncertain) if above else {}
    if doubts := [(topic, text) for topic, text in own.uncertain if before.get(topic) != text]:
        yield "### 待定"
        yield from table(("事项", "暂按"), doubts)
    known = above.sources if above else {}
    if sources := [(code, text) for code, text in own.sources.items() if known.get(code) != text]:
        yield "### 来源"
        yield from table(("编号", "文件或材料"), sources)


def _new(own: Sequence[Entry], above: Sequence[Entry]) -> list[Entry]:
    """What is not in the scheme above, or is otherwise there."""
    before = {entry.id: entry for entry in above}
    return [entry for entry in own if before.get(entry.id) != entry]


def _gone(own: Sequence[Entry], above: Sequence[Entry]) -> Iterator[str]:
    ids = {entry.id for entry in own}
    if gone := [f"{entry.id} {entry.name}" for entry in above if entry.id not in ids]:
        yield from ("", f"不再有：{'、'.join(gone)}。")


def _resources(own: Scheme, above: Scheme | None) -> Iterator[str]:
    before = above.indicators if above else ()
    if new := _new(own.indicators, before):
        yield f"\n### {own.resource_block}"
        yield from table(
            ("编号", "指标", "单位", "标准", "差异系数上限", "按学段拆分", "来源"), (_indicator(each) for each in new)
        )
    yield from _gone(own.indicators, before)
    if (rule := own.school_rule) and (above is None or rule != above.school_rule):
        least = f"至少{rule.min_met}项" if rule.min_met else "各项均"
        yield f"\n每个单位{least}达到标准，其余不低于标准的{rule.floor_share:.0%}（来源 {rule.source}）。"
    if own.composite_limit and (above is None or own.composite_limit != above.composite_limit):
        yield f"\n综合差异系数（各项的算术平均）上限：{_by_stage(own.composite_limit)}。"
    if own.standards and (above is None or own.standards != above.standards):
        names = "、".join(f"{each.id} {each.short}" for each in own.standards)
        yield f"\n{own.school_block}：标准由“办学标准”表给出，每校各项均须达标；除以上指标外还可用{names}。"


def _indicator(each: Indicator) -> list[str]:
    split = "是" if each.split else ""
    return [
        each.id, each.name, each.unit, _by_stage(each.threshold), _by_stage(each.cv_limit), split, each.source
    ]  # fmt: skip


def _by_stage(numbers: object) -> str:
    return "、".join(f"{STAGES.get(key, key)}{number:g}" for key, number in dict(numbers).items())  # type: ignore[call-overload]


def _scope(own: Scheme, above: Scheme | None) -> Iterator[str]:
    if above is None or own.split_weights != above.split_weights:
        shares = "、".join(f"{STAGE_NAMES[stage]}{weight:g}" for stage, weight in own.split_weights.items())
        yield f"\n多学段学校共用资源的拆分权重：{shares}。"
    if above is None or own.exclusions != above.exclusions:
        yield "\n不计入的学校："
        yield ""
        yield from (f"- {rule.reason}（来源 {rule.source}）" for rule in own.exclusions)


def _items(own: Scheme, above: Scheme | None) -> Iterator[str]:
    before = above.all_items if above else ()
    new = _new(own.all_items, before)
    for block in own.blocks:
        mine = [item for item in new if item.block == block.name]
        if not mine:
            continue
        count = sum(item.block == block.name for item in own.all_items)
        yield f"\n### {block.name}\n\n{_rule(block, count)}。{block.note and block.note + '。'}"
        marks = any(item.marks for item in mine)
        head = ("编号", "要求", *(["分值:"] if marks else []), "怎样判定", "来源")
        yield from table(head, (_item(item, marks) for item in mine))
    yield from _gone(own.all_items, before)


def _rule(block: Block, count: int) -> str:
    rule = f"按分值计，{block.pass_mark:g}分以上为达到" if block.pass_mark else f"{count}项全部达到为达到"
    return rule if block.counts else f"{rule}；不计入结论"


def _item(item: Item | SchoolItem, marks: bool) -> list[str]:
    name = item.name
    if isinstance(item, SchoolItem):
        how = f"每所学校不超过（{item.unit}）：{_by_stage(item.limit)}" + ("；部分学校另有放宽" if item.relaxed else "")
    else:
        how = "；".join(describe(condition, item) for condition in item.conditions)
        since, until = (
            (f"{item.from_year}年起" if item.from_year else ""),
            (f"至{item.to_year}年" if item.to_year else ""),
        )
        name += f"（{since}{until}）" if since or until else ""
    return [item.id, name, *([f"{item.marks:g}" if item.marks else ""] if marks else []), how, item.source]


def _options(own: Scheme, above: Scheme | None) -> Iterator[str]:
    new = _new(own.options, above.options if above else ())
    if new:
        yield "### 可选口径\n\n默认不用。县里在“评估设置”表中采用并写明依据；省里在办法文件中写 `use`。"
        rows = (
            [f"`{each.id}`", each.name, "待定，列出两种结果" if each.uncertain else "放宽", each.text, each.source]
            for each in new
        )
        yield from table(("编号", "名称", "性质", "内容", "来源"), rows)


if __name__ == "__main__":
    write(NAME, page())
