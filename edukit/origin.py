"""Which code made a number: the digest that a report's record carries beside those of data and scheme."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path


@cache
def code_digest() -> str:
    """SHA-256 of whatever lies in the package: code, dictionary, schemes and templates."""
    root = Path(str(files("edukit")))
    found = sorted(path for path in root.rglob("*") if path.is_file() and not _is_left_over(path.relative_to(root)))
    return _sha("\0".join(f"{path.relative_to(root).as_posix()}\0{_sha(path.read_bytes())}" for path in found).encode())


def _is_left_over(path: Path) -> bool:
    """Whether Python, an editor or the system made it."""
    return any(part == "__pycache__" or part.startswith(".") or part.endswith("~") for part in path.parts)


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
