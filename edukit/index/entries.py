"""What the index lists: every county and year that has a report or should have one, with verdict and troubles."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from edukit.dictionary import STAGES
from edukit.verdict import Verdict

_MANIFEST: Final = "manifest.json"
_VERDICTS = frozenset(Verdict)


@dataclass(frozen=True)
class Trouble:
    """A report that is not what it should be: ``stale`` or ``failed``, of which notebook, and why."""

    notebook: str
    state: str
    reason: str


@dataclass(frozen=True)
class Coefficient:
    """The coefficient of variation that is farthest above its limit, or closest to it.

    Attributes:
        value: the coefficient, 0 or more.
        limit: NaN where the scheme has none.
        name: stage and indicator.
        verdict: of this coefficient.
        unknown: how many others could not be computed.
    """

    value: float
    limit: float
    name: str
    verdict: str
    unknown: int


@dataclass
class Entry:
    """One line of the index: a county (or a city, a province, the nation) and a year.

    Attributes:
        slug: folder name, ``<code>-<name>``.
        year: the year judged.
        files: names of the files in its folder.
        verdict: ``met``, ``not_met``, ``undetermined``; "" where there is none.
        remark: why there is no verdict.
        worst: None where no coefficient is known.
        coefficients: those that are known, by stage and indicator: value, limit (NaN for none), verdict.
        troubles: what failed.
    """

    slug: str
    year: int
    files: frozenset[str] = frozenset()
    verdict: str = ""
    remark: str = "未测算"
    worst: Coefficient | None = None
    coefficients: dict[str, tuple[float, float, str]] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)

    @property
    def state(self) -> str:
        """``failed``, ``stale`` or ``done``, the gravest first."""
        states = {trouble.state for trouble in self.troubles}
        return next((state for state in ("failed", "stale") if state in states), "done")


def entries(root: Path) -> tuple[list[Entry], str]:
    """Every county and year that has a report or should have one, newest year first, then by code.

    Args:
        root: project folder.

    Returns:
        The entries; and what is wrong with the manifest, or "".
    """
    reports = root / "reports"
    known = {(entry.slug, entry.year): entry for entry in _on_disk(reports)}
    listed, problem = _manifest(reports / _MANIFEST)
    for line in listed:
        slug, year, notebook, state = str(line["county"]), int(line["year"]), str(line["notebook"]), line["status"]
        entry = known.get((slug, year))
        there = entry is not None and f"{notebook}.html" in entry.files
        if state == "failed" and there:  # made since, one by one
            continue
        if state == "done" and not there:
            state, line = "failed", {**line, "reason": "报告文件已不在"}
        if state in ("failed", "stale"):
            entry = known.setdefault((slug, year), entry or Entry(slug, year))
            entry.troubles.append(Trouble(notebook, state, str(line.get("reason") or "原因未记录")))
    return sorted(known.values(), key=lambda entry: (-entry.year, entry.slug)), problem


def _on_disk(reports: Path) -> Iterator[Entry]:
    """A folder counts where it holds a page; one of a year's number is a year."""
    for year in sorted(reports.glob("[0-9][0-9][0-9][0-9]")):
        for folder in sorted(year.iterdir()) if year.is_dir() else ():
            if folder.name.startswith(".") or not folder.is_dir():
                continue
            files = frozenset(path.name for path in folder.iterdir() if not path.name.startswith("."))
            if any(name.endswith(".html") for name in files):
                yield _judged(Entry(folder.name, int(year.name), files), folder / "assessment.json")


def _manifest(path: Path) -> tuple[list[Mapping[str, Any]], str]:
    """The lines of the manifest that can be understood, and what is wrong with it."""
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))["reports"]
        lines = [
            line for line in listed if line["status"] and line["notebook"] and line["county"] and int(line["year"])
        ]
    except FileNotFoundError:
        return [], ""
    except (OSError, ValueError, KeyError, TypeError):
        return (
            [],
            f"{_MANIFEST} 无法读取，下表只按现有报告列出，看不出哪些是旧报告、哪些失败。重新运行批量任务即可恢复。",
        )
    return lines, ""


def _judged(entry: Entry, path: Path) -> Entry:
    """The entry with what its assessment.json says; a file that is missing or broken leaves the verdict out."""
    if path.name not in entry.files:
        return entry
    try:
        document = json.loads(path.read_bytes())
        if "city" in document:
            entry.remark = f"市级汇总，{len(document['counties'])} 个县"
        elif "place" in document:
            entry.remark = f"{document['place']}汇总，{len(document['counties'])} 个县"
        elif document["verdict"] in _VERDICTS:
            found = _coefficients(document)
            entry.worst = _worst(found)
            entry.coefficients = {one[3]: (one[0], one[1], one[4]) for one in found if not math.isnan(one[0])}
            entry.verdict, entry.remark = document["verdict"], ""
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        entry.verdict, entry.worst, entry.coefficients = "", None, {}
        entry.remark = f"{path.name} 无法读取"
    return entry


def _coefficients(document: Mapping[str, Any]) -> list[tuple[float, float, str, str, str]]:
    """Value, limit, stage, name and verdict of every coefficient, of the indicators and of all together."""
    return [
        (
            math.nan if line["cv"] is None else float(line["cv"]),
            math.nan if line[key] is None else float(line[key]),
            line["stage"],
            f"{STAGES.get(line['stage'], line['stage'])}{line.get('name', '综合')}",
            line["verdict"] or "",
        )
        for part, key in (("balance", "cv_limit"), ("composite", "limit"))
        for line in document[part]
    ]


def _worst(found: list[tuple[float, float, str, str, str]]) -> Coefficient | None:
    """Of the coefficients with a limit the worst; without limits the largest."""
    limited = [one for one in found if not math.isnan(one[1])] or found
    known = [one for one in limited if not math.isnan(one[0])]
    if not known:
        return None
    # Only to choose which one is shown: what it is judged by is the verdict in the file.
    value, limit, _, name, verdict = max(
        known, key=lambda one: (one[4] == "not_met", one[0] / (1 if math.isnan(one[1]) else one[1]), one[2])
    )
    return Coefficient(value, limit, name, verdict, len(limited) - len(known))
