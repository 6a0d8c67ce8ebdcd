"""Nothing but what a report shows leaves in it: no user, no host, no path, no single answer of a survey.

The reports are made in a process whose home, user and folder bear a word that stands nowhere else.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import openpyxl
import pytest

from counts import count, times
from county import Row, saved, town
from edukit.export import browser
from edukit.workbook.reading import digest

TOKEN = "QZXTOKENQZX"
ROOT = Path(__file__).resolve().parent.parent
PRINTS = browser.find_browser() is not None and shutil.which("pdftotext") and shutil.which("pdfinfo")
FORMATS = "html,docx,xlsx,pdf" if PRINTS else "html,docx,xlsx"
INFO = ([], ["-meta"], ["-custom"], ["-url"], ["-dests"], ["-struct-text"])
ANSWER = "QZXANSWER"
OPINION = f"某某家长说了只有他会说的话{ANSWER}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The project folder, with every report of the example made in it."""
    base = tmp_path_factory.mktemp("private")
    root = base / f"{TOKEN}-项目"
    home = base / f"{TOKEN}-home"
    home.mkdir()
    shutil.copytree(ROOT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    county = root / "data" / "raw" / "210903-新邱区"
    county.mkdir(parents=True)
    book = openpyxl.load_workbook(ROOT / "data" / "raw" / "210903-新邱区" / "2020.xlsx")
    book.properties.creator = book.properties.lastModifiedBy = TOKEN
    answers = book["问卷"]
    own_column = answers.max_column + 1
    column = [answers.cell(r, c) for r in (1, 2, 3, 4) for c in range(1, own_column)]
    header = next(cell.row for cell in column if cell.value in ("群体", "所属群体"))
    answers.cell(header, own_column, "备注")
    for row in range(header + 2, answers.max_row + 1):  # below the row of units
        answers.cell(row, own_column, OPINION)
    book.save(county / "2020.xlsx")
    own = {"HOME": str(home), "USER": TOKEN, "LOGNAME": TOKEN, "HOSTNAME": TOKEN, "EDUKIT_HOME": str(root)}
    env = {**os.environ, **own, "TMPDIR": str(home), "PYTHONPATH": str(ROOT)}
    for notebook in ("balance", "self_assessment", "school_plan", "improvement", "monitoring")[: times(1, 5)]:
        command = [sys.executable, "-m", "edukit.cli", "report", "210903", "2020", "--notebook", notebook]
        command += ["--to", FORMATS]
        program = f"import sys; from edukit.cli import main; sys.exit(main({command[3:]!r}))"
        done = subprocess.run([sys.executable, "-c", program], cwd=root, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    program = "import sys; from edukit.cli import main; sys.exit(main(['index']))"
    subprocess.run([sys.executable, "-c", program], cwd=root, env=env, check=True, capture_output=True)
    yield root / "reports"


def texts(path: Path) -> Iterator[tuple[str, bytes]]:
    """The bytes of a file, and of everything packed in it; of a PDF also what a reader sees, and its properties."""
    content = path.read_bytes()
    yield path.name, content
    if path.suffix == ".pdf":
        for number, packed in enumerate(re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL)):
            with contextlib.suppress(zlib.error):  # a picture or a font in another packing
                yield f"{path.name}/stream {number}", zlib.decompressobj().decompress(packed)
        for command in (["pdftotext", str(path), "-"], *(["pdfinfo", *more, str(path)] for more in INFO)):
            told = [word for word in command[:2] if word != str(path)]
            yield f"{path.name}/{' '.join(told)}", subprocess.run(command, capture_output=True, check=True).stdout
    if path.suffix in (".xlsx", ".docx"):
        with zipfile.ZipFile(path) as package:
            for name in package.namelist():
                yield f"{path.name}/{name}", package.read(name)


def traces_in(content: bytes) -> list[str]:
    """What of the user, the machine, the place and the answers is there, in any of the ways in which files write it."""
    host = socket.gethostname()
    return [
        trace
        for trace in (TOKEN, OPINION, ANSWER, str(ROOT), "/tmp/", host if len(host) > 5 else TOKEN)
        for written in (trace.encode(), json.dumps(trace)[1:-1].encode(), trace.encode("utf-16-be"),
                        trace.encode("utf-16-be").hex().upper().encode(), quote(trace).encode())
        if written in content
    ]  # fmt: skip


def test_nothing_of_user_machine_or_place_is_in_any_output(folder: Path) -> None:
    looked = 0
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix != ".pdf"):
        for name, content in texts(path):
            looked += 1
            assert traces_in(content) == [], name
    assert looked > 20
    count("files and parts of files searched for traces", looked)


