"""What every test shares: a quiet, repeatable environment and the project's own files."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from counts import TRIED

ROOT = Path(__file__).resolve().parent.parent

# Notebooks that fail on purpose are fixtures of tests, not notebooks to be validated.
collect_ignore_glob = ["notebooks/*.ipynb"]

# Machines differ in speed, so no example may fail for being slow; with CI set, every run tries the same examples.
hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "default")

_private = tempfile.TemporaryDirectory(prefix="edukit-tests-")


def pytest_configure() -> None:
    """Keep the user's Jupyter and IPython settings out of the tests, and windows out of the way."""
    os.environ["MPLBACKEND"] = "Agg"
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR"):
        folder = Path(_private.name, name.lower())
        folder.mkdir(exist_ok=True)
        os.environ[name] = str(folder)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the trust tests tried."""
    if TRIED:
        terminalreporter.section("tried")
        for what, number in sorted(TRIED.items()):
            terminalreporter.write_line(f"{number:>9,}  {what}")


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    _private.cleanup()


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """What a test leaves in the environment is taken back: a command that is called here sets the project folder."""
    before = dict(os.environ)
    yield
    if os.environ != before:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def project_files() -> tuple[Path, ...]:
    """Every file that belongs to the project: tracked or about to be, without what .gitignore leaves out."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True
    )
    names: Iterator[Path]
    if (ROOT / ".git").exists() and listing.returncode == 0:
        names = (ROOT / name for name in listing.stdout.decode().split("\0") if name)
    else:
        names = _walk()
    return tuple(sorted(path for path in names if path.is_file()))


def _walk() -> Iterator[Path]:
    """The files of an unpacked archive, which has no git to ask."""
    ignored = set((ROOT / ".gitignore").read_text(encoding="utf-8").replace("/\n", "\n").split()) | {".git"}
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in ignored and not name.endswith(".egg-info")]
        here = Path(folder)
        made = here.is_relative_to(ROOT / "reports") or here.is_relative_to(ROOT / "data" / "processed")
        yield from (here / name for name in files if not made or name == "README.md")
