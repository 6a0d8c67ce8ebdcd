"""The set-up: one Python range, one lock, one way to install, whoever installs."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

LONGEST_CELL = 15
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?P<rest>(?:.*\\\n)+.*)", re.MULTILINE)


@pytest.fixture(scope="session")
def pyproject(root: Path) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def lock(root: Path) -> str:
    return (root / "requirements.lock").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def lowest_python(pyproject: dict) -> str:
    (bound,) = SpecifierSet(pyproject["project"]["requires-python"])
    assert bound.operator == ">="
    return bound.version


def requirements(pyproject: dict, *, dev: bool) -> list[Requirement]:
    texts = list(pyproject["project"]["dependencies"])
    texts += [text for extra in pyproject["project"]["optional-dependencies"].values() for text in extra]
    texts += pyproject["dependency-groups"]["dev"] if dev else []
    return [Requirement(text) for text in texts]


def imported_tops(source: str) -> set[str]:
    """First names of everything that a source file imports."""
    nodes = list(ast.walk(ast.parse(source)))
    plain = (alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names)
    pulled = (node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level)
    return {name.partition(".")[0] for name in chain(plain, pulled)}


def test_conda_environment_is_the_lock_on_the_lowest_python(root: Path, pyproject: dict, lowest_python: str) -> None:
    text = (root / "environment.yml").read_text(encoding="utf-8")
    environment = yaml.safe_load(text)
    assert environment["name"] == pyproject["project"]["name"]
    assert environment["dependencies"] == [f"python={lowest_python}", "pip", {"pip": ["-r requirements.lock"]}]
    assert "pip install --no-deps --no-build-isolation -e ." in text


def test_lowest_python_is_the_same_everywhere(root: Path, pyproject: dict, lowest_python: str) -> None:
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    major, minor = lowest_python.split(".")
    assert f"sys.version_info < ({major}, {minor})" in makefile
    assert f"--python-version {lowest_python}" in makefile
    assert pyproject["tool"]["mypy"]["python_version"] == lowest_python
    assert pyproject["tool"]["ruff"]["target-version"] == f"py{major}{minor}"


def test_lock_satisfies_every_range(pyproject: dict, lock: str) -> None:
    pins: dict[str, list[Version]] = {}
    for match in PIN.finditer(lock):
        pins.setdefault(canonicalize_name(match["name"]), []).append(Version(match["version"]))
    for requirement in requirements(pyproject, dev=True):
        versions = pins.get(canonicalize_name(requirement.name), [])
        assert versions, f"requirements.lock lacks {requirement.name}: run make lock"
        assert all(requirement.specifier.contains(version) for version in versions), (requirement, versions)


def test_lock_has_a_checksum_for_every_pin_and_no_address(lock: str) -> None:
    assert "://" not in lock
    assert not re.search(r"--(extra-)?index|--find-links|--trusted-host| @ ", lock)
    matches = list(PIN.finditer(lock))
    assert len(matches) == len(re.findall(r"^\w[^\n]*==", lock, re.MULTILINE)) > 50
    assert all("--hash=sha256:" in match["rest"] for match in matches)


def test_everything_imported_is_declared(root: Path, pyproject: dict, project_files: tuple[Path, ...]) -> None:
    distributions = packages_distributions()
    local = {"edukit", "bench", "docs", "examples", "generated", "notebooks"}
    local |= {path.stem for path in (root / "tests").glob("*.py")}
    undeclared = set()
    for folder, dev in (("edukit", False), ("bench", True), ("tests", True)):
        declared = {canonicalize_name(requirement.name) for requirement in requirements(pyproject, dev=dev)}
        for path in project_files:
            if path.suffix == ".py" and path.is_relative_to(root / folder):
                for name in imported_tops(path.read_text(encoding="utf-8")) - sys.stdlib_module_names - local:
                    if not declared & {canonicalize_name(provider) for provider in distributions.get(name, [])}:
                        undeclared.add((folder, name))
    assert undeclared == set()


@pytest.mark.parametrize("module", ["edukit", "edukit.cli"])
def test_import_is_light(module: str) -> None:
    heavy = {"pandas", "numpy", "matplotlib", "seaborn", "papermill", "nbconvert", "nbformat", "openpyxl", "xlsxwriter"}
    code = f"import sys, {module}; print(*sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_licence_is_the_one_declared(root: Path, pyproject: dict) -> None:
    assert pyproject["project"]["license"] == "MIT"
    for name in pyproject["project"]["license-files"]:
        assert (root / name).read_text(encoding="utf-8").startswith("MIT License\n")


def test_ci_runs_make_test(root: Path) -> None:
    script = root / ".ci" / "run"
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert lines[-1].split("<")[0].strip() == "exec make test"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", script], check=True)


@pytest.mark.skipif(shutil.which("make") is None, reason="没有 make")
def test_old_python_is_refused_with_a_reason(root: Path, tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(root / name, tmp_path)
    old = tmp_path / "python2"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 2.7.18\nexit 1\n', encoding="utf-8")
    old.chmod(0o755)
    # Without the flags of an outer make, which may be running this very test.
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(["make", "lint", "PYTHON=./python2"], cwd=tmp_path, capture_output=True, text=True, env=clean)
    assert done.returncode == 2
    assert "需要 Python 3.11 以上" in done.stderr
    assert "Python 2.7.18" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_notebooks_are_committed_bare(project_files: tuple[Path, ...]) -> None:
    for path in project_files:
        if path.suffix != ".ipynb":
            continue
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for number, cell in enumerate(notebook["cells"], start=1):
            if cell["cell_type"] != "code":
                continue
            place = f"{path.name}, cell {number}"
            assert cell["outputs"] == [], place
            assert cell["execution_count"] is None, place
            assert "".join(cell["source"]).count("\n") < LONGEST_CELL, place
