"""How everything that edukit draws looks: the Chinese font, the colours and matplotlib's settings.

This is the only module that touches matplotlib's global settings. ``import edukit.style`` is cheap; matplotlib is
loaded by the functions that need it. seaborn reads the same settings, so no call of seaborn's own ``set_theme`` is
needed; such a call would put its Latin fonts back and turn every Chinese character into a box.

A colour has one meaning throughout. The colours that stand side by side keep apart under the three kinds of colour
blindness and mostly in a grey print too, and what they say is always repeated by a mark or a word.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Final

from edukit.errors import FontError

# Verdicts: cells, bars and points.
MET: Final = "#2a7886"
NOT_MET: Final = "#c23b2e"
FLOOR: Final = "#e6a532"
"""Between the floor and the threshold: short of the standard, but tolerated for one indicator of a school."""
UNDETERMINED: Final = "#b3bbc4"

# The same verdicts as text on white or on their own tint; contrast at least 4.5.
MET_TEXT: Final = "#1d6272"
NOT_MET_TEXT: Final = "#a3281d"
FLOOR_TEXT: Final = "#875600"
UNDETERMINED_TEXT: Final = "#56606b"

# The same verdicts as the ground of a table cell.
MET_TINT: Final = "#e6f2f3"
NOT_MET_TINT: Final = "#fbe9e6"
FLOOR_TINT: Final = "#fdf3dc"
UNDETERMINED_TINT: Final = "#eef0f2"

# Stages: light and dark of one hue, so that they also differ in a grey print.
PRIMARY: Final = "#6aa3d8"
JUNIOR: Final = "#1f3f73"

# Where a school stands.
URBAN: Final = "#4a3f73"
TOWN: Final = "#b06a9c"
RURAL: Final = "#cdb95f"

# Everything else.
EMPHASIS: Final = "#16365c"
"""A line or a value that the eye should find first: a limit, a threshold, the county's mean."""
NEUTRAL: Final = "#8b97a5"
"""Context: other schools, the year before."""
INK: Final = "#1c2733"
MUTED: Final = "#5a6673"
RULE: Final = "#dfe3e8"
PAPER: Final = "#ffffff"

VERDICT_COLOURS: Final = MappingProxyType(
    {"met": MET, "floor": FLOOR, "not_met": NOT_MET, "undetermined": UNDETERMINED}
)
"""Verdict, or ``floor`` for the band between floor and threshold, to colour."""
VERDICT_TEXTS: Final = MappingProxyType(
    {"met": MET_TEXT, "floor": FLOOR_TEXT, "not_met": NOT_MET_TEXT, "undetermined": UNDETERMINED_TEXT}
)
VERDICT_TINTS: Final = MappingProxyType(
    {"met": MET_TINT, "floor": FLOOR_TINT, "not_met": NOT_MET_TINT, "undetermined": UNDETERMINED_TINT}
)
VERDICT_MARKS: Final = MappingProxyType({"met": "✓", "floor": "▽", "not_met": "▼", "undetermined": "？"})
"""What repeats a colour for readers who cannot see it; all four are in the carrier font."""
STAGE_COLOURS: Final = MappingProxyType({"primary": PRIMARY, "junior": JUNIOR})
PLACE_COLOURS: Final = MappingProxyType({"城区": URBAN, "镇区": TOWN, "乡村": RURAL})

SVG_METADATA: Final = MappingProxyType({"Date": None, "Creator": None, "Format": None, "Type": None})
"""For ``savefig(metadata=...)``: leaves out what would make two runs differ, above all the date."""

CARRIERS: Final = (("zhplot", "fonts/NotoSansSC-Regular.ttf", "Noto Sans SC"),)
"""Installed packages that carry a font: package, file inside it, family."""
SYSTEM_FAMILIES: Final = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
)
"""Families with Chinese glyph shapes to look for in the system, best first; Japanese faces are left out on purpose."""

_REGULAR = 400
_GLYPH_WARNING = r"Glyph .* missing from"


def font_file() -> Path:
    """The file of the Chinese font that figures and pages are set in.

    A font that came with an installed package is preferred to the system's, since it looks the same everywhere.

    Returns:
        An existing .ttf, .otf or .ttc file; of a .ttc the face is the one named by :func:`font_family`.

    Raises:
        FontError: neither an installed package nor the system has a Chinese font.
    """
    return _font()[0]


def font_family() -> str:
    """The family name of :func:`font_file`, e.g. ``Noto Sans SC``.

    Raises:
        FontError: as in :func:`font_file`.
    """
    return _font()[1]


@lru_cache(maxsize=1)
def _font() -> tuple[Path, str]:
    return _carried() or _installed() or _no_font()


