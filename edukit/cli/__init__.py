"""The commands. Each imports what it needs when it runs, so that ``edukit --help`` answers at once.

Exit 0: done. 1: the data have errors, or a report failed. 2: the call itself is wrong and nothing ran.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from edukit import __version__
from edukit.cli import data, lab, planning, reports, screen
from edukit.cli.parser import ChineseParser, Commands
from edukit.errors import DataError, EdukitError

EXAMPLES = """\
示例：
  edukit template 某某县2020.xlsx                  生成空白填报工作簿
  edukit check data/raw/210903-新邱区/2020.xlsx    列出数据中的全部问题
  edukit assess data/raw/210903-新邱区/2020.xlsx   按优质均衡办法测算并判定
  edukit plan data/raw/210903-新邱区/2020.xlsx     求达标最省的方案
  edukit report 210903 2020                        生成新邱区2020年分析报告
  edukit batch --year 2020                         为 data/raw 中的各县生成2020年报告，只做有变化的
  edukit schemes                                   列出评估办法
  edukit lab explore                               在 JupyterLab 中打开 notebooks/explore.ipynb

edukit 命令 --help 显示各命令的选项和示例。
退出码：0 完成；1 数据有错误或报告失败；2 命令有误，什么也没有做。
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a Windows console may not be able to show every character
            stream.reconfigure(errors="replace")
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except DataError as error:
        screen.error(str(error))
        screen.findings(error.findings, sys.stderr)
        return error.exit_code
    except EdukitError as error:
        screen.error(str(error))
        return error.exit_code
    except BrokenPipeError:  # the reader of a pipe, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("已中断。", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = ChineseParser(
        prog="edukit",
        description="县域义务教育均衡发展：核对数据、测算指标、生成分析报告。",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
    )
    parser.add_argument("-h", "--help", action="help", help="显示本说明")
    parser.add_argument("--version", action="version", version=f"edukit {__version__}", help="显示版本")
    commands = Commands(parser)
    for room in (data, planning, reports, lab):
        room.add_to(commands)
    return parser
