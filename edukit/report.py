"""One report from data to page: check, run the notebook, render, publish. Each step is a module of its own."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from edukit import __version__, counties, documents, ledger
from edukit.case import Case, open_case
from edukit.errors import CallError

LEDGER = "ledger.xlsx"
"""Name of the problem ledger in a report's folder."""


def find_notebook(name: str, root: Path) -> Path:
    """The notebook of a name in notebooks/.

    Raises:
        CallError: there is none; lists those there are.
    """
    path = root / "notebooks" / f"{name.removesuffix('.ipynb')}.ipynb"
    if not path.is_file():
        have = "、".join(sorted(p.stem for p in (root / "notebooks").glob("*.ipynb"))) or "一个也没有"
        raise CallError(f"notebooks 文件夹中没有“{name}”。现有：{have}。")
    return path


def report_folder(case: Case, slug: str, root: Path) -> Path:
    """Where a report goes: ``reports/<year>/<code>-<name>``."""
    return root / "reports" / str(case.year) / slug


def earlier_ledger(case: Case, slug: str, root: Path) -> pd.DataFrame:
    """The problem ledger to go on with: this year's where there is one, else that of the year before, else none.

    Raises:
        DataError: it cannot be read without losing something; see :func:`edukit.export.ledger.read_ledger`.
    """
    from edukit.export.ledger import read_ledger

    for year in (case.year, case.year - 1):
        path = root / "reports" / str(year) / slug / LEDGER
        if path.exists():
            return read_ledger(path)
    return ledger.empty()


def make_report(county: str, year: int, *, notebook: str = "balance", scheme: str = "quality-2017") -> Path:
    """Make one county's report; returns the path of the HTML file.

    The data are read and checked before a kernel starts, so that bad data cost a second and change nothing on disk. An
    earlier report is replaced only when the new one is whole.

    Raises:
        CallError: county, year, scheme or notebook do not exist.
        DataError: the data hold errors, or the problem ledger cannot be read.
        RunError: a cell of the notebook failed.
        RenderError: the page is not sound.
    """
    root = counties.home().resolve()
    source = find_notebook(notebook, root)
    place = counties.find_county(county, root)
    case = open_case(place.slug, year, scheme, root)
    earlier_ledger(case, place.slug, root)  # one that cannot be updated stops the report before a kernel starts

    # papermill and nbconvert cost half a second to import, so only once the data are known to be good
    from edukit.export.ledger import write_ledger
    from edukit.publish import publish
    from edukit.render import render_html
    from edukit.run import notebook_bytes, run_notebook

    name, folder = source.stem, report_folder(case, place.slug, root)
    failed = folder / f"{name}.failed.ipynb"
    parameters = {"county": place.slug, "year": year, "scheme": scheme}
    executed = run_notebook(source, parameters, env={counties.HOME_VARIABLE: str(root)}, failed_to=failed)
    title = case.scheme.title.format(county=case.county, year=case.year)
    # read again: while the notebook ran, somebody may have saved the ledger
    problems = ledger.update(earlier_ledger(case, place.slug, root), ledger.entries(case), case.year)
    files = {
        LEDGER: write_ledger(problems, title=f"{case.county}义务教育均衡发展问题台账（{case.year}年）"),
        f"{name}.ipynb": notebook_bytes(executed),
        "assessment.json": f"{documents.as_json(documents.assessment(case.now))}\n".encode(),
        f"{name}.html": render_html(executed, title=title, stamp=_stamp(case)).encode(),
    }
    publish(folder, files)
    failed.unlink(missing_ok=True)
    return folder / f"{name}.html"


def _stamp(case: Case) -> str:
    """The foot of the page: which data, scheme and code it was made from. No clock: the same input, the same page."""
    return f"{case.scheme.id}　数据 {case.book.digest[:12]}　办法 {case.scheme.digest[:12]}　edukit {__version__}"
