"""The licences of everything that edukit brings along: ``python -m docs.licences`` writes docs/licences.md.

Read from the metadata of the installed packages, from what pyproject.toml asks for down to the last dependency.
"""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
REFUSED = re.compile(
    r"AGPL|Affero|SSPL|BUSL|Commons Clause|Non-?Commercial|Proprietary|(?<![A-Z])GPL|GNU General", re.IGNORECASE
)
"""Licences that edukit, which is MIT and is handed on by whoever uses it, cannot bring along. LGPL is none of them."""

UNNAMED = "未注明"
READ = {"resvg-py": "MIT（据其 LICENSE 文件）"}
"""Packages whose metadata name no licence, with the one that was read in their own file."""


def packages() -> dict[str, str]:
    """Name -> licence of all that is installed with edukit, without the tools of its developers."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    waiting = [*project["dependencies"], *(entry for extra in extras for entry in extra)]
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted = Requirement(waiting.pop())
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in seen or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        seen.add(key)
        try:
            there = distribution(wanted.name)
        except PackageNotFoundError:
            continue
        named = licence(there.metadata)
        found[key[0]] = READ.get(key[0], named) if named == UNNAMED else named
        for line in there.requires or ():
            marker = Requirement(line).marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *wanted.extras)):
                waiting.append(line.partition(";")[0])
    return dict(sorted(found.items()))


def licence(metadata: object) -> str:
    """The licence that a package names: its expression, else its classifiers, else the first line of its text."""
    get, get_all = metadata.get, metadata.get_all  # type: ignore[attr-defined]
    if expression := get("License-Expression"):
        return str(expression)
    listed = [c.rpartition(" :: ")[2] for c in get_all("Classifier") or () if c.startswith("License ::")]
    named = [text for text in listed if text != "OSI Approved"]
    text = "、".join(named) or (get("License") or "").strip().partition("\n")[0][:60]
    return text or UNNAMED


def page() -> str:
    """The page in Markdown."""
    lines = [f"| {name} | {text} |" for name, text in packages().items()]
    head = (
        "# 依赖的许可证\n\n由 `python -m docs.licences` 生成，请勿手改。列出随 edukit 安装的全部软件包（不含开发工具）"
        "及其自述的许可证。"
        "\n拒绝使用 GPL、AGPL、SSPL、禁止商用或未注明许可证的软件包，由 `tests/test_supply.py` 检查。\n"
    )
    return f"{head}\n| 软件包 | 许可证 |\n| --- | --- |\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
