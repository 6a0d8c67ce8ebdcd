"""Put a finished report in place: all of it or nothing, never half."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath

from edukit.errors import CallError, EdukitError

_LAST = ".html"
_PRIVATE = ".publish-"
_LEFT = 3600
"""Seconds after which a private folder is taken for left behind; one that is in use is seconds old."""


def publish(target_dir: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write the files of a report into a folder, replacing those of an earlier run.

    All files are written and flushed to disk beside the old ones first, then put in place one by one, HTML last:
    whoever opens the page sees the old report or the new one, and the page is never newer than what belongs to it. If
    a file cannot be replaced (on Windows: it is open in Excel), those replaced before are put back.

    Args:
        target_dir: the folder; made if it does not exist.
        files: plain file name to content. Other files in the folder are left alone.

    Returns:
        The paths in the order in which they were put in place.

    Raises:
        CallError: a name is not that of a file in the folder itself.
        EdukitError: the folder cannot be written to; it is as it was before.
    """
    for name in files:
        if not name or name in {".", ".."} or PurePath(name).name != name or "\\" in name:
            raise CallError(f"报告的文件名无效：{name!r}。应为不带文件夹的文件名。")
    order = sorted(files, key=lambda name: name.endswith(_LAST))
    made = _make(target_dir)
    try:
        with _private_folder(target_dir) as staging:
            for name in order:
                _write(staging / name, files[name])
            _replace(target_dir, staging, order)
    except OSError as error:
        for folder in made:
            with contextlib.suppress(OSError):
                folder.rmdir()
        reason = error.strerror or str(error)
        raise EdukitError(
            f"无法写入 {target_dir}（{reason}）。原有报告未改动。"
            "处理：关闭正在打开的报告文件，确认文件夹可写、磁盘未满，然后重试。"
        ) from error
    return [target_dir / name for name in order]


def clear(reports: Path, now: float) -> None:
    """Remove what runs have left that were killed while they put files in place, in reports/ and in each report.

    Nothing in it is missed: every file in place is whole, and what was to replace it is made again.

    Args:
        reports: the folder of all reports.
        now: by the clock that dates the files in it. What is dated much later is left too: the clock was set back.
    """
    for folder in (reports, *reports.glob("[0-9][0-9][0-9][0-9]/*")):
        for left in folder.glob(f"{_PRIVATE}*"):
            with contextlib.suppress(FileNotFoundError):  # it was in use, and is no more
                if abs(now - left.stat().st_mtime) > _LEFT:
                    shutil.rmtree(left, ignore_errors=True)


def _make(folder: Path) -> list[Path]:
    """Make a folder; the folders that were missing, innermost first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EdukitError(
            f"无法建立文件夹 {folder}（{error.strerror or error}）。处理：确认上级文件夹可写。"
        ) from error
    return missing


@contextlib.contextmanager
def _private_folder(target_dir: Path) -> Iterator[Path]:
    """A hidden folder on the same file system, since only there a rename is atomic; gone afterwards."""
    staging = Path(tempfile.mkdtemp(prefix=_PRIVATE, dir=target_dir))
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        # Without this a power cut could leave an empty file under the final name.
        os.fsync(file.fileno())


def _replace(target_dir: Path, staging: Path, order: list[str]) -> None:
    old = staging / "old"
    old.mkdir()
    kept = {name: _keep(target_dir / name, old / name) for name in order}
    done: list[str] = []
    try:
        for name in order:
            os.replace(staging / name, target_dir / name)
            done.append(name)
    except BaseException:  # an interrupt too must not leave half of a report
        for name in reversed(done):
            if kept[name]:
                os.replace(old / name, target_dir / name)
            else:
                (target_dir / name).unlink()
        raise
    _flush_folder(target_dir)


def _keep(current: Path, copy: Path) -> bool:
    """Keep what stands in place, as a second name for the same file where the file system can; False if none."""
    if not current.exists():
        return False
    try:
        os.link(current, copy)
    except OSError:
        shutil.copy2(current, copy)
    return True


def _flush_folder(folder: Path) -> None:
    """Make the renames last; only POSIX lets a folder be opened for it."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
