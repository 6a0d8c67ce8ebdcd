"""What a batch leaves for people and machines: a manifest, a log, a summary, and a call to whoever wants to know."""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from edukit.batch.hooks import call
from edukit.batch.made import record_name
from edukit.batch.running import DONE, FAILED, SKIPPED, STALE, Summary, line
from edukit.errors import EdukitError
from edukit.index import write_index
from edukit.publish import publish

LOGS, MANIFEST, SUMMARY = "logs", "manifest.json", "summary.json"
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


def update_manifest(summary: Summary, root: Path, earlier: Iterable[Mapping[str, Any]]) -> Path:
    """Lay what became of this batch on what the manifest knew of earlier ones; written in one step.

    A report whose page is gone is taken out; one that failed stays ``stale`` or ``failed`` until it is made.

    Args:
        summary: of this batch.
        root: project folder.
        earlier: the manifest's entries before the batch began: a notebook may have written over it since.
    """
    reports = root / "reports"
    known = {_key(entry): dict(entry) for entry in earlier}
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


class RunLog(logging.FileHandler):
    """The log file of one run, a JSON object on each line; a context manager.

    A line that cannot be written, since the disk is full, is no reason to stop; ``problem`` says that some are missing.

    Raises:
        EdukitError: the file cannot be made.
    """

    def __init__(self, root: Path, now: datetime) -> None:
        folder = root / "reports" / LOGS
        try:
            folder.mkdir(parents=True, exist_ok=True)
            super().__init__(folder / f"{now:%Y%m%d-%H%M%S}.jsonl", encoding="utf-8")
        except OSError as error:
            raise EdukitError(
                f"无法写入 {folder}（{error.strerror or error}）。处理：确认文件夹可写、磁盘未满。"
            ) from error
        self.problem = ""

    def format(self, record: logging.LogRecord) -> str:
        """What a report came to is JSON already; a warning is made so."""
        message = record.getMessage()
        return json.dumps({"warning": message}, ensure_ascii=False) if record.levelno >= logging.WARNING else message

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name of logging
        """Keep in mind what went wrong, instead of printing a traceback for every line."""
        error = sys.exc_info()[1]
        self.problem = f"日志 {LOGS}/{Path(self.baseFilename).name} 不全（{getattr(error, 'strerror', None) or error}）"

    def __enter__(self) -> RunLog:
        _log.addHandler(self)
        _log.setLevel(logging.INFO)
        return self

    def __exit__(self, *exception: object) -> None:
        _log.removeHandler(self)
        with suppress(OSError):  # what it still holds cannot be written either
            self.close()


def conclude(
    summary: Summary, root: Path, given: Mapping[str, Any], now: RunLog, earlier: Iterable[Mapping[str, Any]]
) -> None:
    """Say what became of a batch: manifest, index, summary, and the command of the settings.

    What goes wrong with that command does not make the batch fail: it is a warning of the summary.

    Raises:
        EdukitError: the manifest, the index or the summary cannot be written; the command for failures was called.
    """
    failure: EdukitError | None = None
    with tempfile.TemporaryDirectory(prefix="edukit-", ignore_cleanup_errors=True) as spare:
        path = root / "reports" / SUMMARY
        try:
            update_manifest(summary, root, earlier)
            write_index(root)
            _write_summary(summary, root)
        except EdukitError as error:
            failure, path = error, Path(spare) / SUMMARY  # where the reports lie there may be no room for it
            text = _text({**document(summary, root), "problem": str(error)})
            with suppress(OSError):
                path.write_bytes(text)
        if problem := call("on_failure" if summary.failed or failure else "on_success", path, root, given):
            summary.warnings.append(problem)
            _log.warning(problem)
    if now.problem:
        summary.warnings.append(now.problem)
    if failure:
        raise failure


def interrupted(summary: Summary, root: Path, earlier: Iterable[Mapping[str, Any]]) -> None:
    """The same for a batch that was cut off, for what was settled; whoever cut it off need not be told.

    Raises:
        EdukitError: the manifest, the index or the summary cannot be written.
    """
    _log.warning("被中断，其余的没有做；再运行一次即接着做")
    update_manifest(summary, root, earlier)
    write_index(root)
    _write_summary(summary, root)


def _write_summary(summary: Summary, root: Path) -> None:
    publish(root / "reports", {SUMMARY: _text(document(summary, root))})


def _text(found: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(found, ensure_ascii=False, indent=1)}\n".encode()
