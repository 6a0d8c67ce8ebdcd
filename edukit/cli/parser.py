"""How the commands read what is typed: argparse with Chinese words, and an example in the help of each command."""

from __future__ import annotations

import argparse
import re
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

from edukit.cli import screen

DEFAULT_SCHEME = "quality-2017"
Run = Callable[[argparse.Namespace], int]


class ChineseParser(argparse.ArgumentParser):
    """argparse with the words of its own messages in Chinese."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Say what is wrong with the call and leave with 2."""
        for english, chinese in (
            ("the following arguments are required:", "缺少参数："),
            ("unrecognized arguments:", "不认识的参数："),
            ("expected one argument", "后面应有一个值"),
            ("argument ", "参数 "),
        ):
            message = message.replace(english, chinese)
        message = re.sub(r": invalid choice: '(.*?)' \(choose from (.*)\)", _choices, message)
        message = re.sub(r": invalid int value: '(.*)'", r" 应为整数，实为“\1”", message)
        message = re.sub(r"(参数 \S+): (?=后)", r"\1 ", message).replace("参数 命令 ", "")
        screen.error(f"{message}\n用 {self.prog} --help 查看用法。")
        raise SystemExit(2)

    def format_help(self) -> str:
        """The help with its own words in Chinese, in straight columns."""
        text = super().format_help()
        for english, chinese in (("usage: ", "用法："), ("positional arguments:", "参数："), ("options:", "选项：")):
            text = text.replace(english, chinese, 1)
        return "\n".join(map(_straight, text.split("\n")))


def _choices(found: re.Match[str]) -> str:
    """No such choice, and those that there are.

    >>> re.sub("x: (.*) of (.*)", _choices, "x: foo of 'warm', 'papermill'")
    ' 没有“foo”，可选：warm、papermill'
    """
    return f" 没有“{found[1]}”，可选：{'、'.join(each.strip(chr(39)) for each in found[2].split(', '))}"


def _straight(line: str) -> str:
    """A line of a help text whose second column stands where argparse meant it, Chinese letters being two wide.

    >>> _straight("  --year 年度   只做这一年")
    '  --year 年度 只做这一年'
    """
    found = re.fullmatch(r"( {2,}\S+(?: \S+)*)( {2,})(\S.*)", line)
    if found is None:
        return line
    left, gap, right = found.groups()
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in left)
    return f"{left}{' ' * max(1, len(gap) - wide)}{right}"


class Commands:
    """The place where each room of commands adds its own."""

    def __init__(self, top: ChineseParser) -> None:
        self._all = top.add_subparsers(title="命令", metavar="命令", required=True)

    def add(self, name: str, run: Run, text: str, examples: Sequence[str]) -> argparse.ArgumentParser:
        """A command with a line that says what it does, and calls that can be typed as they are."""
        sub: argparse.ArgumentParser = self._all.add_parser(
            name,
            help=text,
            description=text,
            epilog="\n".join(["示例：", *(f"  edukit {name} {example}".rstrip() for example in examples)]),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            add_help=False,
        )
        sub.add_argument("-h", "--help", action="help", help="显示本说明")
        sub.set_defaults(command=run)
        return sub


def add_scheme(sub: argparse.ArgumentParser, text: str = "评估办法编号或文件") -> None:
    """The option --scheme."""
    sub.add_argument("--scheme", default=DEFAULT_SCHEME, metavar="办法", help=f"{text}（默认 {DEFAULT_SCHEME}）")


def add_home(sub: argparse.ArgumentParser) -> None:
    """The option --home."""
    text = "项目文件夹（含 data、notebooks、reports），默认自动查找"
    sub.add_argument("--home", type=Path, metavar="文件夹", help=text)
