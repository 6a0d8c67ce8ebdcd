"""The core of the suite under other Pythons, with the oldest versions that pyproject.toml allows and with the newest.

``make compat`` runs it. Each combination gets a virtual environment of its own in a temporary folder; Pythons that the
machine does not have are named and left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13")
RESOLUTIONS = ("lowest-direct", "highest")
CORE = tuple(
    f"tests/test_{name}.py"
    for name in """
workbook_cells workbook_columns workbook_files workbook_sheets workbook_tables checks assess dispersion indicators
schools schemes items survey template figures export_ledger hostile_files independent run warm render report cluster
""".split()
)


def interpreter(version: str) -> str | None:
    """An interpreter of a version that this machine has, or None."""
    known = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    for candidate in (*map(str, reversed(known)), shutil.which(f"python{version}")):
        if candidate and subprocess.run([candidate, "--version"], capture_output=True).returncode == 0:
            return candidate
    return None


def tried(version: str, resolution: str) -> str:
    """One line about one combination."""
    python = interpreter(version)
    if python is None:
        return "本机没有，未试"
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="edukit-compat-") as name:
        folder = Path(name)
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "-q", "--python", python, str(folder / "venv")], check=True)
        own = str(folder / "venv" / "bin" / "python")
        lock = folder / "lock.txt"
        wanted = f"pip compile -q pyproject.toml --group dev --resolution {resolution}".split()
        compiled = subprocess.run(
            [*uv, *wanted, "--python", own, "-o", str(lock)],
            cwd=ROOT, capture_output=True, text=True,
        )  # fmt: skip
        if compiled.returncode:
            return f"依赖无法确定：{compiled.stderr.strip()[-300:]}"
        subprocess.run([*uv, "pip", "install", "-q", "--python", own, "-r", str(lock)], check=True, cwd=ROOT)
        env = {**os.environ, "PYTHONPATH": str(ROOT), "CI": "1"}
        done = subprocess.run(
            [own, "-m", "pytest", "-q", "--maxfail=5", "-p", "no:cacheprovider", *CORE],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
        )
        last = next((line for line in reversed(done.stdout.splitlines()) if line.strip()), "")
        if done.returncode:
            print(done.stdout[-3000:], done.stderr[-1000:], file=sys.stderr)
        return f"{'通过' if done.returncode == 0 else '失败'}　{last}　{time.monotonic() - started:.0f} 秒"


def main(wanted: list[str]) -> int:
    """Try what is asked for, or everything; 1 where something failed."""
    failed = 0
    for version in wanted or PYTHONS:
        for resolution in RESOLUTIONS:
            line = tried(version, resolution)
            failed |= not line.startswith(("通过", "本机没有"))
            print(f"Python {version}　{resolution}　{line}", flush=True)
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
