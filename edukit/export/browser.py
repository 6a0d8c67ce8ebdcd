"""A PDF is the page as a browser prints it: with its font, its page numbers, its outline and its structure."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edukit.errors import CallError, RenderError

VARIABLE: Final = "EDUKIT_BROWSER"
"""Environment variable with the path of the browser, for one that is not found by itself."""
SECONDS: Final = 180
"""How long a page may take to print."""
_NAMES: Final = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "microsoft-edge-stable",
    "chrome", "msedge",
)  # fmt: skip
_MAC: Final = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "Chromium.app/Contents/MacOS/Chromium",
)
_WINDOWS: Final = (
    "Microsoft/Edge/Application/msedge.exe", "Google/Chrome/Application/chrome.exe", "Chromium/Application/chrome.exe",
)  # fmt: skip
# No name can be looked up and every address leads to a closed port; nothing is updated, synchronised or reported.
_FLAGS: Final = """
    --headless=new --disable-gpu --no-first-run --no-default-browser-check --disable-extensions --disable-sync
    --disable-background-networking --disable-component-update --disable-default-apps --disable-breakpad --no-pings
    --disable-domain-reliability --metrics-recording-only --mute-audio --password-store=basic --use-mock-keychain
    --proxy-server=127.0.0.1:9 --font-render-hinting=none --disable-dev-shm-usage
    --no-pdf-header-footer --generate-pdf-document-outline
""".split()
_NOWHERE: Final = "--host-resolver-rules=MAP * ~NOTFOUND"
_DATES = re.compile(rb"(/(?:CreationDate|ModDate) \(D:)\d{14}([+-]\d\d'\d\d'|Z)")


def find_browser() -> Path | None:
    """The browser to print with: the one that :data:`VARIABLE` names, else Chromium, Chrome or Edge; None if none.

    Raises:
        CallError: the variable names a file that does not exist.
    """
    if named := os.environ.get(VARIABLE):
        path = shutil.which(named)
        if path is None:
            raise CallError(
                f"环境变量 {VARIABLE} 指定的浏览器不存在：{named}。请改为浏览器程序的完整路径，或取消该变量。"
            )
        return Path(path)
    return next((path for path in _places() if path.is_file()), None)


def needed_browser() -> Path:
    """The same, where there must be one.

    Raises:
        CallError: none was found; says what to do.
    """
    found = find_browser()
    if found is None:
        raise CallError(
            "生成 PDF 要用浏览器打印网页，本机没有找到 Chrome、Edge 或 Chromium；什么也没有运行。处理：安装其中一个"
            f"（Debian、Ubuntu：apt-get install chromium），或用环境变量 {VARIABLE} 指明它的位置；"
            "也可以去掉 pdf，用任意浏览器打开网页报告，“打印”→“另存为 PDF”。"
        )
    return found


def _places() -> Iterator[Path]:
    yield from (Path(path) for path in map(shutil.which, _NAMES) if path)
    if sys.platform == "darwin":
        yield from (base / name for base in (Path("/Applications"), Path.home() / "Applications") for name in _MAC)
    if sys.platform == "win32":
        bases = (os.environ.get(name) for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"))
        yield from (Path(base) / name for base in bases if base for name in _WINDOWS)


def pdf(html: str, *, seconds: int = SECONDS) -> bytes:
    """The page as PDF: A4, tagged, with outline; the same bytes for the same page and browser.

    Args:
        html: the whole page; it is printed from a folder of its own, by a browser that reaches no network.
        seconds: how long it may take.

    Raises:
        CallError: there is no browser.
        RenderError: it failed or took too long.
    """
    browser = needed_browser()
    with tempfile.TemporaryDirectory(prefix="edukit-print-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        page, printed = folder / "page.html", folder / "page.pdf"
        page.write_text(html, encoding="utf-8")
        command = [
            str(browser),
            *_FLAGS,
            _NOWHERE,
            f"--user-data-dir={folder / 'profile'}",
            f"--print-to-pdf={printed}",
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:  # the browser's sandbox cannot be set up by root
            command.append("--no-sandbox")
        said = _run([*command, page.as_uri()], seconds)
        if not printed.is_file() or not (content := printed.read_bytes()).startswith(b"%PDF"):
            last = " ".join(said.split())[-300:]
            raise RenderError(f"浏览器 {browser.name} 没有打印出 PDF：{last or '没有任何提示'}。网页报告不受影响。")
    return undated(content)


def undated(content: bytes) -> bytes:
    """A PDF with a fixed date in place of when it was printed; nothing moves, so that its table of places holds."""

    def fixed(found: re.Match[bytes]) -> bytes:
        return found[1] + b"20200101000000" + (b"+00'00'" if len(found[2]) > 1 else b"Z")

    return _DATES.sub(fixed, content)


def _run(command: list[str], seconds: int) -> str:
    """Run a browser and everything it starts; what it said."""
    session = {"start_new_session": True} if os.name == "posix" else {}
    env = {**os.environ, **_short_folder()}
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=env, **session)  # type: ignore[call-overload]
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise RenderError(f"浏览器打印 PDF 超过 {seconds} 秒，已停止。请关闭其他程序后重试。") from error
        finally:
            _end(process)
        said.seek(0)
        return said.read().decode("utf-8", errors="replace")


def _short_folder() -> dict[str, str]:
    """Where the browser is to put its sockets, whose paths must stay under about 104 characters; it adds 50 to ours."""
    own = os.fsencode(tempfile.gettempdir())
    short = Path("/tmp")
    return {"TMPDIR": str(short)} if os.name == "posix" and len(own) > 50 and os.access(short, os.W_OK) else {}


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a browser that still runs, with the processes of its own group."""
    if process.poll() is not None:
        return
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