@pytest.mark.skipif(not PRINTS, reason="没有 Chromium 或 poppler-utils（pdftotext、pdfinfo）")
def test_nothing_of_user_machine_or_place_is_in_a_pdf(folder: Path) -> None:
    """A browser prints it from a temporary folder, of which neither text, links, outline nor properties tell."""
    looked = 0
    for path in sorted(folder.rglob("*.pdf")):
        found = dict(texts(path))
        seen = found[f"{path.name}/pdftotext"].decode()
        assert "新邱区" in seen and "2020" in seen
        assert any(name.endswith("pdfinfo -url") for name in found)
        for name, content in found.items():
            looked += 1
            assert traces_in(content) == [], name
            assert b"file://" not in content, name
    assert looked > 20
    count("parts of PDF files searched for traces", looked)


def test_no_single_answer_leaves(folder: Path) -> None:
    """Answers are counted, not listed: no output has as many lines of answers as the survey had."""
    book = openpyxl.load_workbook(ROOT / "data" / "raw" / "210903-新邱区" / "2020.xlsx", read_only=True)
    asked = sum(1 for _ in book["问卷"].iter_rows())
    for path in folder.rglob("*.*"):
        if path.is_file():
            for name, content in texts(path):
                assert content.count("不满意".encode()) < asked / 10, name


def survey(heads: int, teachers: int) -> list[Row]:
    """Answers of 200 parents, and of seven heads and seven teachers, so many of them satisfied."""
    groups = {"家长": (200, 180), "校长": (7, heads), "教师": (7, teachers)}
    return [
        {"group": group, "theme": "就近入学", "answer": "满意" if number < satisfied else "不满意"}
        for group, (asked, satisfied) in groups.items()
        for number in range(asked)
    ]


def test_small_groups_that_change_places_leave_every_file_as_it_was(tmp_path: Path) -> None:
    """Nobody can tell from page, Word, Excel, ledger, notebook or JSON which of two small groups was satisfied."""
    made = []
    for name, small in (("a", (6, 3)), ("b", (3, 6))):
        home = tmp_path / name
        workbook = saved(home / "data" / "raw", town(), 问卷=survey(*small))
        (home / "notebooks").mkdir()
        shutil.copy(ROOT / "notebooks" / "self_assessment.ipynb", home / "notebooks")
        arguments = ["report", "210903", "2020", "--notebook", "self_assessment", "--to", "html,docx,xlsx"]
        arguments += ["--home", str(home)]
        done = subprocess.run([sys.executable, "-m", "edukit", *arguments], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        data = digest(workbook).encode()
        parts = {
            part: content.replace(data, b"").replace(data[:16], b"").replace(data[:12], b"")
            for path in sorted((home / "reports" / "2020" / "210903-新邱区").iterdir())
            for part, content in texts(path)
            if part != path.name or path.suffix not in (".xlsx", ".docx")
        }
        made.append(parts)
    first, second = made
    assert first.keys() == second.keys()
    assert {Path(name.partition("/")[0]).suffix for name in first} == {".html", ".docx", ".xlsx", ".ipynb", ".json"}
    assert [name for name in first if first[name] != second[name]] == []
    shown = first["self_assessment.html"].decode()
    assert "教师、校长不单列" in shown
    count("parts of files without a trace of which small group was satisfied", len(first))


@pytest.mark.skipif(not PRINTS, reason="没有 Chromium 或 poppler-utils（pdftotext、pdfinfo）")
@pytest.mark.parametrize("hidden", [
    f"<p>{OPINION}</p>", f"<a href='file:///{TOKEN}/x'>链接</a>", f"<p>{TOKEN}</p>", f"<h1>{OPINION}</h1>",
])  # fmt: skip
def test_a_trace_in_a_pdf_would_be_seen(tmp_path: Path, hidden: str) -> None:
    page = f"<html lang='zh'><head><title>页</title></head><body>{hidden}</body></html>"
    (tmp_path / "x.pdf").write_bytes(browser.pdf(page))
    assert any(traces_in(content) for _, content in texts(tmp_path / "x.pdf"))


def test_a_trace_would_be_seen(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.properties.creator = TOKEN
    book.save(tmp_path / "x.xlsx")
    assert any(TOKEN.encode() in content for _, content in texts(tmp_path / "x.xlsx"))
