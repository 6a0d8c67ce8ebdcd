"""The README in both languages and the pages of docs: alike, up to date, examples that work, links that lead."""

from __future__ import annotations

import doctest
import re
import struct
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote

import pytest

from county import balance, cell, judge, junior, nine_year, primary
from docs import dictionary, gallery, markdown, schemes
from docs import links as links_of_requirements
from edukit.case import case_of
from edukit.cli import main
from edukit.schemes import load_scheme

ROOT = Path(__file__).resolve().parent.parent
ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh.md"
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
MADE = {module.NAME: module for module in (dictionary, schemes)}


def pages() -> list[Path]:
    return [ENGLISH, CHINESE, *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "data").rglob("README.md"))]


def words(page: Path) -> str:
    """A page without its examples."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`]*`", "", text)


def links(page: Path) -> list[str]:
    return [link for link in LINK.findall(words(page)) if not link.startswith(("#", "http"))]


def fenced(text: str, language: str) -> list[str]:
    """What stands in the fences of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


# ---- the README in two languages


def commands(capsys: pytest.CaptureFixture[str]) -> set[str]:
    with pytest.raises(SystemExit):
        main(["--help"])
    return set(re.findall(r"^    (\w+) ", capsys.readouterr().out, re.MULTILINE))


def first_cells(page: Path) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", page.read_text(encoding="utf-8"), re.MULTILINE)


def test_both_name_every_command_and_every_notebook(capsys: pytest.CaptureFixture[str]) -> None:
    cells = first_cells(ENGLISH)
    assert cells == first_cells(CHINESE)
    assert {cell.split()[1] for cell in cells if cell.startswith("edukit ")} == commands(capsys)
    own = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {cell for cell in cells if " " not in cell} >= own


def test_both_tell_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    english, chinese = (page.read_text(encoding="utf-8") for page in (ENGLISH, CHINESE))
    assert [link for link in links(ENGLISH) if "README" not in link] == [
        link for link in links(CHINESE) if "README" not in link
    ]
    assert re.findall("^#+", english, re.MULTILINE) == re.findall("^#+", chinese, re.MULTILINE)
    calls = r"`(edukit [^`]*data/raw[^`]*|edukit report [^`]*)`"
    assert [call.split("，")[0] for call in re.findall(calls, english)] == re.findall(calls, chinese)
    for text in (english, chinese):
        assert "make report" in text.split("```")[1] and "make test" in text.split("```")[1]
        assert text.index("make report") < text.index("pictures/report.png") < text.index("edukit template")
        assert max(map(len, text.splitlines())) < 400 and text.count("\n") < 140


def test_every_page_is_listed() -> None:
    listed = set(links(ENGLISH))
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"docs/{page.name}" not in listed] == []


# ---- pictures


def test_every_picture_is_there_is_shown_and_is_small() -> None:
    shown = {(page.parent / link).resolve() for page in pages() for link in links(page) if link.endswith(".png")}
    sizes = {path: path.stat().st_size for path in gallery.FOLDER.resolve().iterdir()}
    assert set(sizes) == shown
    assert max(sizes.values()) <= gallery.LARGEST and sum(sizes.values()) <= gallery.ALL
    for path in sizes:
        head = path.read_bytes()[:24]
        width, height = struct.unpack(">II", head[16:])
        assert head[:8] == b"\x89PNG\r\n\x1a\n" and width >= 700 and height >= 300, path


# ---- what is made from data


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
def test_a_page_is_as_its_data(made: ModuleType) -> None:
    page = (ROOT / "docs" / made.NAME).read_text(encoding="utf-8")
    assert page == made.page(), f"run python -m {made.__name__}"


@pytest.mark.parametrize("module", [dictionary, links_of_requirements, markdown])
def test_what_the_docstrings_show(module: ModuleType) -> None:
    failed, tried = doctest.testmod(module)
    assert tried and not failed


def test_every_field_and_every_entry_of_a_scheme_is_told() -> None:
    page = dictionary.page()
    known = dictionary.dictionary.load()
    assert [field.name for field in known.fields if f"| `{field.name}` |" not in page] == []
    chapters = re.split(r"^## ", schemes.page(), flags=re.MULTILINE)[1:]
    assert len(chapters) >= 8
    for chapter in chapters:
        own = load_scheme(chapter.split("\n")[0])
        entries = [*own.indicators, *own.all_items, *own.options]
        parent = schemes.parent_of(own.id)
        above = load_scheme(parent) if parent else None
        before = [*above.indicators, *above.all_items, *above.options] if above else []
        missing = [
            entry.id for entry in entries if entry not in before and not re.search(rf"\| `?{entry.id}`? \|", chapter)
        ]
        assert missing == [], own.id


# ---- the example of a province


@pytest.fixture
def province(tmp_path: Path) -> Path:
    text = (ROOT / "docs" / "province.md").read_text(encoding="utf-8")
    path = tmp_path / "某省.yaml"
    path.write_text(fenced(text, "yaml")[0], encoding="utf-8")
    return path


def test_the_example_of_a_province_assesses_the_example_county(province: Path) -> None:
    own, above = load_scheme(str(province)), load_scheme("quality-2017")
    limits = {each.id: (each.threshold, each.cv_limit) for each in own.indicators}
    assert limits["Q7"][0] == {"primary": 2.5, "junior": 2.6}
    assert limits["Q2"][1] == {"primary": 0.45, "junior": 0.40}
    kept = {each.id: (each.threshold, each.cv_limit) for each in above.indicators}
    assert limits["Q7"][1] == kept["Q7"][1] and limits["Q1"] == kept["Q1"]
    assert [option.id for option in own.used] == ["shared-teachers"]
    example = ROOT / "data" / "raw" / "210903-新邱区" / "2020.xlsx"
    now, plain = (case_of(example, scheme).now for scheme in (own, above))
    missed, before = (found.cells.query("indicator == 'Q7' and verdict == 'not_met'") for found in (now, plain))
    assert len(missed) > len(before) > 0
    verdicts = now.items.set_index("id")["verdict"]
    assert verdicts["Prov2"] == "not_met" and verdicts["Prov3"] == "undetermined"
    assert "Prov1" not in verdicts, "it counts from 2025 on"


def test_the_commands_of_the_page_run(province: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schemes", str(province)]) == 0
    assert "Prov1" in capsys.readouterr().out


# ---- links


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    targets = {link: page.parent / unquote(link.partition("#")[0]) for link in links(page)}
    assert [link for link, target in targets.items() if not target.exists()] == []


def test_the_worked_examples_of_the_concepts_are_right() -> None:
    text = (ROOT / "docs" / "concepts.md").read_text(encoding="utf-8")
    pair = judge([primary("甲", 400, backbone_teachers_primary=6), primary("乙", 200, backbone_teachers_primary=1)])
    found = balance(pair, "Q2")
    assert f"＝{found['mean']:.3f}人/百人" in text and f"差异系数＝{found['cv']:.3f}" in text
    both = judge([nine_year("丙", (300, 200), teaching_area=2600, indoor_sports_area=0), primary(), junior()])
    shares = [f"生均{cell(both, '丙', 'Q4', stage)['value']:.2f}㎡" for stage in ("primary", "junior")]
    assert shares == ["生均5.00㎡", "生均5.50㎡"] and all(share in text for share in shares)
