"""What docs/scheduling.md tells people to set up: it is valid, and what it says holds."""

from __future__ import annotations

import configparser
import json
import os
import py_compile
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest

from county import table, town, write_xlsx
from edukit.batch import from_csv
from edukit.batch.hooks import SETTINGS, settings
from edukit.cli import main
from edukit.counties import HOME_VARIABLE
from edukit.errors import CallError

PLACE = "/srv/edukit"
PARAMETERS = 'county: str = "1"\nyear: int = 2020\nscheme: str = "quality-2017"'
COVER = "from edukit import open_case, show, text\nshow(text.cover(open_case(county, year, scheme)))"
UNITS = ("edukit-batch.service", "edukit-batch.timer")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="cron 和 systemd 只在 POSIX 系统上")


@pytest.fixture
def text(root: Path) -> str:
    return (root / "docs" / "scheduling.md").read_text(encoding="utf-8")


@pytest.fixture
def home(root: Path, tmp_path: Path) -> Path:
    """A project folder with one county, a short notebook, and edukit where the instructions expect it."""
    home = tmp_path / "项目"
    write_xlsx(home / "data" / "raw" / "990001-某某县" / "2020.xlsx", {"学校": table(town())})
    (home / "notebooks").mkdir()
    cells = [nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}), nbformat.v4.new_code_cell(COVER)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), home / "notebooks" / "balance.ipynb")
    command = home / ".venv" / "bin" / "edukit"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{root}" exec "{sys.executable}" -m edukit "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return home


def block(text: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


def cron_line(text: str) -> tuple[list[str], str]:
    """The five fields and the command."""
    *fields, command = block(text, "cron").strip().split(maxsplit=5)
    return fields, command


def unit(path: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text(encoding="utf-8"))
    return parser


def test_the_cron_line_is_one(text: str) -> None:
    fields, command = cron_line(text)
    limits = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
    for value, (low, high) in zip(fields, limits, strict=True):
        assert value == "*" or low <= int(value) <= high
    assert "%" not in command, "cron takes it for the end of the line"


@pytest.mark.slow
def test_the_command_of_cron_runs(text: str, home: Path) -> None:
    _, command = cron_line(text)
    (home / SETTINGS).write_text('[batch]\non_success = "cp -t told"\n', encoding="utf-8")
    # cron gives a command hardly any environment
    given = {"PATH": "/usr/bin:/bin", "HOME": str(home), "LANG": "C"}
    given |= {name: os.environ[name] for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR") if name in os.environ}
    (home / "told").mkdir()
    done = subprocess.run(["/bin/sh", "-c", command.replace(PLACE, f"'{home}'")], env=given, cwd="/", timeout=180)
    log = (home / "reports" / "batch.log").read_text(encoding="utf-8")
    assert done.returncode == 0, log
    assert "完成 1 份" in log
    assert (home / "reports" / "2020" / "990001-某某县" / "balance.html").is_file()
    summary = json.loads((home / "told" / "summary.json").read_text(encoding="utf-8"))
    assert (summary["ran"], summary["failed"]) == (1, 0)
    keys = set(re.findall(r"`(\w+)`", "".join(line for line in text.splitlines() if line.startswith("| `"))))
    assert set(summary) <= keys and set(summary["reports"][0]) <= keys
    (log_file,) = (home / "reports" / "logs").glob("*.jsonl")
    assert [json.loads(line)["status"] for line in log_file.read_text(encoding="utf-8").splitlines()] == ["done"]


def test_the_units_are_whole(root: Path) -> None:
    service, timer = (unit(root / "docs" / "schedule" / name) for name in UNITS)
    assert service["Service"]["ExecStart"].startswith(f"{PLACE}/.venv/bin/edukit batch")
    assert service["Service"]["WorkingDirectory"] == PLACE
    assert service["Service"]["KillSignal"] == "SIGINT"
    assert re.fullmatch(r"Sat \*-\*-\* 02:30:00", timer["Timer"]["OnCalendar"])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="没有 systemd-analyze")
def test_systemd_accepts_the_units(root: Path, home: Path, tmp_path: Path) -> None:
    place = tmp_path / "project"  # units take no other letters without quoting
    home.rename(place)
    copies = [tmp_path / name for name in UNITS]
    for copy in copies:
        content = (root / "docs" / "schedule" / copy.name).read_text(encoding="utf-8")
        copy.write_text(content.replace(PLACE, str(place)).replace("User=edukit", "User=root"), encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", *map(str, copies)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    ours = [line for line in done.stderr.splitlines() if "edukit-batch" in line or str(tmp_path) in line]
    assert ours == []
    when = ["systemd-analyze", "calendar", unit(copies[1])["Timer"]["OnCalendar"]]
    assert subprocess.run(when, capture_output=True, timeout=60).returncode == 0


def test_the_options_of_every_command_exist(
    root: Path, text: str, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(home))  # put back afterwards
    commands = unit(root / "docs" / "schedule" / UNITS[0])["Service"]["ExecStart"]
    arguments = commands.split(" ", 1)[1].replace(PLACE, str(home)).split()
    assert main([*arguments, "--why"]) == 0
    assert "990001-某某县 2020 balance" in capsys.readouterr().out
    assert "edukit.exe batch >>" in block(text, "bat")


def test_the_settings_shown_are_settings(text: str, tmp_path: Path) -> None:
    (tmp_path / SETTINGS).write_text(block(text, "toml"), encoding="utf-8")
    assert settings(tmp_path) == tomllib.loads(block(text, "toml"))["batch"]
    assert set(settings(tmp_path)) == {"on_success", "on_failure", "hook_seconds"}


def test_the_plan_shown_is_a_plan(text: str, root: Path, tmp_path: Path) -> None:
    for line in block(text, "csv").splitlines()[1:]:
        code, year = line.split(",")[:2]
        write_xlsx(tmp_path / "data" / "raw" / f"{code}-某县" / f"{year}.xlsx", {"学校": table(town())})
    shutil.copytree(root / "notebooks", tmp_path / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    plan = tmp_path / "计划表.csv"
    plan.write_text(block(text, "csv"), encoding="gb18030")
    tasks = from_csv(plan, tmp_path, notebook="balance", scheme="quality-2017")
    assert [(task.notebook, task.parameters.get("years")) for task in tasks] == [("balance", None), ("improvement", 5)]
    plan.write_text(block(text, "csv").replace(",5\n", ",31\n"), encoding="utf-8")
    with pytest.raises(CallError, match=r"第 3 行：.*参数 years 应为整数（1 至 30），实为整数 31"):
        from_csv(plan, tmp_path, notebook="balance", scheme="quality-2017")


def test_the_dag_compiles(root: Path, tmp_path: Path) -> None:
    py_compile.compile(
        str(root / "docs" / "schedule" / "airflow_dag.py"), cfile=str(tmp_path / "dag.pyc"), doraise=True
    )
