"""JupyterLab as a user sees it: started as ``edukit lab`` starts it, looked at in headless Chromium.

As a program, ``python -m docs.labpage FOLDER`` runs notebooks/explore.ipynb in a project folder and prints as JSON what
a user would notice: menus, widgets, what a moved slider does, messages of the console, requests to other places.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import urlopen

from edukit import style

if TYPE_CHECKING:
    from playwright.sync_api import Page

TOKEN = "guide"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync "
    "--no-first-run --font-render-hinting=none --lang=zh-CN"
).split()
PATIENCE = 600.0
"""Seconds to wait for what a slow machine does slowly."""
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>{folder}</dir></fontconfig>
"""


def chinese_fonts(folder: Path) -> dict[str, str]:
    """The environment in which programs find the Chinese font that edukit carries; its settings go to ``folder``."""
    path = folder / "fonts.conf"
    path.write_text(FONTS.format(folder=style.font_file().parent), encoding="utf-8")
    return {**os.environ, "FONTCONFIG_FILE": str(path)}


def chromium() -> str | None:
    """The browser's program, if there is one."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def served(root: Path, home: Path) -> Iterator[str]:
    """JupyterLab on a project folder; yields its address with a place for the path.

    Args:
        root: project folder.
        home: home folder of the user whom it runs for; nothing should be written there.
    """
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # in a container; JupyterLab refuses root unless told otherwise
        private = root / ".jupyter"
        private.mkdir(exist_ok=True)
        (private / "jupyter_server_config.json").write_text('{"ServerApp": {"allow_root": true}}', encoding="utf-8")
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "IPYTHON", "EDUKIT", "MPL"))
    }
    command = [sys.executable, "-m", "edukit", "lab", "--no-browser", "--port", str(port), "--home", str(root)]
    server = subprocess.Popen(
        command,
        env={**own, "JUPYTER_TOKEN": TOKEN, "HOME": str(home)},
        cwd=root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(f"http://127.0.0.1:{port}/api?token={TOKEN}", server)
        yield f"http://127.0.0.1:{port}/{{}}?token={TOKEN}"
    finally:
        server.terminate()
        server.wait(30)


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            with urlopen(address):
                return
        except URLError:
            time.sleep(0.3)
    raise RuntimeError(f"JupyterLab did not start (exit code {server.poll()})")


@contextmanager
def browsed(folder: Path, width: int, height: int) -> Iterator[Page]:
    """An empty page of headless Chromium that has a Chinese font; its settings go to ``folder``."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=FLAGS, env=chinese_fonts(folder))  # type: ignore[arg-type]
        yield browser.new_page(viewport={"width": width, "height": height}, locale="zh-CN")
        browser.close()


def open_notebook(page: Page, address: str, name: str) -> None:
    """Open a notebook and wait until its cells are there and its kernel is idle."""
    page.goto(address.format(f"lab/tree/notebooks/{name}.ipynb"))
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=1000 * PATIENCE)
    ready = "() => /[|] (空闲|Idle)/.test(document.querySelector('#jp-main-statusbar')?.innerText ?? '')"
    page.wait_for_function(ready, timeout=1000 * PATIENCE)
    page.wait_for_timeout(3000)  # idle is said a little before the notebook takes the kernel for its own


def run_all(page: Page) -> None:
    """Run all cells by the menu, as the guide says, and wait until the last has its number."""
    page.locator(".lm-MenuBar-item", has_text="运行").click()
    page.locator(".lm-Menu-item", has_text="运行所有单元格").first.click()
    done = """() => { const here = '.jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell .jp-InputPrompt';
      const prompts = [...document.querySelectorAll(here)];
      return prompts.length && prompts.every(p => /\\[\\d+\\]/.test(p.textContent)); }"""
    page.wait_for_function(done, timeout=1000 * PATIENCE)
    page.wait_for_timeout(1500)  # widgets and drawings are laid out after that


def notice(root: Path, home: Path) -> dict[str, Any]:
    """What a user of the notebook explore would notice in a project folder."""
    facts: dict[str, Any] = {"console": [], "requests": []}
    with TemporaryDirectory() as folder, served(root, home) as address, browsed(Path(folder), 1400, 5000) as page:
        own = address[: address.index("/", 8)]
        page.on("console", lambda m: facts["console"].append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: facts["console"].append(str(error)))
        page.on(
            "request",
            lambda r: facts["requests"].append(r.url) if not r.url.startswith((own, "data:", "blob:")) else None,
        )
        open_notebook(page, address, "explore")
        facts["menus"] = page.locator(".lm-MenuBar-itemLabel").all_inner_texts()
        facts["files"] = page.locator(".jp-DirListing-itemText").all_inner_texts()
        run_all(page)
        facts["errors"] = page.locator(".jp-RenderedText[data-mime-type*=stderr], .jp-OutputArea-output .ename").count()
        facts["sliders"] = page.locator(".widget-slider").count()
        board = page.locator(".widget-html .edukit-board")
        facts["before"] = board.inner_text()
        page.get_by_role("button", name="全部归零").click()
        page.wait_for_function("w => document.querySelector('.edukit-board').innerText.includes(w)", arg="没有任何变更")
        slider = page.locator(".widget-slider .noUi-handle").nth(1)
        slider.focus()
        slider.press("PageUp")
        page.wait_for_function("() => !document.querySelector('.edukit-board').innerText.includes('没有任何变更')")
        facts["after"] = board.inner_text()
    facts["home"] = sorted(path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file())
    return facts


if __name__ == "__main__":
    with TemporaryDirectory() as nobody:
        print(json.dumps(notice(Path(sys.argv[1]).resolve(), Path(nobody)), ensure_ascii=False))
