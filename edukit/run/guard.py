"""Keep folders from being written to by this process and all that it starts. Linux, where the system allows it.

A notebook has all the rights of whoever runs it, and a slip of the pen is enough to write over another county's report.
So it sees the folders of data and reports in a mount namespace of its own, in which they are read-only: the cell that
writes there fails, and nothing else changes. This keeps accidents out, not malice: who has the rights to do so can undo
it. Where a system refuses, for example in many containers, nothing is done.

The module is also run by itself in a kernel that is about to start, so it needs nothing but Python.
"""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
from collections.abc import Sequence
from functools import cache

_NEW_MOUNTS, _NEW_USERS = 0x20000, 0x10000000
_READ_ONLY, _REMOUNT, _BIND, _RECURSIVE, _SLAVE = 1, 1 << 5, 1 << 12, 1 << 14, 1 << 19
_CAPABILITIES_VERSION = 0x20080522
_KEEPS_RELATIVE_TIMES, _RELATIVE_TIMES = 1 << 12, 1 << 21
"""The one flag whose number in statvfs(3) is not that in mount(2)."""
_INHERITED = 0b1111 & ~_READ_ONLY | 1 << 10 | 1 << 11
"""What a mount may be bound to keep: no set-uid, no devices, no programs, how it keeps times."""


def keep_read_only(folders: Sequence[str]) -> bool:
    """Make folders read-only for this process, which must have one thread only, and for those it starts from now on.

    Args:
        folders: absolute paths; what does not exist is passed over.

    Returns:
        Whether they are.
    """
    there = [folder for folder in folders if os.path.isdir(folder)]
    return bool(there) and available() and _keep(there)


@cache
def available() -> bool:
    """Whether this system lets a process do so: tried by a child, since half of it would be worse than nothing.

    Where user namespaces may be made but not used, the process would be nobody ever after.
    """
    if sys.platform != "linux":
        return False
    child = os.fork()
    if child == 0:
        kept = False
        try:
            kept = _keep([tempfile.gettempdir()])
        finally:
            os._exit(0 if kept else 1)
    return os.waitpid(child, 0)[1] == 0


def _keep(folders: Sequence[str]) -> bool:
    system = ctypes.CDLL(None, use_errno=True)
    try:
        mighty = _own_mounts(system)
        for folder in folders:
            state = os.statvfs(folder).f_flag
            flags = state & _INHERITED | (_RELATIVE_TIMES if state & _KEEPS_RELATIVE_TIMES else 0)
            _mount(system, folder, _BIND | _RECURSIVE)
            _mount(system, folder, _BIND | _REMOUNT | _READ_ONLY | flags)
        if mighty:
            _lay_down_rights(system)
    except OSError:
        return False
    return True


def _own_mounts(system: ctypes.CDLL) -> bool:
    """Be in a mount namespace of one's own; who may not make one makes a user namespace too, as the same user.

    Returns:
        Whether this has given the process rights that it did not have.
    """
    user, group = os.getuid(), os.getgid()
    mighty = False
    if system.unshare(_NEW_MOUNTS):
        if system.unshare(_NEW_MOUNTS | _NEW_USERS):
            raise OSError(ctypes.get_errno(), "unshare")
        mighty = True
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    _mount(system, "/", _RECURSIVE | _SLAVE)
    return mighty


def _lay_down_rights(system: ctypes.CDLL) -> None:
    """Have no capabilities, as before: with those of a new namespace a protected file could be written to."""
    header, none = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION, 0), (ctypes.c_uint32 * 6)()
    if system.capset(header, none):
        raise OSError(ctypes.get_errno(), "capset")


def _mount(system: ctypes.CDLL, folder: str, flags: int) -> None:
    path = os.fsencode(folder)
    if system.mount(path, path, None, ctypes.c_ulong(flags), None):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), folder)
