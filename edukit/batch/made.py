"""What a report was made from, so that only what changed is made again.

Beside each report lies ``<notebook>.made.json`` with a digest of everything that can alter it. It is written last: a
run that was cut off leaves none, and the report is made again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version

from edukit.batch.plan import Task
from edukit.counties import costs_beside
from edukit.errors import DataError
from edukit.export.formats import FORMATS
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
WORDS = {
    "data": "本年数据",
    "before": "上年及以前数据",
    "costs": "单位成本",
    "scheme": "评估办法",
    "notebook": "笔记本",
    "parameters": "参数",
    "code": "edukit 程序",
    "libraries": "所用库的版本",
}
"""What each part of a fingerprint is called when ``--why`` says what changed."""


def fingerprint(task: Task, root: Path) -> dict[str, str]:
    """A digest for each kind of thing that can alter a report."""
    years = task.subject.years()
    earlier = [path for year, paths in years.items() if year < task.year for path in paths]
    scheme = task.parameters.get("scheme")
    return {
        "data": _digest(file for path in years.get(task.year, ()) for file in sources(path)),
        "before": _digest(file for path in earlier for file in sources(path)),
        "costs": _digest(file for county in task.subject.counties if (file := costs_beside(county.folder))),
        "scheme": load_scheme(str(scheme), folder=root).digest if scheme else "",
        "notebook": _of_file(find_notebook(task.notebook, root)),
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
    found = [WORDS[part] for part in now if was.get(part) != now[part]]
    found += [f"没有 {FORMATS[form]} 版" for form in task.formats if f"{task.notebook}.{form}" not in sizes]
    return found + _harmed(folder, sizes)


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


def _harmed(folder: Path, sizes: Mapping[str, int]) -> list[str]:
    there = {name: (folder / name).stat().st_size for name in sizes if (folder / name).is_file()}
    return [f"{name} 不在或被改动" for name, size in sizes.items() if there.get(name) != size]


def due(tasks: Iterable[Task], root: Path) -> Iterator[tuple[Task, list[str]]]:
    """Each task with what changed since its report was made; nothing where it is up to date."""
    for task in tasks:
        yield task, changed(task, root, fingerprint(task, root))


def record_of(notebook: str, fingerprint: Mapping[str, str], made: Mapping[str, bytes]) -> bytes:
    """What the record of a report holds: its fingerprint, and the size of each of its own files.

    The ledger, in which people write, and what all notebooks of a county share may change without it.
    """
    sizes = {name: len(content) for name, content in sorted(made.items()) if name.startswith(f"{notebook}.")}
    text = json.dumps({"fingerprint": dict(fingerprint), "files": sizes}, ensure_ascii=False, indent=1)
    return f"{text}\n".encode()


def record_name(notebook: str) -> str:
    """File name of a report's record."""
    return f"{notebook}.made.json"


def _record(folder: Path, notebook: str) -> Path:
    return folder / record_name(notebook)


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
