"""One report from data to page: check, run the notebook, render, publish. Each step is a module of its own."""

from __future__ import annotations

from pathlib import Path

from edukit import __version__, counties, documents
from edukit.case import Case, open_case
from edukit.errors import CallError


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


def make_report(county: str, year: int, *, notebook: str = "balance", scheme: str = "quality-2017") -> Path:
    """Make one county's report; returns the path of the HTML file.

    The data are read and checked before a kernel starts, so that bad data cost a second and change nothing on disk. An
    earlier report is replaced only when the new one is whole.

    Raises:
        CallError: county, year, scheme or notebook do not exist.
        DataError: the data hold errors.
        RunError: a cell of the notebook failed.
        RenderError: the page is not sound.
    """
    root = counties.home().resolve()
    source = find_notebook(notebook, root)
    place = counties.find_county(county, root)
    case = open_case(place.slug, year, scheme, root)

    # papermill and nbconvert cost half a second to import, so only once the data are known to be good
    from edukit.publish import publish
    from edukit.render import render_html
    from edukit.run import notebook_bytes, run_notebook

    name, folder = source.stem, report_folder(case, place.slug, root)
    failed = folder / f"{name}.failed.ipynb"
    parameters = {"county": place.slug, "year": year, "scheme": scheme}
    executed = run_notebook(source, parameters, env={counties.HOME_VARIABLE: str(root)}, failed_to=failed)
    title = case.scheme.title.format(county=case.county, year=case.year)
    files = {
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
