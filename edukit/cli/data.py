"""Commands about a workbook and its numbers: template, check, assess; and the schemes that judge them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edukit.cli import screen
from edukit.cli.parser import Commands, add_scheme
from edukit.errors import CallError, DataError

if TYPE_CHECKING:
    from edukit.findings import Finding
    from edukit.workbook import Workbook

EXAMPLE = "data/raw/210903-新邱区/2020.xlsx"


def add_to(commands: Commands) -> None:
    """Add the commands of this module."""
    sub = commands.add("template", _template, "生成填报工作簿（含填写说明、下拉列表和单位）", ["某某县2020.xlsx"])
    sub.add_argument("out", type=Path, metavar="文件.xlsx", help="写到哪里；已有同名文件时不覆盖")

    sub = commands.add("check", _check, "列出数据中的全部问题，不做别的", [EXAMPLE, "data/raw/*/2022.xlsx --json"])
    sub.add_argument("paths", type=Path, nargs="+", metavar="路径", help="工作簿、CSV 或 CSV 文件夹")
    add_scheme(sub, "按哪个办法查缺数据")
    sub.add_argument("--json", action="store_true", help="以 JSON 输出")

    examples = [EXAMPLE, f"{EXAMPLE} --scheme basic-2012", f"{EXAMPLE} --json --detail"]
    examples.append(f"{EXAMPLE} --scenario 方案.yaml")
    sub = commands.add("assess", _assess, "按评估办法测算并判定，不生成报告", examples)
    sub.add_argument("path", type=Path, metavar="路径", help="工作簿、CSV 或 CSV 文件夹")
    add_scheme(sub)
    sub.add_argument("--json", action="store_true", help="以 JSON 输出，数值不取整，未知为 null")
    sub.add_argument("--detail", action="store_true", help="JSON 中另列各方面结论、得分、采用的口径和另一种口径的结果")
    text = "变更方案（YAML）：教师、校舍、学生、学校变动后重新测算，与现状对照"
    sub.add_argument("--scenario", type=Path, metavar="文件", help=text)

    examples = ["旧/assessment.json 新/assessment.json", "旧.json 旧数据按新办法.json 新.json --json"]
    sub = commands.add("diff", _diff, "对照两次测算：哪些数变了，因为数据、办法还是程序", examples)
    sub.add_argument("old", type=Path, metavar="旧", help="assessment.json，或 edukit assess --json --detail 的输出")
    text = "新的一份；可以给几份，依次对照，把同时改变的几种原因分开"
    sub.add_argument("new", type=Path, nargs="+", metavar="新", help=text)
    sub.add_argument("--json", action="store_true", help="以 JSON 输出")

    examples = ["", "quality-2017", "省级办法.yaml"]
    sub = commands.add("schemes", _schemes, "列出评估办法，或显示其中一个的全部内容和来源", examples)
    sub.add_argument("scheme", nargs="?", metavar="办法", help="评估办法编号或文件")


def _template(options: argparse.Namespace) -> int:
    from edukit.workbook.template import write_template

    out: Path = options.out
    refuse_place(out)
    write_template(out)
    print(f"已生成 {out}。填好后运行：edukit check {out}")
    return 0


def refuse_place(out: Path) -> None:
    """Refuse a place where no new workbook can be written.

    Raises:
        CallError: the name does not end in .xlsx, the file exists, or its folder does not.
    """
    if out.suffix.lower() != ".xlsx":
        raise CallError(f"文件名应以 .xlsx 结尾，实为“{out.name}”。")
    if out.exists():
        raise CallError(f"{out} 已经存在，没有覆盖。请换一个文件名，或先移走原文件。")
    if not out.resolve().parent.is_dir():
        raise CallError(f"文件夹 {out.parent} 不存在。请先新建。")


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
            screen.findings(findings, sys.stdout)
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


def _year_before(path: Path) -> Workbook | None:
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
    from edukit.scenario import load_scenario, what_if
    from edukit.schemes import load_scheme
    from edukit.workbook import read

    scheme = load_scheme(options.scheme)
    scenario = load_scenario(options.scenario) if options.scenario else None
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
        screen.error(f"{options.path.name} 中有 {len(errors(findings))} 处错误，改正后才能测算。")
        screen.findings(errors(findings), sys.stderr)
        return 1
    before = assess_book(earlier, scheme, ()) if earlier and not errors(check(earlier)) else None
    result = assess_book(book, scheme, findings, before)
    if scenario is not None:
        changed = what_if(Case(result, book, before), scenario)
        print(documents.as_json(documents.what_if(changed)) if options.json else documents.scenario_text(changed))
    elif options.json:
        made = documents.assessment(result)
        if options.detail:
            digest = earlier.digest if earlier and before else None
            made = documents.detailed(result, Case(result, book, before).alternatives)
            made = documents.traced(made, data=book.digest, before=digest, scheme=result.scheme.digest)
        print(documents.as_json(made))
    else:
        print(documents.summary(result))
    return 0


def _diff(options: argparse.Namespace) -> int:
    from edukit import documents
    from edukit.difference import differences

    made = [_document(path) for path in (options.old, *options.new)]
    counties = {document["county"]["code"] or document["county"]["name"]: None for document in made}
    if len(counties) > 1:
        raise CallError(f"几份结果不是同一个县的：{'、'.join(map(str, counties))}。请给同一个县的结果。")
    found = differences(made)
    if options.json:
        print(documents.as_json(documents.change_document(made, found)))
    else:
        print(documents.changes_text(made, found))
    return 0


def _document(path: Path) -> dict[str, Any]:
    from edukit.difference import is_assessment

    expected = "应为 edukit assess --json 的输出或报告旁的 assessment.json。"
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CallError(f"找不到 {path}。请核对路径。") from None
    except (OSError, ValueError) as error:
        raise CallError(f"{path} 读不出来：{error}。{expected}") from None
    if not is_assessment(document):
        raise CallError(f"{path} 不是一个县的测算结果。{expected}")
    return document


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
