"""One batch at a time on a reports folder: a lock that the system takes back when its holder dies."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edukit.errors import CallError, EdukitError

NAME = ".batch.lock"


class LockedError(CallError):
    """Another batch is at work on the same reports; nothing ran."""


@contextmanager
def only_one(reports: Path) -> Iterator[None]:
    """Hold the lock of a reports folder.

    The lock is the system's, on an open file: it is gone with the process that held it, however that ended, so that
    no stale lock has to be removed by hand.

    Raises:
        LockedError: another process holds it.
        EdukitError: the folder cannot be written to.
    """
    try:
        reports.mkdir(parents=True, exist_ok=True)
        handle = os.open(reports / NAME, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise EdukitError(
            f"无法写入 {reports}（{error.strerror or error}）。处理：确认文件夹可写、磁盘未满。"
        ) from error
    try:
        if not _take(handle):
            holder = os.read(handle, 64).decode("ascii", "replace").strip() or "不详"
            raise LockedError(f"另一个批量任务正在运行（进程 {holder}），本次没有运行。等它结束后再试。")
        with suppress(OSError):  # on a full disk the lock holds without saying whose it is
            os.truncate(handle, 0)
            os.write(handle, f"{os.getpid()}\n".encode("ascii"))
        yield
    finally:
        os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> bool:
        try:
            os.lseek(handle, 1 << 20, os.SEEK_SET)  # beyond the text, which others must be able to read
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(handle, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _take(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
