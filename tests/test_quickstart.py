"""docs/quickstart.md is true: its commands run as they stand, its edits change the report, its pictures are there."""

from __future__ import annotations

import json
import re
import shlex
import struct
from pathlib import Path

import pytest

from docs import gallery, guide
from edukit.cli import main
from edukit.counties import HOME_VARIABLE
from edukit.render import check_html

PAGE = (guide.ROOT / "docs" / "quickstart.md").read_text(encoding="utf-8")
TOGETHER = 750_000
"""Bytes that the pictures of the guide may take together."""


def fenced(language: str) -> list[str]:
    """What stands in the fences of a language, without the indent of a list."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", PAGE, re.DOTALL | re.MULTILINE)
    return ["\n".join(line.removeprefix(indent) for line in text.splitlines()) for indent, text in found]


COMMANDS = [line for block in fenced("sh") for line in block.splitlines()]


def run(command: str) -> int:
    return main(shlex.split(command)[1:])


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project folder in which somebody stands."""
    home = tmp_path / "我的 项目"
    guide.project(home)
    (home / "data" / "raw" / guide.COUNTY / f"{guide.YEAR}.xlsx").unlink()
    monkeypatch.chdir(home)
    monkeypatch.delenv(HOME_VARIABLE, raising=False)
    return home


def replaced(notebook: Path, old: str, new: str) -> None:
    """Change one place of a notebook as somebody does who types into a cell."""
    document = json.loads(notebook.read_text(encoding="utf-8"))
    cells = [cell for cell in document["cells"] if old in "".join(cell["source"])]
    assert len(cells) == 1, f"{old} is to be found in one cell"
    cells[0]["source"] = "".join(cells[0]["source"]).replace(old, new).splitlines(keepends=True)
    notebook.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


@pytest.mark.slow
def test_the_way_from_an_empty_workbook_to_a_report_of_ones_own(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command of the page in its order; what people do between them, done here as the page says."""
    waiting = [command for command in COMMANDS if not command.startswith("edukit lab")]
    verbs = [command.split()[1] for command in waiting]
    assert verbs == ["template", "check", "assess", "report", "report", "batch"]
    template, check, assess, report, own, batch = waiting

    assert run(template) == 0
    book = desk / "data" / "raw" / guide.COUNTY / f"{guide.YEAR}.xlsx"
    (desk / "2020.xlsx").rename(book)
    guide.fill(book)
    capsys.readouterr()
    assert run(check) == 0
    assert run(assess) == 0
    assert "东河小学" in capsys.readouterr().out
    assert run(report) == 0
    folder = desk / "reports" / "2020" / guide.COUNTY
    first = (folder / "balance.html").read_text(encoding="utf-8")
    assert "东河小学" in first

    mine = desk / "notebooks" / "my.ipynb"
    mine.write_bytes((desk / "notebooks" / "balance.ipynb").read_bytes())
    heading, old, new = *fenced("markdown"), *fenced("python")
    replaced(mine, "## 五、校际差异系数", heading)
    replaced(mine, old, new)
    assert run(own) == 0
    page = (folder / "my.html").read_text(encoding="utf-8")
    assert check_html(page) == []
    sentence = heading.splitlines()[-1]
    assert "各校之间差多少" in page and sentence in page and sentence not in first
    primary, junior = (f"{stage}各项差异系数由哪些学校造成" for stage in ("小学", "初中"))
    captions = [re.findall("<figcaption.*?</figcaption>", each, re.DOTALL) for each in (first, page)]
    assert len(captions[1]) == len(captions[0]) - 1, (primary, junior)
    assert (folder / "balance.html").read_text(encoding="utf-8") == first

    (folder / "my.html").unlink()
    assert run(batch) == 0
    assert (folder / "my.html").read_text(encoding="utf-8") == page


def test_what_the_page_says_of_notebooks_and_commands_is_so() -> None:
    notebooks = {path.stem for path in (guide.ROOT / "notebooks").glob("*.ipynb")}
    opened = [command.split()[2] for command in COMMANDS if command.startswith("edukit lab")]
    assert opened == ["balance", "explore"] and set(opened) <= notebooks
    for link in re.findall(r"\]\(([^)]+)\)", PAGE):
        assert (guide.ROOT / "docs" / link).is_file(), link


def test_its_pictures_are_shown_and_small() -> None:
    shown = set(re.findall(r"pictures/(guide-\w+\.png)", PAGE))
    sizes = {path.name: path.stat().st_size for path in gallery.FOLDER.glob("guide-*.png")}
    assert set(sizes) == shown and len(shown) >= 4
    assert max(sizes.values()) <= gallery.LARGEST and sum(sizes.values()) <= TOGETHER
    for name in sizes:
        width, height = struct.unpack(">II", (gallery.FOLDER / name).read_bytes()[16:24])
        assert 700 <= width <= 2000 and height >= 250, name


@pytest.mark.parametrize("path", sorted((guide.ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_the_first_cell_of_a_notebook_explains_it(path: Path) -> None:
    """What it is, what to change, how to run it, what comes of it."""
    first, second = json.loads(path.read_text(encoding="utf-8"))["cells"][:2]
    words = "".join(first["source"])
    assert first["cell_type"] == "markdown" and first["metadata"]["tags"] == ["guide"]
    assert words.startswith("**怎么用这个笔记本**（本格不进入报告）")
    for part in ("这是", "`parameters`", "“运行 → 运行所有单元格”", "Tab", "`edukit report "):
        assert part in words, part
    assert path.stem == "balance" or f"--notebook {path.stem}" in words
    assert second["metadata"]["tags"] == ["parameters"] and 4 <= len(words.splitlines()) <= 9
