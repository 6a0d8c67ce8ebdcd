"""Commands that make reports: one, many, and the index of all."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from edukit.cli import screen
from edukit.cli.parser import Commands, add_home, add_scheme
from edukit.errors import CallError

if TYPE_CHECKING:
    from edukit.batch import Task

NOTEBOOK = "notebooks 文件夹中的笔记本（默认 balance）"


def add_to(commands: Commands) -> None:
    """Add the commands of this module."""
    examples = [
        "210903 2020",
        "210903 2020 --to docx,pdf,xlsx",
        "210903 2020 --notebook self_assessment --scheme basic-2012",
        "450800-贵港市 2022 --notebook city --scheme guangxi-guigang-2022",
    ]
    sub = commands.add(
        "report", _report, "为一个县（或用市级笔记本为一个市）生成一年的报告（网页，另可要 Word、PDF、Excel）", examples
    )
    sub.add_argument("county", metavar="县", help="行政区划代码、县名或“代码-县名”；市级汇总写“450800-贵港市”")
    sub.add_argument("year", type=int, metavar="年度")
    sub.add_argument("--notebook", default="balance", metavar="名称", help=NOTEBOOK)
    _add_to(sub)
    add_scheme(sub)
    add_home(sub)

    examples = [
        "--year 2020",
        "--county 450802 --county 450803 --to docx --force",
        "--why",
        "--plan 计划表.csv --workers 2 --json",
    ]
    sub = commands.add("batch", _batch, "为多个县、多个年度生成报告：只做有变化的，一个县失败不影响其他县", examples)
    sub.add_argument("--year", type=int, metavar="年度", help="只做这一年（默认 data/raw 中的全部年度）")
    sub.add_argument("--county", action="append", default=[], metavar="县", help="只做这个县，可以写多次（默认全部）")
    sub.add_argument(
        "--plan",
        type=Path,
        metavar="计划表.csv",
        help="按计划表做：CSV，county（县）、year（年度）两列，可有 notebook、scheme 和参数列",
    )
    sub.add_argument("--notebook", default="balance", metavar="名称", help=NOTEBOOK)
    _add_to(sub)
    add_scheme(sub)
    sub.add_argument("--workers", type=int, default=0, metavar="个数", help="同时做几份（默认处理器核数）")
    sub.add_argument("--cluster", default="", metavar="地址", help="交给 Dask 集群，如 tcp://10.0.0.1:8786")
    sub.add_argument(
        "--engine",
        default="",
        choices=["warm", "papermill"],
        metavar="引擎",
        help="warm 预热引擎，papermill 原版（默认前者，不支持的系统用后者）",
    )
    sub.add_argument("--force", action="store_true", help="全部重做，不论有无变化")
    sub.add_argument("--why", action="store_true", help="只列出哪些要做、为什么，不运行；可加 --json")
    sub.add_argument("--timeout", type=int, default=600, metavar="秒", help="每份报告的限时（默认 600）")
    sub.add_argument("--memory", type=int, default=0, metavar="MB", help="每份报告的内存上限，只用于 Linux（默认不限）")
    sub.add_argument("--json", action="store_true", help="以 JSON 输出结果")
    add_home(sub)

    sub = commands.add("index", _index, "重建 reports/index.html：全部县、全部年度报告的目录", [""])
    add_home(sub)


def _add_to(sub: argparse.ArgumentParser) -> None:
    text = "格式，用逗号隔开：html、docx、pdf、xlsx（网页总会生成；默认 html）"
    sub.add_argument("--to", default="html", metavar="格式", help=text)


def _report(options: argparse.Namespace) -> int:
    from edukit import counties
    from edukit.export.formats import FORMATS, wanted
    from edukit.report import make_report

    formats = wanted(options.to)

    if options.home:
        os.environ[counties.HOME_VARIABLE] = str(options.home.resolve())
    path = make_report(options.county, options.year, notebook=options.notebook, scheme=options.scheme, formats=formats)
    try:
        shown = path.relative_to(Path.cwd())
    except ValueError:
        shown = path
    print(f"报告已生成：{shown}")
    for name in formats[1:]:
        print(f"{FORMATS[name]}：{shown.with_suffix(f'.{name}')}")
    return 0


def _batch(options: argparse.Namespace) -> int:
    from edukit import batch, counties
    from edukit.cli.progress import progress
    from edukit.export.formats import wanted

    if options.home:
        os.environ[counties.HOME_VARIABLE] = str(options.home.resolve())
    root = counties.home().resolve()
    if options.workers < 0 or options.timeout <= 0 or options.memory < 0:
        raise CallError("--workers、--memory 不能小于 0，--timeout 应大于 0。")
    if options.plan and (options.year is not None or options.county):
        raise CallError("--plan 不能与 --year、--county 同用：做哪些县、哪些年度由计划表给出。")
    if options.cluster and (options.engine or options.workers):
        raise CallError("--cluster 不能与 --engine、--workers 同用：做几份、怎样做由集群的工作进程决定。")
    chosen = {"notebook": options.notebook, "scheme": options.scheme, "formats": wanted(options.to)}
    if options.plan:
        tasks = batch.from_csv(options.plan, root, **chosen)
    else:
        for county in counties.all_counties(root):
            for name in county.misnamed():
                what = f"没有读取 {county.slug}/{name}：文件名应只写年度，扩展名为 .xlsx，如 2020.xlsx。"
                screen.say(what, sys.stderr, head="提示：", style=screen.STYLES["warning"])
        tasks = batch.from_data(root, year=options.year, codes=options.county, **chosen)
    if options.why:
        _tell_why([(task, ["要求全部重做"] if options.force else why) for task, why in batch.due(tasks, root)], options)
        return 0
    with progress(sys.stderr) as watcher:
        summary = batch.run_batch(
            tasks,
            root,
            engine=options.engine,
            workers=options.workers,
            cluster=options.cluster,
            limits=batch.Limits(options.timeout, options.memory * 2**20),
            force=options.force,
            watcher=watcher,
        )
    if options.json:
        print(json.dumps(batch.document(summary, root), ensure_ascii=False, indent=2))
    else:
        print(batch.in_words(summary))
    for warning in summary.warnings:
        screen.say(f"{warning}。", sys.stderr, head="注意：", style=screen.STYLES["warning"])
    return 1 if summary.failed else 0


def _tell_why(due: Sequence[tuple[Task, list[str]]], options: argparse.Namespace) -> None:
    if options.json:
        told = [
            {"county": t.county, "year": t.year, "notebook": t.notebook, "due": bool(why), "why": why} for t, why in due
        ]
        print(json.dumps({"reports": told}, ensure_ascii=False, indent=2))
        return
    for task, why in due:
        print(f"{task.name}：{'、'.join(why) or '无变化'}")
    print(f"共 {len(due)} 份报告，要做的 {sum(bool(why) for _, why in due)} 份；什么也没有运行。")


def _index(options: argparse.Namespace) -> int:
    from edukit import counties
    from edukit.index import write_index

    if options.home:
        os.environ[counties.HOME_VARIABLE] = str(options.home.resolve())
    print(f"目录已生成：{write_index(counties.home().resolve())}")
    return 0
