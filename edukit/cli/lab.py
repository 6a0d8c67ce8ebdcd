"""``edukit lab``: JupyterLab, ready to work in."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edukit import counties
from edukit.cli.parser import Commands, add_home


def add_to(commands: Commands) -> None:
    """Add the commands of this module."""
    text = "打开 JupyterLab：中文界面，直接进入 notebooks 文件夹"
    sub = commands.add("lab", _lab, text, ["", "explore", "balance --no-browser --port 8890"])
    sub.add_argument("notebook", nargs="?", default="", metavar="笔记本", help="要打开的笔记本名称，例如 explore")
    sub.add_argument("--no-browser", action="store_true", help="不自动打开浏览器，只显示地址")
    sub.add_argument("--port", type=int, metavar="端口", help="端口（默认从 8888 起第一个空闲的）")
    add_home(sub)


def _lab(options: argparse.Namespace) -> int:
    from edukit.lab import open_lab
    from edukit.report import find_notebook

    root: Path = (options.home or counties.home()).resolve()
    if options.notebook:
        find_notebook(options.notebook, root)  # before saying that it is opened
    print("正在打开 JupyterLab，浏览器中即可操作；用完回到本窗口按 Ctrl+C 结束。", file=sys.stderr, flush=True)
    open_lab(root, options.notebook, browser=not options.no_browser, port=options.port)
    return 0
