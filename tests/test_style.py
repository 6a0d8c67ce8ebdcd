"""The font that is found, and figures that show Chinese and look the same on every run."""

from __future__ import annotations

import itertools
import subprocess
import sys
import warnings
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure

from edukit import style
from edukit.errors import FontError

RARE = "𠮷"  # in neither the Chinese font nor the one that comes with matplotlib


@pytest.fixture
def forgotten() -> Iterator[None]:
    """Look for the font anew, and again after the test."""
    style._font.cache_clear()
    yield
    style._font.cache_clear()


@pytest.fixture
def settings() -> Iterator[None]:
    """Leave matplotlib and the list of warnings as they were."""
    with mpl.rc_context(), warnings.catch_warnings():
        yield


def drawn(text: str) -> str:
    figure = Figure(figsize=(3, 2))
    figure.subplots().set(title=text, xlabel="差异系数", ylim=(-1, 1))
    file = StringIO()
    with style.strict():
        figure.savefig(file, format="svg", metadata=dict(style.SVG_METADATA))
    return file.getvalue()


def test_the_font_has_the_characters_of_reports() -> None:
    with TTFont(style.font_file(), fontNumber=0, lazy=True) as font:
        known = font.getBestCmap()
    text = "新邱区覃塘区阿金歹小学县域义务教育优质均衡差异系数㎡〔2017〕6号" + "".join(style.VERDICT_MARKS.values())
    assert [character for character in text if ord(character) not in known] == []


def test_finding_the_font_loads_nothing_heavy() -> None:
    program = (
        "import sys; from edukit import style; assert style.font_file().is_file();"
        "print(sorted({'zhplot', 'matplotlib', 'numpy', 'seaborn', 'fontTools'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_without_a_carrier_the_systems_font_is_taken(monkeypatch: pytest.MonkeyPatch, forgotten: None) -> None:
    monkeypatch.setattr(style, "CARRIERS", (("no_such_package", "font.ttf", "No Such Font"),))
    # Any font that is certain to be installed stands for the system's Chinese one.
    monkeypatch.setattr(style, "SYSTEM_FAMILIES", ("No Such Font", "DejaVu Sans"))
    assert style.font_family() == "DejaVu Sans"
    assert style.font_file().name == "DejaVuSans.ttf"


def test_without_any_font_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, forgotten: None) -> None:
    monkeypatch.setattr(style, "CARRIERS", ())
    monkeypatch.setattr(style, "SYSTEM_FAMILIES", ("No Such Font",))
    with pytest.raises(FontError, match=r"中文字体.*pip install zhplot.*fonts-noto-cjk"):
        style.font_file()


def test_use_puts_a_users_settings_aside(settings: None) -> None:
    mpl.rcParams["font.sans-serif"] = ["Arial"]
    mpl.rcParams["axes.facecolor"] = "black"
    mpl.rcParams["svg.fonttype"] = "none"
    style.use()
    style.use()
    assert mpl.rcParams["font.sans-serif"][0] == style.font_family()
    assert mpl.rcParams["axes.facecolor"] == style.PAPER
    assert mpl.rcParams["axes.unicode_minus"] is False
    names = [Path(entry.fname) for entry in mpl.font_manager.fontManager.ttflist]
    assert names.count(style.font_file()) == 1


def test_figures_are_the_same_on_every_run(settings: None) -> None:
    style.use()
    first = drawn("新邱区 2020 年")
    assert first == drawn("新邱区 2020 年")
    assert "Matplotlib" not in first
    assert "date" not in first.lower()
    assert ">新邱区 2020 年</text>" in first, "words stay words: small, searchable, in the font of the page"


def test_a_missing_glyph_is_an_error_that_names_the_character(settings: None) -> None:
    style.use()
    with pytest.raises(FontError, match=r"缺少字符“𠮷”（U\+20BB7）"):
        drawn(f"{RARE}家小学")


def test_outside_strict_a_missing_glyph_is_an_error_too(settings: None) -> None:
    warnings.simplefilter("ignore")
    style.use()
    figure = Figure()
    figure.text(0.5, 0.5, RARE)
    with pytest.raises(UserWarning, match="Glyph 134071"):
        figure.savefig(StringIO(), format="svg")


def test_strict_leaves_other_warnings_alone() -> None:
    with pytest.raises(UserWarning, match="other"), style.strict():
        warnings.warn("other", stacklevel=1)


# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = matrix @ np.clip(rgb, 0, 1) / [0.9505, 1, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(float(np.array([0.2126, 0.7152, 0.0722]) @ linear(c)) for c in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("group", [style.VERDICT_COLOURS, style.STAGE_COLOURS, style.PLACE_COLOURS])
def test_colours_side_by_side_keep_apart(sight: str, group: dict[str, str]) -> None:
    seen = {name: lab(np.array(SIGHT[sight]) @ linear(colour)) for name, colour in group.items()}
    near = [pair for pair in itertools.combinations(seen, 2) if np.linalg.norm(seen[pair[0]] - seen[pair[1]]) < 20]
    assert near == []


def test_texts_can_be_read() -> None:
    for name, text in style.VERDICT_TEXTS.items():
        assert contrast(text, style.PAPER) >= 4.5
        assert contrast(text, style.VERDICT_TINTS[name]) >= 4.5
    for text in (style.INK, style.MUTED, style.EMPHASIS):
        assert contrast(text, style.PAPER) >= 4.5


def test_every_verdict_has_colour_text_tint_and_its_own_mark() -> None:
    kinds = (style.VERDICT_COLOURS, style.VERDICT_TEXTS, style.VERDICT_TINTS, style.VERDICT_MARKS)
    assert len({tuple(sorted(kind)) for kind in kinds}) == 1
    assert len(set(style.VERDICT_MARKS.values())) == len(style.VERDICT_MARKS)
