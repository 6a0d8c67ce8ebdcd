"""What a report was made from, so that only what changed is made again.

Beside each report lies ``<notebook>.made.json`` with a digest of everything that can alter it. It is written last: a
run that was cut off leaves none, and the report is made again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version

from edukit.batch.plan import Task
from edukit.counties import costs_beside
from edukit.errors import DataError
from edukit.export.formats import FORMATS
from edukit.export.kept import NAME as LEDGER
from edukit.export.kept import kept_file
from edukit.origin import code_digest
from edukit.report import find_notebook
from edukit.schemes import load_scheme
from edukit.workbook import content_of, sources

LIBRARIES = (
    "numpy pandas pyarrow pyyaml highspy cycler matplotlib seaborn zhplot fonttools brotli pillow resvg-py "
    "openpyxl xlsxwriter python-docx lxml papermill nbclient nbformat ipykernel ipython nbconvert jinja2 mistune "
    "beautifulsoup4"
).split()
"""Whose version may change a byte of a report: what it depends on, but for what only starts, connects or shows."""
SHARED = "assessment.json"
"""What all notebooks of a county write into its folder, and the index reads."""
_RECORD = "made.json"
WORDS = {
    "data": "本年数据",
    "before": "上年及以前数据",
    "costs": "单位成本",
    "scheme": "评估办法",
    "notebook": "笔记本",
    "ledger": "问题台账",
    "parameters": "参数",
    "code": "edukit 程序",
    "libraries": "所用库的版本",
}
"""What each part of a fingerprint is called when ``--why`` says what changed."""


def fingerprint(task: Task, root: Path) -> dict[str, str]:
    """A digest for each kind of thing that can alter a report."""
    years = task.subject.years()
    now = years.get(task.year, ())
    earlier = [path for year, paths in years.items() if year < task.year for path in paths]
    scheme, notebook = task.parameters.get("scheme"), find_notebook(task.notebook, root)
    return {
        "data": _sha("\0".join([_digest(file for path in now for file in sources(path)), *_listed(task)]).encode()),
        "before": _digest(file for path in earlier for file in sources(path)),
        "costs": _digest(file for county in task.subject.counties if (file := costs_beside(county.folder))),
        "scheme": load_scheme(str(scheme), folder=root).digest if scheme else "",
        "notebook": _of_file(notebook),
        "ledger": _of_ledger(task, notebook, root),
        "parameters": _sha(json.dumps(dict(task.parameters), ensure_ascii=False, sort_keys=True).encode()),
        "code": code_digest(),
        "libraries": libraries_digest(),
    }


def changed(task: Task, root: Path, now: Mapping[str, str]) -> list[str]:
    """Why a report must be made: what changed since it was, in words; empty where it is up to date."""
    folder = task.folder(root)
    try:
        record = json.loads(_record(folder, task.notebook).read_text(encoding="utf-8"))
        was, sizes = record["fingerprint"], record["files"]
    except FileNotFoundError:
        return ["没有生成过"]
    except (OSError, ValueError, KeyError, TypeError):
        return ["生成记录已损坏"]
    found = _differing(was, now)
    found += [f"没有 {FORMATS[form]} 版" for form in task.formats if f"{task.notebook}.{form}" not in sizes]
    return found + _harmed(folder, sizes)


def altered_since(task: Task, root: Path, mark: Mapping[str, str]) -> list[str]:
    """Which data of a report are not any more what they were, in words."""
    now = fingerprint(task, root)
    return _differing(mark, {part: now[part] for part in ("data", "before", "costs")})


def _differing(was: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Which parts of two fingerprints differ, in words."""
    return [WORDS[part] for part in now if was.get(part) != now[part]]