def _carried() -> tuple[Path, str] | None:
    for package, inside, family in CARRIERS:
        # Found, not imported: the package's own code would change matplotlib's settings.
        spec = find_spec(package)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            path = Path(place) / inside
            if path.is_file():
                return path, family
    return None


def _installed() -> tuple[Path, str] | None:
    from matplotlib import font_manager

    for family in SYSTEM_FAMILIES:
        upright = [face for face in font_manager.fontManager.ttflist if face.name == family and face.style == "normal"]
        for face in sorted(upright, key=lambda face: abs(_weight(face.weight) - _REGULAR)):
            # matplotlib remembers fonts that have been removed since.
            if Path(face.fname).is_file():
                return Path(face.fname), family
    return None


def _weight(weight: int | str) -> int:
    from matplotlib import font_manager

    return font_manager.weight_dict.get(weight, _REGULAR) if isinstance(weight, str) else weight


def _no_font() -> tuple[Path, str]:
    raise FontError(
        "本机没有可用的中文字体，无法绘图和生成报告。处理：执行 pip install zhplot（自带思源黑体，不需联网取字体）；"
        "或安装系统字体：Debian、Ubuntu 装 fonts-noto-cjk，Windows 装“微软雅黑”，安装后删除 matplotlib 的字体缓存再试。"
    )


def use() -> None:
    """Set matplotlib up for Chinese reports: font, colours, sizes, reproducible SVG; missing glyphs become errors.

    Settings of the user's own ``matplotlibrc`` are put aside first, so that a figure looks the same on every desk.

    Raises:
        FontError: as in :func:`font_file`.
    """
    import matplotlib as mpl
    from cycler import cycler
    from matplotlib import font_manager

    path, family = _font()
    if all(Path(entry.fname) != path for entry in font_manager.fontManager.ttflist):
        font_manager.fontManager.addfont(path)
    mpl.rcdefaults()
    mpl.rcParams.update(
        {
            "font.family": "sans-serif",
            # DejaVu Sans comes with matplotlib and has the few symbols that Chinese fonts lack.
            "font.sans-serif": [family, "DejaVu Sans"],
            "font.size": 10.0,
            "axes.unicode_minus": False,
            "svg.fonttype": "none",
            "svg.hashsalt": "edukit",
            "figure.figsize": (7.2, 3.8),
            "figure.dpi": 110,
            "figure.facecolor": PAPER,
            "figure.constrained_layout.use": True,
            "savefig.facecolor": PAPER,
            "text.color": INK,
            "axes.facecolor": PAPER,
            "axes.edgecolor": NEUTRAL,
            "axes.labelcolor": MUTED,
            "axes.labelsize": 9.5,
            "axes.titlesize": 11.0,
            "axes.titlelocation": "left",
            "axes.titlepad": 10.0,
            "axes.linewidth": 0.8,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "axes.prop_cycle": cycler(color=[EMPHASIS, PRIMARY, NEUTRAL, TOWN, RURAL, URBAN]),
            "grid.color": RULE,
            "grid.linewidth": 0.8,
            "xtick.color": NEUTRAL,
            "ytick.color": NEUTRAL,
            "xtick.labelcolor": INK,
            "ytick.labelcolor": INK,
            "xtick.labelsize": 9.0,
            "ytick.labelsize": 9.0,
            "xtick.major.size": 3.0,
            "ytick.major.size": 0.0,
            "legend.frameon": False,
            "legend.fontsize": 9.0,
            "lines.linewidth": 1.8,
            "patch.linewidth": 0.6,
            "hatch.linewidth": 0.7,
            "hatch.color": MUTED,
        }
    )
    # A box in place of a character must stop a report, not decorate it.
    warnings.filterwarnings("error", message=_GLYPH_WARNING, category=UserWarning)


@contextmanager
def strict() -> Iterator[None]:
    """Turn matplotlib's warning of a missing glyph into a :class:`FontError` that names the character.

    Raises:
        FontError: something was drawn inside the block that no font of the list has a glyph for.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=_GLYPH_WARNING, category=UserWarning)
        try:
            yield
        except UserWarning as missing:
            if not str(missing).startswith("Glyph "):
                raise
            number = str(missing).split()[1]
            character = f"“{chr(int(number))}”（U+{int(number):04X}）" if number.isdecimal() else str(missing)
            raise FontError(
                f"字体 {font_family()} 缺少字符{character}，图中会显示为方框。"
                "处理：改用常用字，或安装字符更全的中文字体。"
            ) from missing


def fill_caches() -> None:
    """Let matplotlib find the fonts and read them, which a process does with the first figure that it draws."""
    from io import BytesIO

    from matplotlib.figure import Figure

    use()
    figure = Figure((1, 1))
    figure.text(0.1, 0.5, "字 Aa 1")
    figure.savefig(BytesIO(), format="svg")
