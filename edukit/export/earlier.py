"""What an office made of an earlier Word or Excel file is kept, and no old file stays beside a new page."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Collection
from pathlib import Path

from edukit.errors import EdukitError
from edukit.export.attached import ATTACHED
from edukit.export.formats import ALWAYS, FORMATS

_UNTOUCHED = b"2020-01-01T00:00:00Z</dcterms:modified>"
"""What the properties of a file say for as long as no program has saved it anew; every office program writes a date."""
_log = logging.getLogger(__name__)


def make_room(folder: Path, name: str, files: Collection[str]) -> None:
    """Clear the place of a report's files before new ones are put there.

    A Word or Excel file that somebody has saved since it was made is kept under another name. One that nobody touched
    goes if the new report has none of its kind: it would show numbers that no longer hold. The same is done with
    what a notebook attaches.

    Args:
        folder: the report's.
        name: of the notebook.
        files: names of the files that will be put in place.

    Raises:
        EdukitError: a file is in use.
    """
    own = [f"{name}.{form}" for form in FORMATS if form != ALWAYS]
    own += [file for file in dict.fromkeys(ATTACHED.values()) if file in files or file == ATTACHED.get(name)]
    for path in map(folder.joinpath, own):
        if not path.is_file():
            continue
        try:
            if path.suffix != ".pdf" and _edited(path):
                kept = _free(path)
                path.rename(kept)
                _log.warning("%s 在生成后被人改过，已另存为 %s。", path.name, kept.name)
            elif path.name not in files:
                path.unlink()
        except OSError as error:
            raise EdukitError(
                f"无法更新 {path}（{error.strerror or error}）。原有报告未改动。处理：关闭正在打开的文件，然后重试。"
            ) from error


def _edited(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return _UNTOUCHED not in archive.read("docProps/core.xml")
    except (zipfile.BadZipFile, KeyError):
        return True  # not as edukit makes it


def _free(path: Path) -> Path:
    """A name beside the file that is not taken: 改稿, 改稿2 and so on."""
    number = 1
    while (kept := path.with_stem(f"{path.stem}（改稿{number if number > 1 else ''}）")).exists():
        number += 1
    return kept
