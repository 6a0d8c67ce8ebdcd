"""JupyterLab as ``edukit lab`` opens it: ready, in Chinese, and nothing outside the project's folder is touched."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from browser import reason_to_skip
from docs import labpage
from edukit.cli import main
from edukit.errors import CallError
from edukit.lab import SETTINGS, arguments, environment

ROOT = Path(__file__).resolve().parent.parent


def project(folder: Path) -> Path:
    """A project folder with the notebooks and the example."""
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    shutil.copytree(ROOT / "data" / "raw" / "210903-新邱区", folder / "data" / "raw" / "210903-新邱区")
    return folder


def test_it_opens_on_the_notebooks_of_the_project(tmp_path: Path) -> None:
    root = project(tmp_path / "项 目")
    given = arguments(root)
    assert f"--ServerApp.root_dir={root}" in given and "--LabApp.default_url=/lab/tree/notebooks" in given
    assert f"--LabApp.app_settings_dir={SETTINGS}" in given and "--no-browser" not in given
    given = arguments(root, "explore", browser=False, port=8890)
    assert "--LabApp.default_url=/lab/tree/notebooks/explore.ipynb" in given
    assert {"--no-browser", "--ServerApp.port=8890"} <= set(given)
    with pytest.raises(CallError, match="没有“nonesuch”"):
        arguments(root, "nonesuch")


def test_a_notebook_that_is_not_there_starts_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "nonesuch", "--home", str(project(tmp_path / "p"))]) == 2
    said = capsys.readouterr().err
    assert "没有“nonesuch”" in said
    assert "正在打开" not in said
    assert not (tmp_path / "p" / ".jupyter").exists()


def test_it_keeps_to_the_folder_but_not_against_the_users_will(tmp_path: Path) -> None:
    variables = {"JUPYTER_CONFIG_DIR": "own"}
    environment(tmp_path, variables)
    assert variables["JUPYTER_CONFIG_DIR"] == "own" and variables["EDUKIT_HOME"] == str(tmp_path)
    kept = {"JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR"}
    assert all(Path(variables[name]).is_relative_to(tmp_path / ".jupyter") for name in kept)


def test_its_settings_are_what_jupyterlab_knows() -> None:
    """Names are those of the schemas that this JupyterLab brings, so that a misspelt one does not pass silently."""
    schemas = Path(sys.prefix) / "share" / "jupyter" / "lab" / "schemas"
    for plugin, values in json.loads((SETTINGS / "overrides.json").read_text(encoding="utf-8")).items():
        package, _, name = plugin.partition(":")
        schema = json.loads((schemas / package / f"{name}.json").read_text(encoding="utf-8"))
        assert set(values) <= set(schema["properties"]), plugin


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Path, Path]]:
    """Address, project and home folder of a running JupyterLab."""
    with TemporaryDirectory(prefix="edukit-lab-") as folder:
        root, home = project(Path(folder) / "项 目"), Path(folder) / "home"
        home.mkdir()
        with labpage.served(root, home) as address:
            yield address, root, home


def asked(address: str, path: str) -> dict:
    with urlopen(address.format(quote(path))) as answer:
        return json.load(answer)


@pytest.mark.slow
def test_the_server_is_ready_and_chinese(server: tuple[str, Path, Path]) -> None:
    address, root, home = server
    settings = asked(address, "lab/api/settings/@jupyterlab/translation-extension:plugin")
    assert settings["schema"]["properties"]["locale"]["default"] == "zh_CN"
    assert "文件" in json.dumps(asked(address, "lab/api/translations/zh_CN"), ensure_ascii=False)
    kernels = asked(address, "api/kernelspecs")
    assert kernels["default"] == "python3"
    listed = {entry["name"] for entry in asked(address, "api/contents/notebooks")["content"]}
    assert {"balance.ipynb", "explore.ipynb"} <= listed
    assert [path for path in home.rglob("*") if path.is_file()] == []
    assert (root / ".jupyter").is_dir() and not list(SETTINGS.glob("[!o]*"))


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(bool(reason_to_skip()), reason=reason_to_skip())
def test_the_desk_works_in_a_browser(tmp_path: Path) -> None:
    """Menus are Chinese, every cell runs, widgets are drawn, a slider changes what stands below, nothing is fetched."""
    root = project(tmp_path / "项 目")
    done = subprocess.run(
        [sys.executable, "-m", "docs.labpage", str(root)], cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["menus"][:3] == ["文件", "编辑", "查看"] and "explore.ipynb" in seen["files"]
    assert (seen["console"], seen["requests"], seen["errors"]) == ([], [], 0)
    assert seen["sliders"] == 4
    assert "阿金歹小学教学及辅助用房面积增加353㎡" in seen["before"] and "未达标 → 达标" in seen["before"]
    assert "没有任何变更" not in seen["after"] and "教学及辅助用房面积增加" in seen["after"]
    assert seen["home"] == []
