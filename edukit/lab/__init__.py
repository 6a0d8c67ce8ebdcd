"""JupyterLab, ready to work in: the project's folder, a Chinese interface, the kernel that has edukit.

Nothing of it is set up anywhere but in the project's folder: settings that the user makes, histories and the files of
running kernels go to ``.jupyter`` there, and what a user has set up for other work is neither read nor changed.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

from edukit.counties import HOME_VARIABLE
from edukit.report import find_notebook

SETTINGS = Path(__file__).with_name("settings")
"""Folder with ``overrides.json``: the defaults of the interface, which a user may still change in its menus."""
PRIVATE = ".jupyter"
"""Folder of the project that holds what JupyterLab remembers."""


def open_lab(root: Path, notebook: str = "", *, browser: bool = True, port: int | None = None) -> None:
    """Start JupyterLab and stay until it is stopped.

    Args:
        root: project folder; the browser of files shows it, opened at ``notebooks``.
        notebook: name of a notebook in notebooks/ to open; blank for none.
        browser: whether to open a window of the web browser.
        port: where to listen on this machine; None for the first that is free from 8888 on.

    Raises:
        CallError: there is no such notebook.
    """
    given = arguments(root, notebook, browser=browser, port=port)
    environment(root, os.environ)
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(given)


def arguments(root: Path, notebook: str = "", *, browser: bool = True, port: int | None = None) -> list[str]:
    """The command line of JupyterLab; see :func:`open_lab`."""
    start = f"notebooks/{find_notebook(notebook, root).name}" if notebook else "notebooks"
    return [
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{start}",
        f"--LabApp.app_settings_dir={SETTINGS}",
        "--LabApp.extension_manager=readonly",  # the other one asks a package index on the net
        "--LanguageServerManager.autodetect=False",  # would look for language servers with the npm of the machine
        "--ServerApp.log_level=WARN",
        "--LabApp.log_level=WARN",
        *([f"--ServerApp.port={port}"] if port is not None else []),
        *([] if browser else ["--no-browser"]),
    ]


def environment(root: Path, variables: MutableMapping[str, str]) -> None:
    """Set the variables that keep JupyterLab and its kernels to the project's folder; what is set already stays."""
    private = root / PRIVATE
    for name, place in (
        ("JUPYTER_CONFIG_DIR", private),
        ("JUPYTER_DATA_DIR", private / "data"),
        ("JUPYTER_RUNTIME_DIR", private / "run"),
        ("IPYTHONDIR", private / "ipython"),
        ("MPLCONFIGDIR", private / "matplotlib"),
        (HOME_VARIABLE, root),
    ):
        variables.setdefault(name, str(place))
    # A kernel of the same name that some other installation brings must not be taken for the one that has edukit.
    variables.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
