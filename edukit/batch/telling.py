"""What a batch leaves for people and machines: a manifest, a log, a summary, and a call to whoever wants to know."""

from __future__ import annotations

import json
import logging
import shlex
import subprocess
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from edukit.batch.made import record_name
from edukit.batch.running import DONE, FAILED, SKIPPED, STALE, Summary, line
from edukit.errors import CallError
from edukit.publish import publish

SETTINGS = "edukit.toml"
"""File in the project folder with the settings of a batch, all optional::

    [batch]
    on_success = "command that gets the path of the summary as its last argument"
    on_failure = "another one"
    hook_seconds = 60
"""
LOGS, MANIFEST, SUMMARY = "logs", "manifest.json", "summary.json"
HOOK_SECONDS = 60
_log = logging.getLogger("edukit.batch")


def document(summary: Summary, root: Path) -> dict[str, Any]:
    """The object that ``batch --json`` prints."""
    return {
        "ran": summary.count(DONE, FAILED, STALE),
        "skipped": summary.count(SKIPPED),
        "failed": summary.count(FAILED, STALE),
        "seconds": round(summary.seconds, 3),
        "reports": [line(report, root) for report in summary.reports],
    }


def in_words(summary: Summary) -> str:
    """One line, and one for each report that failed."""
    words = {DONE: "完成", SKIPPED: "无变化", FAILED: "失败", STALE: "失败（保留旧报告）"}
    counted = "，".join(f"{word} {count} 份" for status, word in words.items() if (count := summary.count(status)))
    lines = [f"共 {len(summary.reports)} 份报告：{counted or '没有要做的'}；用时 {summary.seconds:.1f} 秒。"]
    bad = [report for report in summary.reports if report.status in (FAILED, STALE)]
    return "\n".join([*lines, *(f"  {report.task.name}：{report.reason}" for report in bad)])


def update_manifest(summary: Summary, root: Path) -> Path:
    """Lay what became of this batch on what the manifest knows of earlier ones; written in one step.

    A report whose page is gone is taken out; one that failed stays ``stale`` or ``failed`` until it is made.
    """
    reports = root / "reports"
    known = {_key(entry): entry for entry in read_manifest(root)}
    for report in summary.reports:
        entry = line(report, root)
        if report.status == SKIPPED:  # it is up to date, whatever an earlier batch could not do
            entry |= {"status": DONE, "reason": None}
        known[_key(entry)] = entry
    there = [entry for entry in known.values() if entry["status"] == FAILED or (root / str(entry["path"])).is_file()]
    order = sorted(there, key=lambda entry: (entry["year"], entry["county"], entry["notebook"]))
    text = json.dumps({"reports": order}, ensure_ascii=False, indent=1)
    publish(reports, {MANIFEST: f"{text}\n".encode()})
    return reports / MANIFEST


def read_manifest(root: Path) -> list[dict[str, Any]]:
    """The entries of the manifest; where it is not there or cannot be read, those of all reports with a record."""
    try:
        entries: list[dict[str, Any]] = json.loads((root / "reports" / MANIFEST).read_text(encoding="utf-8"))["reports"]
        for entry in entries:
            _key(entry), entry["status"], entry["path"]
    except FileNotFoundError:
        return _recorded(root)
    except (OSError, ValueError, KeyError, TypeError):
        _log.warning("%s 已损坏，按各份报告的生成记录重建", MANIFEST)
        return _recorded(root)
    return entries


def _recorded(root: Path) -> list[dict[str, Any]]:
    records = sorted((root / "reports").glob(f"[0-9][0-9][0-9][0-9]/*/*{record_name('')}"))
    notebooks = [(path.parent, path.name.removesuffix(record_name(""))) for path in records]
    return [
        {
            "county": folder.name,
            "year": int(folder.parent.name),
            "notebook": notebook,
            "status": DONE,
            "path": (folder / f"{notebook}.html").relative_to(root).as_posix(),
            "reason": None,
        }
        for folder, notebook in notebooks
    ]


def _key(entry: Mapping[str, Any]) -> tuple[str, int, str]:
    return str(entry["county"]), int(entry["year"]), str(entry["notebook"])


def start_log(root: Path, now: datetime) -> logging.Handler:
    """A log file of this run, one JSON object for each report; the handler is to be removed by the caller."""
    folder = root / "reports" / LOGS
    folder.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(folder / f"{now:%Y%m%d-%H%M%S}.jsonl", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(message)s"))
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    return handler


def settings(root: Path) -> Mapping[str, Any]:
    """The table ``[batch]`` of the settings file.

    Raises:
        CallError: the file is no TOML, or has a key that is not known.
    """
    path = root / SETTINGS
    if not path.is_file():
        return {}
    try:
        found: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8")).get("batch", {})
    except tomllib.TOMLDecodeError as error:
        raise CallError(f"{SETTINGS} 不是有效的 TOML：{error}。") from error
    if unknown := sorted(set(found) - {"on_success", "on_failure", "hook_seconds"}):
        raise CallError(
            f"{SETTINGS} 的 [batch] 中不认识：{'、'.join(unknown)}。可用：on_success、on_failure、hook_seconds。"
        )
    return found


def tell(summary: Summary, root: Path, given: Mapping[str, Any]) -> str:
    """Write the summary and call the command that the settings name; returns what went wrong with it, or "".

    The command is run without a shell; the path of the summary is its last argument.
    """
    text = json.dumps(document(summary, root), ensure_ascii=False, indent=1)
    publish(root / "reports", {SUMMARY: f"{text}\n".encode()})
    command = given.get("on_failure" if summary.failed else "on_success")
    if not command:
        return ""
    try:
        arguments = [*shlex.split(str(command)), str(root / "reports" / SUMMARY)]
        done = subprocess.run(arguments, cwd=root, timeout=given.get("hook_seconds", HOOK_SECONDS), check=False)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return f"通知命令没有运行成功（{error}）"
    return f"通知命令返回 {done.returncode}" if done.returncode else ""
