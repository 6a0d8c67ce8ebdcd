"""A figure as PNG for programs that show no SVG, or show its words in a font of their own choice.

The drawing is taken from the executed notebook, so that every form of a report shows the same figure and nothing is
drawn twice. resvg (through resvg-py, one wheel of 2 MB without system libraries, for Linux, Windows and macOS) gives
the same bytes for the same drawing, with the font that :mod:`edukit.style` names and none of the system's.
"""

from __future__ import annotations

import base64
import io
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from edukit import style
from edukit.export.content import Picture

PIXELS = 1600
"""Width of a figure; 260 to the inch over the text width of an A4 page."""
_COLOURS = 128
"""A drawing has a dozen colours; what smooths their edges needs some more."""


def png(picture: Picture) -> bytes:
    """A figure as PNG; one that is a pixel picture already is taken as it is."""
    if picture.kind != "image/svg+xml":
        return base64.b64decode(picture.content)
    return _drawn(picture.content)


@lru_cache(maxsize=8)
def _drawn(svg: str) -> bytes:
    import resvg_py
    from PIL import Image

    drawn = resvg_py.svg_to_bytes(
        svg_string=svg,
        dpi=96,
        width=PIXELS,
        background=style.PAPER,
        skip_system_fonts=True,
        font_files=_fonts(),
        sans_serif_family=style.font_family(),
    )
    target = io.BytesIO()
    with Image.open(io.BytesIO(drawn)) as image:
        image.convert("RGB").quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(target, "PNG")
    return target.getvalue()


@lru_cache(maxsize=1)
def _fonts() -> list[str]:
    """The Chinese font, and for a few symbols the one that comes with matplotlib, as figures are measured with."""
    spec = find_spec("matplotlib")
    places = (spec.submodule_search_locations or []) if spec else []
    symbols = [Path(place) / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf" for place in places]
    return [str(style.font_file()), *(str(path) for path in symbols if path.is_file())]
