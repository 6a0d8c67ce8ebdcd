"""The web font of a page: exactly its characters, the same bytes, with or without a cache."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont

from edukit import style, webfont

TEXT = "新邱区县域义务教育优质均衡 0123 ▼▽？√"
UNCOMMON = "龘"  # in the whole font, not in GB 2312
ABSENT = "𠮷"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache, in memory and on disk."""
    remembered = (webfont._common_font, webfont._common_codes, webfont._all_codes)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for function in remembered:
        function.cache_clear()
    yield tmp_path / "cache" / "edukit"
    for function in remembered:
        function.cache_clear()


def opened(data: bytes) -> TTFont:
    return TTFont(BytesIO(data), recalcBBoxes=False)


def outline(font: TTFont, character: str) -> list[object]:
    pen = RecordingPen()
    font.getGlyphSet()[font.getBestCmap()[ord(character)]].draw(pen)
    return pen.value


def test_holds_exactly_the_characters_with_their_outlines() -> None:
    with opened(webfont.font_subset(TEXT + TEXT)) as small, TTFont(style.font_file(), lazy=True) as whole:
        assert small.flavor == "woff2"
        assert set(map(chr, small.getBestCmap())) == set(TEXT)
        for character in "新▼0":
            assert outline(small, character) == outline(whole, character)
        assert small["head"].modified == whole["head"].modified
        assert small["head"].flags & 1 << 11, "WOFF2 asks for this bit"
        assert "SIL Open Font License" in small["name"].getDebugName(13)


def test_same_bytes_from_an_empty_cache_and_in_any_order(cache: Path) -> None:
    first = webfont.font_subset(TEXT)
    kept = sorted(path.name for path in cache.iterdir())
    for function in (webfont._common_font, webfont._common_codes, webfont._all_codes):
        function.cache_clear()
    for path in cache.iterdir():
        path.unlink()
    assert webfont.font_subset(TEXT[::-1]) == first
    assert sorted(path.name for path in cache.iterdir()) == kept
    assert not [name for name in kept if name.endswith(".part")]


def test_an_uncommon_character_comes_from_the_whole_font() -> None:
    with opened(webfont.font_subset(TEXT + UNCOMMON)) as font:
        assert ord(UNCOMMON) in font.getBestCmap()


def test_an_absent_character_is_named_and_passed_over() -> None:
    assert webfont.missing(f"{TEXT}{UNCOMMON}{ABSENT}\n\u200b") == {ABSENT}
    with opened(webfont.font_subset(f"新{ABSENT}")) as font:
        assert set(font.getBestCmap()) == {ord("新")}


def test_works_where_the_cache_cannot_be_written(cache: Path) -> None:
    cache.parent.mkdir()
    cache.write_text("a file where the folder should be")
    assert webfont.font_subset("新")[:4] == b"wOF2"
    assert webfont.missing("新") == set()


def test_many_writers_at_once(cache: Path) -> None:
    webfont.font_subset("新")
    made: list[bytes] = []
    threads = [threading.Thread(target=lambda: made.append(webfont.font_subset("均衡"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert len(set(made)) == 1
    assert list(cache.glob("*.part")) == []


def test_a_changed_recipe_does_not_take_old_files(monkeypatch: pytest.MonkeyPatch) -> None:
    before = webfont._key("page", [1, 2])
    assert before == webfont._key("page", [1, 2]) != webfont._key("page", [1, 3])
    monkeypatch.setattr(webfont, "_RECIPE", "another")
    assert webfont._key("page", [1, 2]) != before


def test_the_cache_does_not_grow_for_ever(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webfont, "_PAGES_KEPT", 2)
    for character in "新邱区县":
        webfont.font_subset(character)
    assert len(list(cache.glob("page-*.woff2"))) == 2
