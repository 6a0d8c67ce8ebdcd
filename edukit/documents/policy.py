"""A scheme as text: what it asks for, of whom, by which source, and what is uncertain."""

from __future__ import annotations

from collections.abc import Iterator

from edukit.dictionary import STAGES
from edukit.items import describe
from edukit.schemes import Block, Indicator, Item, Scheme, SchoolItem

STAGE_NAMES = {**STAGES, "senior": "高中"}


def scheme(policy: Scheme) -> str:
    """A scheme as text: indicators, scope, blocks with their items, options, targets, what is uncertain, sources."""
    parts = (_head, _indicators, _scope, _blocks, _options, _targets, _uncertain, _sources)
    return "\n".join(line for part in parts for line in part(policy)).strip()


def _head(policy: Scheme) -> Iterator[str]:
    yield f"{policy.id}　{policy.name}（{policy.document}）"
    for option in policy.used:
        yield f"  采用口径 {option.id}：{option.name}（依据 {option.basis or '未注明'}）"


def _indicators(policy: Scheme) -> Iterator[str]:
    yield f"\n{policy.resource_block}的指标"
    for indicator in policy.indicators:
        yield f"  {_indicator(indicator)}"
    if rule := policy.school_rule:
        least = f"至少 {rule.min_met} 项" if rule.min_met else "各项均"
        yield f"\n学校判定：{least}达标，其余不低于标准的 {rule.floor_share:.0%}{_by(rule.source)}"
    if policy.composite_limit:
        shown = "、".join(f"{STAGES[s]} {limit:g}" for s, limit in policy.composite_limit.items())
        yield f"\n综合差异系数（各项算术平均）上限：{shown}"
    if policy.school_block:
        yield f"\n{policy.school_block}：由“办学标准”表给出，每所学校各项均须达标；除以上指标外还可用"
        for indicator in policy.standards:
            yield f"  {_indicator(indicator)}"


def _indicator(indicator: Indicator) -> str:
    stages = [f"{STAGES[s]} {t:g}" for s, t in indicator.threshold.items()]
    limits = [f"{STAGES[s]} {t:g}" for s, t in indicator.cv_limit.items()]
    facts = [f"标准 {'、'.join(stages)}" if stages else "", f"差异系数上限 {'、'.join(limits)}" if limits else ""]
    facts += ["按学段拆分" if indicator.split else "", f"来源 {indicator.source}" if indicator.source else ""]
    return f"{indicator.id} {indicator.name}（{indicator.unit}）" + "；".join(fact for fact in facts if fact)


def _scope(policy: Scheme) -> Iterator[str]:
    weights = "、".join(f"{STAGE_NAMES[s]} {w:g}" for s, w in policy.split_weights.items())
    yield f"\n拆分权重：{weights}"
    yield "\n不计入的学校"
    for rule in policy.exclusions:
        yield f"  {rule.reason}{_by(rule.source)}"


def _blocks(policy: Scheme) -> Iterator[str]:
    for block in policy.blocks:
        own = [item for item in policy.all_items if item.block == block.name]
        yield f"\n{block.name}（{_rule(block, len(own))}）{_by(block.source)}"
        if block.note:
            yield f"  {block.note}"
        group = ""
        for item in own:
            if isinstance(item, Item) and item.group != group:
                group = item.group
                yield f"  〔{group}〕"
            yield from _item(item)


def _rule(block: Block, n_items: int) -> str:
    rule = f"按分值计，{block.pass_mark:g} 分以上" if block.pass_mark else f"{n_items} 项全部达到"
    return rule if block.counts else f"{rule}；不计入结论"


def _item(item: Item | SchoolItem) -> Iterator[str]:
    marks = f"〔{item.marks:g} 分〕" if item.marks else ""
    if isinstance(item, SchoolItem):
        limits = "、".join(f"{STAGES.get(key, key)} {limit:g}" for key, limit in item.limit.items())
        yield f"  {item.id} {item.name}{marks}{_by(item.source)}"
        yield f"      每所学校不超过（{item.unit}）：{limits}" + ("；部分学校另有放宽" if item.relaxed else "")
        return
    years = (f"{item.from_year} 年起" if item.from_year else "") + (f"至 {item.to_year} 年" if item.to_year else "")
    yield f"  {item.id} {item.name}{marks}{f'〔{years}〕' if years else ''}{_by(item.source)}"
    for condition in item.conditions:
        yield f"      {describe(condition, item)}"


def _options(policy: Scheme) -> Iterator[str]:
    if policy.options:
        yield "\n可选口径（默认不用；县里填“评估设置”表，省里在办法文件中写 use）"
    for option in policy.options:
        kind = "待定口径，报告列出两种结果" if option.uncertain else "放宽口径"
        yield f"  {option.id} {option.name}（{kind}）{_by(option.source)}"
        yield f"      {option.text}"


def _targets(policy: Scheme) -> Iterator[str]:
    if policy.targets:
        yield "\n目标年份"
    for county, target in policy.targets.items():
        yield f"  {county} {target.year} 年" + (f"　{target.level}" if target.level else "")


def _uncertain(policy: Scheme) -> Iterator[str]:
    if policy.uncertain:
        yield "\n尚无全国统一规定、本办法暂按以下口径"
    for topic, text in policy.uncertain:
        yield f"  {topic}：{text}"


def _sources(policy: Scheme) -> Iterator[str]:
    yield "\n来源"
    for code, text in policy.sources.items():
        yield f"  {code}：{text}"


def _by(source: str) -> str:
    return f"（来源 {source}）" if source else ""
