"""Commands about what to do: plan."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edukit.cli import screen
from edukit.cli.data import EXAMPLE, refuse_place
from edukit.cli.parser import Commands, add_scheme
from edukit.errors import CallError


def add_to(commands: Commands) -> None:
    """Add the commands of this module."""
    examples = [EXAMPLE, f"{EXAMPLE} --target full", f"{EXAMPLE} --budget 100 --years 3 --json"]
    examples.append(f"{EXAMPLE} --years 3 --xlsx 整改方案.xlsx")
    sub = commands.add("plan", _plan, "求达标最省的方案：哪所学校补什么、补多少、哪年补、要多少钱", examples)
    sub.add_argument("path", type=Path, metavar="路径", help="工作簿、CSV 或 CSV 文件夹")
    add_scheme(sub)
    sub.add_argument(
        "--target",
        choices=("pass", "full"),
        default="pass",
        metavar="目标",
        help="pass 达到办法要求（默认）；full 各项全部达到标准",
    )
    sub.add_argument("--budget", type=_number, metavar="万元", help="预算；不够时求在预算内使最多单位达标的方案")
    sub.add_argument("--years", type=int, default=1, metavar="年数", help="分几年完成（默认 1）")
    sub.add_argument(
        "--urgency", type=_number, default=0.0, metavar="权重", help="0 先易后难（默认）到 1 先急后缓，决定先后次序"
    )
    text = "单位成本和限制（YAML），覆盖默认值；不给时用数据旁的 costs.yaml，没有则用默认值"
    sub.add_argument("--costs", type=Path, metavar="文件", help=text)
    sub.add_argument("--seconds", type=_number, default=20.0, metavar="秒", help="求解最多用多久（默认 20）")
    sub.add_argument("--xlsx", type=Path, metavar="文件.xlsx", help="另存一校一案工作簿；已有同名文件时不覆盖")
    sub.add_argument("--json", action="store_true", help="以 JSON 输出")
    sub.add_argument("--detail", action="store_true", help="JSON 中另列分年安排、逐校结论、障碍和缺数据的单元格")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"应为数字，实为“{text}”") from None


def _plan(options: argparse.Namespace) -> int:
    from edukit import documents
    from edukit.case import assess_book
    from edukit.checks import check
    from edukit.counties import costs_beside
    from edukit.export.plan_workbook import plan_workbook
    from edukit.findings import errors
    from edukit.improvement import TARGETS
    from edukit.plan import as_document, as_text, load_costs, plan
    from edukit.publish import publish
    from edukit.schemes import load_scheme
    from edukit.workbook import read

    scheme = load_scheme(options.scheme)
    if options.costs is not None and not options.costs.is_file():
        raise CallError(f"找不到单位成本文件 {options.costs}。请核对路径。")
    out: Path | None = options.xlsx
    if out is not None:
        refuse_place(out)
    book = read(options.path)
    findings = check(book)
    if errors(findings):
        screen.error(f"{options.path.name} 中有 {len(errors(findings))} 处错误，改正后才能求方案。")
        screen.findings(errors(findings), sys.stderr)
        return 1
    now = assess_book(book, scheme, findings)
    if now.units.empty:
        screen.error(f"{options.path.name} 中没有一所学校按《{now.scheme.name}》的口径计入测算，不能求方案。")
        return 1
    costs = load_costs(now.scheme, options.costs or costs_beside(options.path.parent))
    made = plan(
        now,
        costs,
        full=options.target == "full",
        budget=None if options.budget is None else options.budget * 10_000,
        years=options.years,
        urgency=options.urgency,
        seconds=options.seconds,
    )
    if out is not None:
        publish(out.resolve().parent, {out.name: plan_workbook(made, costs, aim=TARGETS[options.target])})
    print(documents.as_json(as_document(made, detail=options.detail)) if options.json else as_text(made))
    if out is not None and not options.json:
        print(f"\n已生成 {out}。")
    return 0