def harmed(task: Task, root: Path) -> list[str]:
    """What is wrong with the files of a report that was in place a moment ago, in words; empty where nothing is.

    A notebook may write wherever its user may: over another county's report too.
    """
    folder = task.folder(root)
    try:
        sizes = json.loads(_record(folder, task.notebook).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return ["生成记录不在或已损坏"]
    return _harmed(folder, sizes)


def _harmed(folder: Path, sizes: Mapping[str, int | None]) -> list[str]:
    there = {name: (folder / name).stat().st_size for name in sizes if (folder / name).is_file()}
    odd = [name for name, size in sizes.items() if name not in there or size not in (None, there[name])]
    if SHARED in odd and there.get(SHARED) in _told_by_others(folder):
        odd.remove(SHARED)
    return [f"{name} 不在或被改动" for name in odd]


def _told_by_others(folder: Path) -> set[int | None]:
    """How large the records of a county's reports say that what they share is: each writes it by its own scheme."""
    found = set()
    for path in folder.glob(f"*.{_RECORD}"):
        with suppress(OSError, ValueError, KeyError, TypeError):
            found.add(json.loads(path.read_text(encoding="utf-8"))["files"].get(SHARED))
    return found - {None}


def due(tasks: Iterable[Task], root: Path) -> Iterator[tuple[Task, list[str]]]:
    """Each task with what changed since its report was made; nothing where it is up to date."""
    for task in tasks:
        yield task, changed(task, root, fingerprint(task, root))


def record_of(notebook: str, fingerprint: Mapping[str, str], made: Mapping[str, bytes]) -> bytes:
    """What the record of a report holds: its fingerprint, and the size of each of its own files and of the shared one.

    Of all others, in which people write, only that they are there.
    """
    watched = {name for name in made if name.startswith(f"{notebook}.") or name == SHARED}
    sizes = {name: len(content) if name in watched else None for name, content in sorted(made.items())}
    mark = dict(fingerprint)
    if mark["ledger"] and LEDGER in made:  # from now on it goes on with the one that it has just written
        mark["ledger"] = _sha(made[LEDGER])
    text = json.dumps({"fingerprint": mark, "files": sizes}, ensure_ascii=False, indent=1)
    return f"{text}\n".encode()


def record_name(notebook: str) -> str:
    """File name of a report's record."""
    return f"{notebook}.{_RECORD}"


def _record(folder: Path, notebook: str) -> Path:
    return folder / record_name(notebook)


def _of_ledger(task: Task, notebook: Path, root: Path) -> str:
    """Of the problem ledger, where the notebook shows it; any other notebook only lets it be brought up to date."""
    stat = notebook.stat()
    if not _shows_ledger(notebook, stat.st_mtime_ns, stat.st_size):
        return ""
    kept = kept_file(task.year, task.county, root)
    return _of_file(kept) if kept else "-"


def _listed(task: Task) -> list[str]:
    """The counties and years of a report on many, which names those that have none of its year."""
    if task.subject.kind == "county":
        return []
    return [f"{county.slug} {' '.join(map(str, county.years()))}" for county in task.subject.counties]


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _digest(paths: Iterable[Path]) -> str:
    """Of files with what they are called: two counties that exchange their workbooks are a change."""
    return _sha("\0".join(f"{path.parent.name}/{path.name}\0{_of_file(path)}" for path in paths).encode())


def _of_file(path: Path) -> str:
    """Of what is in a file; of the reason, where it cannot be read: its own report says so, and the others are made."""
    try:
        stat = path.stat()
        return _of_version(path, stat.st_mtime_ns, stat.st_size)
    except OSError as error:
        return str(error.errno)
    except DataError as error:  # a pipe, or larger than any workbook
        return str(error)


@lru_cache(maxsize=65536)  # this year's file is next year's year before
def _of_version(path: Path, modified: int, size: int) -> str:
    return _sha(content_of(path))


@lru_cache  # one and the same for all counties
def _shows_ledger(notebook: Path, modified: int, size: int) -> bool:
    return b"problem_ledger" in notebook.read_bytes()


@cache
def versions() -> Mapping[str, str]:
    """Versions of Python and of the libraries that make the bytes of a report."""
    return {"python": python_version(), **{name: _version(name) for name in LIBRARIES}}


@cache
def libraries_digest() -> str:
    """Digest of the versions."""
    return _sha("\n".join(f"{name} {number}" for name, number in versions().items()).encode())


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"
