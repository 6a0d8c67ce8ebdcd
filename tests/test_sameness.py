"""The same input gives the same bytes: in another process, folder, time zone, locale and order of hashes, with either
engine and with any number of workers.

Each environment is a process of its own that makes the same reports with everything that lies beside them. All files
that it leaves are compared, the index and the manifest too; only the log and the summary tell of the time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from counts import HARD, count, times
from county import table, town, write_xlsx
from edukit.run.warm import available

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ("balance", "self_assessment", "school_plan") if HARD else ("balance",)
TELLS_THE_TIME = ("summary.json", ".batch.lock", ".jsonl")
FORMATS = "docx,xlsx" if HARD else "xlsx"
STOCK = ["--engine", "papermill"]
WARM = ["--engine", "warm"] if available() else []


@dataclass(frozen=True)
class Surroundings:
    """What differs between two runs: where and when, in which language, and how the batch is asked for."""

    folder: str
    zone: str
    locale: str
    seed: str
    utf8: str
    asked: Sequence[str]


EVERY = (
    # a day later than the next one; in Turkish "I".lower() is no i for the C library
    Surroundings("另一个 文件夹", "Pacific/Kiritimati", "tr_TR.UTF-8", "1", "0", ["--workers", "1", *STOCK]),
    Surroundings("c" * 60, "Pacific/Pago_Pago", "zh_CN.GBK", "random", "1", ["--workers", "2", *WARM]),
    Surroundings("a", "UTC", "C", "0", "", ["--workers", "1", *WARM]),
)[: times(2, 3)]


def locales(folder: Path) -> dict[str, str]:
    """The locales that are asked for, made in a folder; nothing where this machine cannot make them."""
    folder.mkdir()
    if shutil.which("localedef") is None:
        return {}
    for name in ("tr_TR.UTF-8", "zh_CN.GBK"):
        language, _, charmap = name.partition(".")
        command = ["localedef", "-i", language, "-f", charmap, str(folder / name)]
        if not (folder / name).exists() and subprocess.run(command, capture_output=True).returncode > 1:
            return {}
    return {"LOCPATH": str(folder)}


def made(base: Path, around: Surroundings, own: dict[str, str]) -> dict[str, str]:
    """What a batch leaves below reports/: path -> digest."""
    home = base / around.folder
    shutil.copytree(ROOT / "notebooks", home / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    full = (ROOT / "data" / "raw" / "210903-新邱区").glob("*.xlsx" if HARD else "2020.xlsx")
    for path in (*sorted(full), base / "450804-覃塘区" / "2020.xlsx"):
        target = home / "data" / "raw" / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    (home / "tmp").mkdir()
    env = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "PYTHON"))}
    env |= {"TZ": around.zone, "PYTHONHASHSEED": around.seed, "PYTHONUTF8": around.utf8}
    env |= {"HOME": str(home), "TMPDIR": str(home / "tmp")}
    env |= {"PYTHONPATH": str(ROOT), "LC_ALL": around.locale if own or around.locale == "C" else "C.UTF-8", **own}
    for notebook in NOTEBOOKS:
        command = ["batch", "--year", "2020", "--to", FORMATS, "--notebook", notebook, *around.asked]
        done = subprocess.run(
            [sys.executable, "-m", "edukit", *command], cwd=home, env=env, capture_output=True, timeout=600
        )
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    files = (path for path in (home / "reports").rglob("*") if path.is_file())
    return {
        path.relative_to(home).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(files)
        if not path.name.endswith(TELLS_THE_TIME)
    }


@pytest.mark.slow
def test_the_same_input_gives_the_same_bytes_everywhere(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "450804-覃塘区" / "2020.xlsx", {"学校": table(town())})
    own = locales(tmp_path / "locales")
    first, *others = (made(tmp_path, around, own) for around in EVERY)
    kinds = {Path(name).suffix for name in first}
    assert kinds == {".html", ".ipynb", ".json", ".xlsx", *(f".{form}" for form in FORMATS.split(","))}
    assert len(first) > 2 * (4 + 3 * len(NOTEBOOKS))
    for around, other in zip(EVERY[1:], others, strict=True):
        assert first.keys() == other.keys()
        assert [name for name in first if first[name] != other[name]] == [], around
    count("files made alike in other surroundings", len(first) * len(others))
