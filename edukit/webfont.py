"""A small web font with exactly the characters of one page, so that a report shows its Chinese on any machine.

The whole font has 30,000 characters and takes 10 MB; a page uses some hundreds. A subset is cut in two steps: once per
machine to the characters of GB 2312 with symbols (2 MB, 0.9 s, kept in the user's cache directory), then per page from
that (0.15 s). A page with a rarer character is cut from the whole font (0.5 s).

The subset is stored as WOFF2 (W3C recommendation of 1 March 2022) without its optional glyph transform and with brotli
quality 9: a fifth larger than the smallest possible, and ten times faster to make.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
import sys
import tempfile
from collections.abc import Iterable
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from edukit import __version__, style

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

_RECIPE = f"{__version__}/1"
"""Part of every cache key; raise the number when the bytes made from the same font and text change."""
_PAGES_KEPT = 300


def font_subset(text: str) -> bytes:
    """A WOFF2 font with the glyphs of the given characters.

    Args:
        text: any text; order and repetition do not matter. Characters without a glyph are passed over, see
            :func:`missing`.

    Returns:
        The font file; the same bytes for the same characters and the same source font.

    Raises:
        FontError: no Chinese font on this machine.
    """
    wanted = frozenset(map(ord, set(text)))
    key = _key("page", sorted(wanted))
    cached = _read(f"{key}.woff2")
    if cached is not None:
        return cached
    data = woff2(_plain(_source(wanted), wanted))
    # Two processes may make the same file at once: each writes its own and the last one wins with equal bytes.
    _write(f"{key}.woff2", data)
    _prune()
    return data


def missing(text: str) -> set[str]:
    """The visible characters of a text that the font has no glyph for."""
    # each character once: a page has half a million of a few hundred
    strange = {sign for sign in set(text) if sign.isprintable() and ord(sign) not in _common_codes()}
    return {character for character in strange if ord(character) not in _all_codes()} if strange else strange


def cache_directory() -> Path:
    """The folder that subsets are kept in; it need not exist and may be deleted at any time."""
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "edukit"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "edukit" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "edukit"
    return Path.home() / ".cache" / "edukit"


@lru_cache(maxsize=1)
def _common() -> frozenset[int]:
    """GB 2312 and the letters, marks and symbols that reports use besides."""
    pairs = (bytes((high, low)) for high in range(0xA1, 0xF8) for low in range(0xA1, 0xFF))
    gb2312 = "".join(pair.decode("gb2312", errors="ignore") for pair in pairs)
    blocks = ((0x20, 0x17F), (0x2000, 0x27BF), (0x3000, 0x303F), (0x3200, 0x33FF), (0xFF00, 0xFFEF))
    return frozenset(map(ord, gb2312)).union(*(range(first, last + 1) for first, last in blocks))


def _source(wanted: frozenset[int]) -> Path | BytesIO:
    """The smallest font at hand that has all wanted characters the whole font has."""
    rare = wanted - _common()
    return style.font_file() if rare and rare & _all_codes() else BytesIO(_common_font())


@lru_cache(maxsize=1)
def _common_font() -> bytes:
    name = f"{_key('common', sorted(_common()))}.ttf"
    data = _read(name)
    if data is None:
        data = _plain(style.font_file(), _common())
        _write(name, data)
    return data


@lru_cache(maxsize=1)
def _common_codes() -> frozenset[int]:
    # Kept as text beside the font, so that a page whose subset is at hand needs no font library at all.
    name = f"{_key('codes', sorted(_common()))}.txt"
    listed = _read(name)
    if listed is not None:
        return frozenset(map(int, listed.split()))
    with _open(BytesIO(_common_font())) as font:
        codes = frozenset(font.getBestCmap())
    _write(name, " ".join(map(str, sorted(codes))).encode())
    return codes


@lru_cache(maxsize=1)
def _all_codes() -> frozenset[int]:
    with _open(style.font_file()) as font:
        return frozenset(font.getBestCmap())


def _open(source: Path | BytesIO) -> TTFont:
    from fontTools.ttLib import TTCollection, TTFont

    if isinstance(source, Path) and source.suffix.lower() in {".ttc", ".otc"}:
        faces = TTCollection(source, lazy=True, recalcBBoxes=False, recalcTimestamp=False).fonts
        names = [face["name"].getBestFamilyName() for face in faces]
        return faces[names.index(style.font_family())] if style.font_family() in names else faces[0]
    # Recomputing every glyph's box would decode and encode all outlines: eight times slower, same result.
    return TTFont(source, lazy=True, recalcBBoxes=False, recalcTimestamp=False)


def _plain(source: Path | BytesIO, wanted: Iterable[int]) -> bytes:
    """The font reduced to some characters, without hinting, layout features and dates of its own."""
    from fontTools import subset  # type: ignore[import-untyped]

    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.desubroutinize = True
    options.notdef_outline = True
    options.recalc_timestamp = False
    options.name_IDs = [0, 1, 2, 13]  # the licence asks that its notice stays with the font
    options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "STAT", "VORG", "vhea", "vmtx"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=wanted)
    file = BytesIO()
    with _open(source) as font:
        subsetter.subset(font)
        font.flavor = None
        font.save(file)
    return file.getvalue()


def woff2(sfnt: bytes) -> bytes:
    """Pack a TrueType or OpenType font as WOFF2 with every table as it is.

    Args:
        sfnt: a font file with one face, its table directory sorted by tag.

    Returns:
        The packed font.
    """
    import brotli  # type: ignore[import-untyped]

    flavour, count = struct.unpack(">4sH", sfnt[:6])
    entries = [struct.unpack(">4sLLL", sfnt[at : at + 16]) for at in range(12, 12 + 16 * count, 16)]
    directory, tables = b"", b""
    for tag, _, offset, length in entries:
        # 63 says that the tag follows; 3 in the upper bits says "not transformed" for the two tables that could be.
        directory += bytes([63 | (3 << 6 if tag in (b"glyf", b"loca") else 0)]) + tag + _base128(length)
        table = sfnt[offset : offset + length]
        if tag == b"head":
            flags = int.from_bytes(table[16:18], "big") | 1 << 11  # "has been through a lossless conversion"
            table = table[:16] + flags.to_bytes(2, "big") + table[18:]
        tables += table
    packed: bytes = brotli.compress(tables, mode=brotli.MODE_FONT, quality=9)
    unpacked = 12 + 16 * count + sum((length + 3) & ~3 for *_, length in entries)
    length = (48 + len(directory) + len(packed) + 3) & ~3
    header = struct.pack(
        ">4s4sLHHLLHHLLLLL", b"wOF2", flavour, length, count, 0, unpacked, len(packed), 1, 0, 0, 0, 0, 0, 0
    )
    return (header + directory + packed).ljust(length, b"\0")


def _base128(number: int) -> bytes:
    """WOFF2's UIntBase128: seven bits a byte, the highest first, bit 7 set on all but the last."""
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    return bytes(reversed(digits))


def _key(kind: str, codes: Iterable[int]) -> str:
    path = style.font_file()
    facts = path.stat()
    recipe = (_RECIPE, kind, str(path), style.font_family(), facts.st_size, facts.st_mtime_ns, tuple(codes))
    return f"{kind}-{hashlib.sha256(repr(recipe).encode()).hexdigest()[:24]}"


def _read(name: str) -> bytes | None:
    # The cache only saves time: where it is absent or may not be read, the work is done again.
    try:
        return (cache_directory() / name).read_bytes()
    except OSError:
        return None


def _write(name: str, data: bytes) -> None:
    with contextlib.suppress(OSError):
        folder = cache_directory()
        folder.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=f"{name}.", suffix=".part", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, folder / name)
        except OSError:
            os.unlink(part)
            raise


def _prune() -> None:
    """Keep the cache from growing for ever: a nation's counties leave thousands of subsets a year."""
    with contextlib.suppress(OSError):
        pages = sorted(cache_directory().glob("page-*.woff2"), key=lambda page: page.stat().st_mtime_ns)
        for page in pages[:-_PAGES_KEPT]:
            page.unlink(missing_ok=True)
