"""The commands. Each imports what it needs when it runs, so that ``edukit --help`` answers at once.

Exit 0: done. 1: the data have errors, or a report failed. 2: the call itself is wrong and nothing ran.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from edukit import __version__
from edukit.errors import CallError, DataError, EdukitError

if TYPE_CHECKING:
    from edukit.findings import Finding

DEFAULT_SCHEME = "quality-2017"

EXAMPLES = """\
示例：
  edukit template 某某县2020.xlsx              生成空白填报工作簿
  edukit check data/raw/210903-新邱区/2020.xlsx  列出数据中的全部问题
  edukit assess data/raw/210903-新邱区/2020.xlsx --scheme basic-2012
  edukit report 210903 2020                    生成新邱区2020年分析报告
  edukit batch --year 2020 --workers 2         为 data/raw 中的各县生成2020年报告，只做有变化的
  edukit schemes                               列出评估办法

退出码：0 完成；1 数据有错误或报告失败；2 命令有误，什么也没有做。
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a Windows console may not be able to show every character
            stream.reconfigure(errors="replace")
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except DataError as error:
        print(f"错误：{error}", file=sys.stderr)
        _print_findings(error.findings, sys.stderr)
        return error.exit_code
    except EdukitError as error:
        print(f"错误：{error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # the reader of a pipe, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("已中断。", file=sys.stderr)
        return 1


class _ChineseParser(argparse.ArgumentParser):
    """argparse with the words of its own messages in Chinese."""

    def error(self, message: str) -> None:  # type: ignore[override]
        for english, chinese in (
            ("the following arguments are required:", "缺少参数："),
            ("unrecognized arguments:", "不认识的参数："),
            ("invalid choice:", "没有这个选项："),
            ("invalid int value:", "应为整数："),
            ("(choose from", "（可选："),
            ("expected one argument", "后面应有一个值"),
            ("argument ", "参数 "),
        ):
            message = message.replace(english, chinese)
        print(f"错误：{message}\n用 edukit --help 查看用法。", file=sys.stderr)
        raise SystemExit(2)


def _parser() -> argparse.ArgumentParser:
    parser = _ChineseParser(
        prog="edukit",
        description="县域义务教育均衡发展：核对数据、测算指标、生成分析报告。",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
    )
    parser.add_argument("-h", "--help", action="help", help="显示本说明")
    parser.add_argument("--version", action="version", version=f"edukit {__version__}", help="显示版本")
    commands = parser.add_subparsers(title="命令", metavar="命令", required=True)

    def add(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text, add_help=False)
        sub.add_argument("-h", "--help", action="help", help="显示本说明")
        sub.set_defaults(command=run)
        return sub

    sub = add("template", _template, "生成填报工作簿（含填写说明、下拉列表和单位）")
    sub.add_argument("out", type=Path, metavar="文件.xlsx", help="写到哪里；已有同名文件时不覆盖")

    sub = add("check", _check, "列出数据中的全部问题，不做别的")
    sub.add_argument("paths", type=Path, nargs="+", metavar="路径", help="工作簿、CSV 或 CSV 文件夹")
    sub.add_argument("--scheme", default=DEFAULT_SCHEME, metavar="办法", help="按哪个办法查缺数据（默认同测算）")
    sub.add_argument("--json", action="store_true", help="以 JSON 输出")

    sub = add("assess", _assess, "按评估办法测算并判定，不生成报告")
    sub.add_argument("path", type=Path, metavar="路径", help="工作簿、CSV 或 CSV 文件夹")
    sub.add_argument(
        "--scheme", default=DEFAULT_SCHEME, metavar="办法", help=f"评估办法编号或文件（默认 {DEFAULT_SCHEME}）"
    )
    sub.add_argument("--json", action="store_true", help="以 JSON 输出，数值不取整，未知为 null")
    sub.add_argument("--detail", action="store_true", help="JSON 中另列各方面结论、得分、采用的口径和另一种口径的结果")

    sub = add("report", _report, "为一个县（或用市级笔记本为一个市）生成一年的报告（HTML）")
    sub.add_argument("county", metavar="县", help="行政区划代码、县名或“代码-县名”；市级汇总写“450800-贵港市”")
    sub.add_argument("year", type=int, metavar="年度")
    sub.add_argument("--notebook", default="balance", metavar="名称", help="notebooks 文件夹中的笔记本（默认 balance）")
    sub.add_argument("--scheme", default=DEFAULT_SCHEME, metavar="办法", help=f"评估办法（默认 {DEFAULT_SCHEME}）")
    sub.add_argument(
        "--home", type=Path, metavar="文件夹", help="项目文件夹（含 data、notebooks、reports），默认自动查找"
    )

    sub = add("batch", _batch, "为多个县、多个年度生成报告：只做有变化的，一个县失败不影响其他县")
    sub.add_argument("--year", type=int, metavar="年度", help="只做这一年（默认 data/raw 中的全部年度）")
    sub.add_argument("--county", action="append", default=[], metavar="县", help="只做这个县，可以写多次（默认全部）")
    sub.add_argument(
        "--plan", type=Path, metavar="计划表.csv", help="按计划表做：county、year 两列，可有 notebook 和参数列"
    )
    sub.add_argument("--notebook", default="balance", metavar="名称", help="notebooks 文件夹中的笔记本（默认 balance）")
    sub.add_argument("--scheme", default=DEFAULT_SCHEME, metavar="办法", help=f"评估办法（默认 {DEFAULT_SCHEME}）")
    sub.add_argument("--workers", type=int, default=0, metavar="个数", help="同时做几份（默认处理器核数）")
    sub.add_argument("--cluster", default="", metavar="地址", help="交给 Dask 集群，如 tcp://10.0.0.1:8786")
    sub.add_argument("--engine", default="", choices=["", "warm", "papermill"], help="warm 预热引擎，papermill 原版")
    sub.add_argument("--force", action="store_true", help="全部重做，不论有无变化")
    sub.add_argument("--why", action="store_true", help="只列出哪些要做、为什么，不运行")
    sub.add_argument("--timeout", type=int, default=600, metavar="秒", help="每份报告的限时（默认 600）")
    sub.add_argument("--memory", type=int, default=0, metavar="MB", help="每份报告的内存上限（默认不限）")
    sub.add_argument("--json", action="store_true", help="以 JSON 输出结果")
    sub.add_argument("--home", type=Path, metavar="文件夹", help="项目文件夹，默认自动查找")

    sub = add("index", _index, "重建 reports/index.html：全部县、全部年度报告的目录")
    sub.add_argument("--home", type=Path, metavar="文件夹", help="项目文件夹，默认自动查找")

    sub = add("schemes", _schemes, "列出评估办法，或显示其中一个的全部内容和来源")
    sub.add_argument("scheme", nargs="?", metavar="办法", help="评估办法编号或文件")
    return parser


def _template(options: argparse.Namespace) -> int:
    from edukit.workbook.template import write_template

    out: Path = options.out
    if out.suffix.lower() != ".xlsx":
        raise CallError(f"文件名应以 .xlsx 结尾，实为“{out.name}”。")
    if out.exists():
        raise CallError(f"{out} 已经存在，没有覆盖。请换一个文件名，或先移走原文件。")
    if not out.resolve().parent.is_dir():
        raise CallError(f"文件夹 {out.parent} 不存在。请先新建。")
    write_template(out)
    print(f"已生成 {out}。填好后运行：edukit check {out}")
    return 0


def _check(options: argparse.Namespace) -> int:
    from edukit.findings import errors

    if missing := [str(path) for path in options.paths if not path.exists()]:
        raise CallError(f"找不到{'、'.join(missing)}。请核对路径；什么也没有检查。")
    documents, failed = [], False
    for path in options.paths:
        try:
            findings: Sequence[Finding] = _all_findings(path, options.scheme)
        except DataError as error:
            findings = _unreadable(path, error)
        failed |= bool(errors(findings))
        documents.append({"path": str(path), "findings": [finding.as_dict() for finding in findings]})
        if not options.json:
            print(f"{path}")
            _print_findings(findings, sys.stdout)
            print(_counts(findings))
    if options.json:
        print(json.dumps(documents[0] if len(documents) == 1 else documents, ensure_ascii=False, indent=2))
    return 1 if failed else 0


def _all_findings(path: Path, scheme: str) -> Sequence[Finding]:
    """What reading and checking find; and, where there is no error, which blanks leave the scheme's verdict open."""
    from edukit.case import assess_book
    from edukit.checks import check
    from edukit.findings import errors
    from edukit.schemes import load_scheme
    from edukit.workbook import read

    policy = load_scheme(scheme)
    book = read(path)
    findings = check(book, _year_before(path))
    if errors(findings):
        return findings
    found = assess_book(book, policy, findings).findings
    return [finding for finding in found if finding.rule != "scope"]  # says what a verdict is about; no problem


def _unreadable(path: Path, error: DataError) -> Sequence[Finding]:
    """What an error carries, or else itself as a finding."""
    from edukit.findings import Finding, Severity

    return error.findings or [Finding(Severity.ERROR, "unreadable", path.name, str(error))]


def _year_before(path: Path):  # type: ignore[no-untyped-def]  # Workbook | None, imported lazily
    """The workbook of the year before, where it lies beside this one and can be read."""
    from edukit.counties import County
    from edukit.workbook import read

    if not path.stem.isdigit():
        return None
    folder = path.resolve().parent
    before = County("", "", folder).years().get(int(path.stem) - 1)
    try:
        return read(before) if before else None
    except DataError:
        return None  # the year before has findings of its own; here it only serves to compare


def _print_findings(findings: Sequence[Finding], stream) -> None:  # type: ignore[no-untyped-def]
    for finding in findings:
        print(f"  [{finding.severity.label}] {finding.where}　{finding.message}", file=stream)


def _counts(findings: Sequence[Finding]) -> str:
    from edukit.findings import Severity

    counts = {severity: sum(f.severity is severity for f in findings) for severity in Severity}
    if not findings:
        return "  没有发现问题。"
    verdict = "改正错误后才能测算。" if counts[Severity.ERROR] else "没有错误，可以测算。"
    return "  " + "，".join(f"{severity.label} {count} 处" for severity, count in counts.items()) + "。" + verdict


def _assess(options: argparse.Namespace) -> int:
    from edukit import documents
    from edukit.case import Case, assess_book
    from edukit.checks import check
    from edukit.findings import errors
    from edukit.schemes import load_scheme
    from edukit.workbook import read

    scheme = load_scheme(options.scheme)
    try:
        book = read(options.path)
    except DataError as error:
        if options.json:
            print(documents.as_json(documents.refused(None, scheme, _unreadable(options.path, error))))
        raise
    earlier = _year_before(options.path)
    findings = check(book, earlier)
    if errors(findings):
        if options.json:
            print(documents.as_json(documents.refused(book, scheme, findings)))
        print(f"错误：{options.path.name} 中有 {len(errors(findings))} 处错误，改正后才能测算。", file=sys.stderr)
        _print_findings(errors(findings), sys.stderr)
        return 1
    before = assess_book(earlier, scheme, ()) if earlier and not errors(check(earlier)) else None
    result = assess_book(book, scheme, findings, before)
    if options.json:
        both = documents.detailed(result, Case(result, book, before).alternatives) if options.detail else None
        print(documents.as_json(both or documents.assessment(result)))
    else:
        print(documents.summary(result))
    return 0


def _report(options: argparse.Namespace) -> int:
    from edukit import counties
    from edukit.report import make_report

    if options.home:
        os.environ[counties.HOME_VARIABLE] = str(options.home.resolve())
    path = make_report(options.county, options.year, notebook=options.notebook, scheme=options.scheme)
    try:
        shown = path.relative_to(Path.cwd())
    except ValueError:
        shown = path
    print(f"报告已生成：{shown}")
    return 0


def _batch(options: argparse.Namespace) -> int:
    from edukit import batch, counties

    if options.home:
        os.environ[counties.HOME_VARIABLE] = str(options.home.resolve())
    root = counties.home().resolve()
    if options.workers < 0 or options.timeout <= 0 or options.memory < 0:
        raise CallError("--workers、--memory 不能小于 0，--timeout 应大于 0。")
    chosen = {"notebook": options.notebook, "scheme": options.scheme}
    if options.plan:
        tasks = batch.from_csv(options.plan, root, **chosen)
    else:
        tasks = batch.from_data(root, year=options.year, codes=options.county, **chosen)
    if options.why:
        for task, why in batch.due(tasks, root):
            print(f"{task.name}：{'、'.join(why) or '无变化'}")
        return 0
    summary = batch.run_batch(
        tasks,
        root,
        engine=options.engine,
        workers=options.workers,
        cluster=options.cluster,
        limits=batch.Limits(options.timeout, options.memory * 2**20),
        force=options.force,
        progress=lambda report, left: batch.say(report, left, sys.stderr),
    )
    if options.json:
        print(json.dumps(batch.document(summary, root), ensure_ascii=False, indent=2))
    else:
        print(batch.in_words(summary))
    return 1 if summary.failed else 0


def _index(options: argparse.Namespace) -> int:
    from edukit import counties
    from edukit.index import write_index

    if options.home:
        os.environ[counties.HOME_VARIABLE] = str(options.home.resolve())
    print(f"目录已生成：{write_index(counties.home().resolve())}")
    return 0


def _schemes(options: argparse.Namespace) -> int:
    from edukit import documents
    from edukit.schemes import available, load_scheme

    if options.scheme is None:
        names = available()
        for scheme_id, name in names.items():
            print(f"{scheme_id:<{max(map(len, names)) + 2}}{name}")
        return 0
    print(documents.scheme(load_scheme(options.scheme)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
