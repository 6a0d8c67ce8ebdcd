"""The settings of a batch, and the command that they name to be called when it is over."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edukit.errors import CallError

SETTINGS = "edukit.toml"
"""File in the project folder with the settings of a batch, all optional::

    [batch]
    on_success = "command that gets the path of the summary as its last argument"
    on_failure = ["the same", "as a list of its words"]
    hook_seconds = 60
"""
HOOK_SECONDS = 60
_BACKSLASHES = "反斜杠要写成 \\\\，或用单引号括起整条命令。"
_KNOWN = ("on_success", "on_failure", "hook_seconds")


def settings(root: Path) -> Mapping[str, Any]:
    """The table ``[batch]`` of the settings file.

    Raises:
        CallError: the file is no TOML, has a table or key that is not known, or a value of the wrong kind.
    """
    path = root / SETTINGS
    if not path.is_file():
        return {}
    try:
        whole = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        hint = _BACKSLASHES if "\\" in path.read_text(encoding="utf-8-sig") else ""
        raise CallError(f"{SETTINGS} 不是有效的 TOML：{error}。{hint}") from error
    except (UnicodeDecodeError, OSError) as error:
        raise CallError(f"不能读取 {SETTINGS}：应为 UTF-8 编码的文本文件。") from error
    found: Mapping[str, Any] = whole.get("batch", {})
    if others := sorted(set(whole) - {"batch"}):
        raise CallError(f"{SETTINGS} 中不认识：{'、'.join(others)}。各项设置应写在 [batch] 一行的下面。")
    if not isinstance(found, dict):
        raise CallError(f"{SETTINGS} 中 batch 应为一节，写作 [batch]。")
    if unknown := sorted(set(found) - set(_KNOWN)):
        raise CallError(f"{SETTINGS} 的 [batch] 中不认识：{'、'.join(unknown)}。可用：{'、'.join(_KNOWN)}。")
    for name in ("on_success", "on_failure"):
        if name in found and not _is_command(found[name]):
            raise CallError(f"{SETTINGS} 的 {name} 应为一条命令（文字，或由各个词组成的列表），实为 {found[name]!r}。")
        if any(ord(letter) < ord(" ") for letter in "".join(found.get(name, ""))):
            raise CallError(f"{SETTINGS} 的 {name} 中有制表符等控制字符：{found[name]!r}。{_BACKSLASHES}")
    seconds = found.get("hook_seconds", HOOK_SECONDS)
    if type(seconds) not in (int, float) or not seconds > 0:
        raise CallError(f"{SETTINGS} 的 hook_seconds 应为大于 0 的秒数，实为 {seconds!r}。")
    return found


def _is_command(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(word, str) for word in value) and bool(value[0])
    try:
        return isinstance(value, str) and bool(shlex.split(value))
    except ValueError:  # a quotation mark without its other
        return False


def call(name: str, summary: Path, root: Path, given: Mapping[str, Any]) -> str:
    """Call a command of the settings, the path of the summary its last argument; returns what went wrong, or "".

    It runs without a shell, in the project folder and in a session of its own, which is killed when the time is up.
    What it prints goes to standard error: standard output is for what the batch itself has to say.
    """
    command = given.get(name)
    if not command:
        return ""
    words: list[str] | str = [*(command if isinstance(command, list) else shlex.split(command)), str(summary)]
    if isinstance(command, str) and os.name == "nt":
        words = f'{command} "{summary}"'  # backslashes are no quotes there
    with tempfile.TemporaryFile() as said:  # no pipe, which what it leaves behind may hold open
        try:
            process = subprocess.Popen(
                words, cwd=root, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
            )
        except FileNotFoundError:
            first = command[0] if isinstance(command, list) else shlex.split(command)[0]
            return f"通知命令 {name} 没有运行：找不到 {first}。定时任务的 PATH 往往很短，请写完整路径"
        except (OSError, ValueError) as error:
            return f"通知命令 {name} 没有运行（{error}）"
        problem = _ended(process, given.get("hook_seconds", HOOK_SECONDS))
        said.seek(0)
        text = said.read().decode(errors="replace")
    sys.stderr.write(text)
    last = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
    return f"通知命令 {name} {problem}{f'：{last}' if last else ''}" if problem else ""


def _ended(process: subprocess.Popen[bytes], seconds: float) -> str:
    """Wait for a command; what went wrong, in words."""
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        _kill(process)
        return f"超过 {seconds:g} 秒，已终止"
    except BaseException:
        _kill(process)
        raise
    return f"返回 {code}" if code else ""


def _kill(process: subprocess.Popen[bytes]) -> None:
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
