"""The settings of a batch and the command that is called when it is over: what it gets, and what it cannot break."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest

from edukit.batch.hooks import SETTINGS, call, settings
from edukit.errors import CallError
from test_batch import COUNTIES, home, notebook, told, until  # noqa: F401 - home is a fixture


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / SETTINGS).write_bytes(text.encode(encoding))
    return folder


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[batch\n", "不是有效的 TOML"),
        ('[batch]\non_success = "D:\\usr\\tell.exe"\n', "不是有效的 TOML.*反斜杠要写成"),
        ('[batch]\non_success = "C:\\tools\\new.exe"\n', "on_success 中有制表符等控制字符.*反斜杠要写成"),
        ('on_failure = "mail"\n', "不认识：on_failure。各项设置应写在 \\[batch\\] 一行的下面"),
        ('[Batch]\non_failure = "mail"\n', "不认识：Batch"),
        ("batch = 1\n", "batch 应为一节"),
        ("[batch]\non_fail = 'mail'\n", "不认识：on_fail。可用：on_success、on_failure、hook_seconds"),
        ("[batch]\non_failure = 5\n", "on_failure 应为一条命令"),
        ("[batch]\non_failure = ''\n", "on_failure 应为一条命令"),
        ("[batch]\non_failure = []\n", "on_failure 应为一条命令"),
        ("[batch]\non_failure = ['mail', 5]\n", "on_failure 应为一条命令"),
        ("[batch]\non_failure = 'mail \"x'\n", "on_failure 应为一条命令"),
        ("[batch]\nhook_seconds = '60'\n", "hook_seconds 应为大于 0 的秒数，实为 '60'"),
        ("[batch]\nhook_seconds = 0\n", "hook_seconds 应为大于 0 的秒数"),
        ("[batch]\nhook_seconds = nan\n", "hook_seconds 应为大于 0 的秒数"),
        ("[batch]\nhook_seconds = true\n", "hook_seconds 应为大于 0 的秒数"),
    ],
)
def test_wrong_settings_are_refused_before_anything_runs(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CallError, match=said):
        settings(write(tmp_path, text))


def test_settings_that_notepad_saved(tmp_path: Path) -> None:
    text = "[batch]\non_failure = ['python', 'tools/发邮件.py']\n"
    assert settings(write(tmp_path, text, "utf-8-sig")) == {"on_failure": ["python", "tools/发邮件.py"]}
    with pytest.raises(CallError, match=r"不能读取 edukit\.toml：应为 UTF-8"):
        settings(write(tmp_path, text, "gb18030"))


def test_a_command_gets_the_summary_and_works_in_the_project(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Written as one text or as a list, with Chinese in its path; what it prints does not mix with the output."""
    root = tmp_path / "某县 项目"
    script = write(root, "") / "通知.py"
    script.write_text("import os, sys; print(os.getcwd()); print('已通知', sys.argv[1:], sys.stdin.read())", "utf-8")
    summary = root / "reports" / "summary.json"
    for command in (f"'{sys.executable}' 通知.py 甲", [sys.executable, "通知.py", "甲"]):
        assert call("on_success", summary, root, {"on_success": command}) == ""
        out, err = capfd.readouterr()
        assert out == ""
        assert err.splitlines() == [str(root), f"已通知 {['甲', str(summary)]} "]
    assert call("on_failure", summary, root, {"on_success": "false"}) == ""


def test_what_goes_wrong_with_a_command_is_told(tmp_path: Path) -> None:
    def problem(command: object, seconds: float = 60) -> str:
        return call("on_failure", tmp_path / "summary.json", tmp_path, {"on_failure": command, "hook_seconds": seconds})

    missing = "通知命令 on_failure 没有运行：找不到 没有这个命令。定时任务的 PATH 往往很短，请写完整路径"
    assert problem("没有这个命令 甲") == problem(["没有这个命令"]) == missing
    assert problem(str(tmp_path)).startswith("通知命令 on_failure 没有运行（")
    fails = [sys.executable, "-c", "import sys; print('邮箱已满'); print(); sys.exit(3)"]
    assert problem(fails) == "通知命令 on_failure 返回 3：邮箱已满"
    assert problem(["/bin/sh", "-c", "sleep 600; :"], 0.5) == "通知命令 on_failure 超过 0.5 秒，已终止"


@pytest.mark.skipif(os.name != "posix", reason="sessions are POSIX")
def test_a_command_that_hangs_is_ended_with_what_it_has_started(tmp_path: Path) -> None:
    """Waiting for the pipe that a process of its own holds would be without end."""
    began = time.monotonic()
    program = "sleep 600 & echo $! > started; wait"
    assert "已终止" in call(
        "on_failure", tmp_path, tmp_path, {"on_failure": ["/bin/sh", "-c", program], "hook_seconds": 1}
    )
    assert time.monotonic() - began < 60
    child = int((tmp_path / "started").read_text(encoding="ascii"))
    until(lambda: not _runs(child), 10)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_command_that_fails_costs_no_report_and_each_line_of_the_log_is_json(home: Path) -> None:  # noqa: F811
    """It prints into neither the JSON of the batch nor its log; the exit code stays that of the batch."""
    command = f"{sys.executable} -c \"print('发不出'); raise SystemExit(7)\""
    write(home, f"[batch]\non_success = '''{command}'''\n")
    code, out, err = told(home, "--json", "--county", COUNTIES[0])
    assert code == 0
    assert json.loads(out)["ran"] == 1
    assert "注意：通知命令 on_success 返回 7：发不出。" in err.splitlines()
    (log,) = (home / "reports" / "logs").iterdir()
    report, warning = (json.loads(line) for line in log.read_text(encoding="utf-8").splitlines())
    assert (report["county"], report["status"]) == (COUNTIES[0], "done")
    assert report["seconds"] > 0
    assert warning == {"warning": "通知命令 on_success 返回 7：发不出"}


def test_wrong_settings_leave_everything_as_it_was(home: Path) -> None:  # noqa: F811
    write(home, "[batch]\nhook_seconds = '60'\n")
    code, out, err = told(home, "--county", COUNTIES[0])
    assert (code, out) == (2, "")
    assert "hook_seconds 应为大于 0 的秒数" in err
    assert not (home / "reports").exists()
