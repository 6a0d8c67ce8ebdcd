"""Office files are zip archives that note when they were written; here they are made to forget it."""

from __future__ import annotations

import io
import zipfile

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip archive can hold."""


def same_bytes(archive: bytes) -> bytes:
    """The archive with the same parts in the same order, and nothing that differs from one writing to the next."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(target, "w") as new:
        for part in old.infolist():
            entry = zipfile.ZipInfo(part.filename, _FIRST_DAY)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 0
            new.writestr(entry, old.read(part))
    return target.getvalue()
