"""A report is put in place whole, or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from edukit.errors import CallError, EdukitError
from edukit.publish import clear, publish

NEW = {"balance.html": b"<html>new", "balance.ipynb": b"{}", "assessment.json": b"[1]"}


def content(folder: Path) -> dict[str, bytes]:
    """All files below a folder, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """A folder with an earlier report, which had no assessment.json, and a file of somebody else's."""
    folder = tmp_path / "2020" / "210903-新邱区"
    folder.mkdir(parents=True)
    (folder / "balance.html").write_bytes(b"<html>old")
    (folder / "balance.ipynb").write_bytes(b"old")
    (folder / "笔记.txt").write_bytes(b"mine")
    return folder


def test_replaces_an_earlier_report_and_nothing_else(earlier: Path) -> None:
    paths = publish(earlier, NEW)
    assert content(earlier) == {**NEW, "笔记.txt": b"mine"}
    assert os.listdir(earlier.parent) == [earlier.name]
    assert sorted(os.listdir(earlier)) == sorted([*NEW, "笔记.txt"])
    assert paths == [earlier / name for name in ("balance.ipynb", "assessment.json", "balance.html")]


def test_makes_the_folder(tmp_path: Path) -> None:
    publish(tmp_path / "a" / "b", NEW)
    assert content(tmp_path / "a" / "b") == NEW


@pytest.mark.skipif(os.name != "posix", reason="文件权限只在 POSIX 系统上有意义")
def test_others_may_read_what_was_published(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        (path,) = publish(tmp_path, {"balance.html": b"x"})
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_file_that_cannot_be_replaced_leaves_the_earlier_report(
    earlier: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    before = content(earlier)
    replace, calls = os.replace, []

    def fails_once(source: Path, target: Path) -> None:
        calls.append(target)
        if len(calls) == at:
            raise PermissionError(13, "文件正在使用")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fails_once)
    with pytest.raises(EdukitError, match=r"无法写入.*文件正在使用.*原有报告未改动"):
        publish(earlier, NEW)
    assert content(earlier) == before
    assert sorted(os.listdir(earlier)) == sorted(before)


def test_an_interrupt_leaves_the_earlier_report(earlier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = content(earlier)
    replace = os.replace

    def interrupted(source: Path, target: Path) -> None:
        if target.name == "balance.html" and source.parent.name != "old":
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        publish(earlier, NEW)
    assert content(earlier) == before


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "磁盘已满")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EdukitError, match="磁盘已满"):
        publish(tmp_path / "2020" / "x", NEW)
    assert list(tmp_path.iterdir()) == []


def test_works_without_hard_links(earlier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(source: Path, target: Path) -> None:
        raise OSError(1, "没有硬链接")

    monkeypatch.setattr(os, "link", refused)
    publish(earlier, NEW)
    assert content(earlier) == {**NEW, "笔记.txt": b"mine"}


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "2020").write_text("a file")
    with pytest.raises(EdukitError, match="无法建立文件夹"):
        publish(tmp_path / "2020" / "x", NEW)


@pytest.mark.parametrize("name", ["../balance.html", "a/b.html", "", ".", "..", "a\\b.html"])
def test_names_stay_inside_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(CallError, match="文件名无效"):
        publish(tmp_path / "x", {"good.html": b"x", name: b"x"})
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_cleared_and_what_is_in_use_is_not(tmp_path: Path) -> None:
    now = 1_790_000_000.0
    ages = {"2020/210903-新邱区/.publish-old": 3700, "2020/210903-新邱区/.publish-new": 3500, ".publish-old": 3700}
    ages |= {
        ".publish-ahead": -3700,
        "2020/210903-新邱区/own": 3700,
        "2020/210903-新邱区/.own": 3700,
        "logs/.publish-": 9999,
    }
    for name, age in ages.items():
        (tmp_path / name / "old").mkdir(parents=True)
        (tmp_path / name / "old" / "balance.html").write_bytes(b"x")
        os.utime(tmp_path / name, (now - age, now - age))
    clear(tmp_path, now)
    left = {path.parent.parent.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("balance.html")}
    assert left == {name for name in ages if not name.endswith(("-old", "-ahead"))}
    assert not (tmp_path / ".publish-old").exists()
