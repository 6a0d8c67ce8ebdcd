"""One report from data to page: check, run the notebook, render, publish. Each step is a module of its own.

A notebook whose ``parameters`` cell has ``county`` is about a county; one that has ``city`` instead is about a city.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

from edukit import __version__, counties, documents
from edukit.case import Case, open_case
from edukit.city import City, open_city
from edukit.errors import CallError
from edukit.export.kept import NAME as LEDGER
from edukit.export.kept import earlier_ledger, problem_ledger

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["LEDGER", "earlier_ledger", "find_notebook", "make_city_report", "make_report", "report_folder"]


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


def report_folder(case: Case | City, slug: str, root: Path) -> Path:
    """Where a report goes: ``reports/<year>/<code>-<name>``."""
    return root / "reports" / str(case.year) / slug


def make_report(county: str, year: int, *, notebook: str = "balance", scheme: str = "quality-2017") -> Path:
    """Make one county's report, or one city's where the notebook is a city's; returns the path of the HTML file.

    The data are read and checked before a kernel starts, so that bad data cost a second and change nothing on disk. An
    earlier report is replaced only when the new one is whole.

    Args:
        county: code, name or ``<code>-<name>`` of the county, or of the city.
        year: the year to judge.
        notebook: name of a notebook in notebooks/.
        scheme: id of a scheme, or path of a scheme file.

    Raises:
        CallError: county, year, scheme or notebook do not exist.
        DataError: the data hold errors, or the problem ledger cannot be read.
        RunError: a cell of the notebook failed.
        RenderError: the page is not sound.
    """
    root = counties.home().resolve()
    source = find_notebook(notebook, root)
    if _is_about_a_city(source):
        return make_city_report(county, year, notebook=notebook, scheme=scheme)
    place = counties.find_county(county, root)
    case = open_case(place.slug, year, scheme, root)
    earlier_ledger(case, place.slug, root)  # one that cannot be updated stops the report before a kernel starts

    from edukit.export.declaration import declaration
    from edukit.export.dossier import dossier
    from edukit.export.ledger import write_ledger

    def more() -> dict[str, bytes]:
        # read again: while the notebook ran, somebody may have saved the ledger
        kept = write_ledger(problem_ledger(case, root), title=f"{case.county}义务教育均衡发展问题台账（{case.year}年）")
        return {
            LEDGER: kept,
            "declaration.xlsx": declaration(case),
            "dossier.xlsx": dossier(case),
            "assessment.json": _json(documents.assessment(case.now)),
        }

    title = case.scheme.title.format(county=case.county, year=case.year)
    parameters = {"county": place.slug, "year": year, "scheme": scheme}
    folder, stamp = report_folder(case, place.slug, root), _stamp(case.scheme.id, case.book.digest, case.scheme.digest)
    executed = _run(source, parameters, folder, root)
    return _publish(executed, source.stem, folder, title=title, stamp=stamp, files=more())


def make_city_report(city: str, year: int, *, notebook: str = "city", scheme: str = "quality-2017") -> Path:
    """Make one city's report from its counties' data; returns the path of the HTML file.

    A county whose data are missing or hold errors is named in the report and does not stop it. ``assessment.json``
    holds the city, every county's document, and the counties left out with the reason.

    Args:
        city: code, ``<code>-<name>`` or a name that is known, see :func:`edukit.counties.find_city`.
        year: the year to judge.
        notebook: name of a notebook in notebooks/ with a parameter ``city``.
        scheme: id of a scheme, or path of a scheme file.

    Raises:
        CallError: city, scheme or notebook do not exist, or no county has data of the year.
        DataError: no county's data can be used.
        RunError: a cell of the notebook failed.
        RenderError: the page is not sound.
    """
    root = counties.home().resolve()
    source = find_notebook(notebook, root)
    place = counties.find_city(city, root, _named_in(source))
    whole = open_city(place.slug, year, scheme, root)
    document = {
        "city": {"code": place.code, "name": place.name or None},
        "year": year,
        "scheme": whole.scheme.id,
        "counties": [documents.assessment(case.now) for case in whole.cases],
        "failed": [{"county": slug, "reason": reason} for slug, reason in whole.failed],
    }
    from edukit.text.cities import title

    folder = report_folder(whole, place.slug, root)
    executed = _run(source, {"city": place.slug, "year": year, "scheme": scheme}, folder, root)
    stamp = _stamp(whole.scheme.id, whole.digest, whole.scheme.digest)
    return _publish(
        executed, source.stem, folder, title=title(whole), stamp=stamp, files={"assessment.json": _json(document)}
    )


def _is_about_a_city(source: Path) -> bool:
    from edukit.run.parameters import defaults

    try:
        declared = defaults(source)
    except CallError:
        return False  # said when it is run; what is wrong with the county and its data is more to the point
    return "city" in declared and "county" not in declared


def _named_in(source: Path) -> tuple[str, ...]:
    """The city that a notebook names by default: there its name is known even where no folder bears it."""
    from edukit.run.parameters import defaults

    default = defaults(source).get("city")
    return (default,) if isinstance(default, str) else ()


def _run(source: Path, parameters: Mapping[str, object], folder: Path, root: Path) -> NotebookNode:
    # papermill costs half a second to import, so only once the data are known to be good
    from edukit.run import run_notebook

    failed = folder / f"{source.stem}.failed.ipynb"
    executed = run_notebook(source, parameters, env={counties.HOME_VARIABLE: str(root)}, failed_to=failed)
    return executed


def _publish(
    executed: NotebookNode, name: str, folder: Path, *, title: str, stamp: str, files: Mapping[str, bytes]
) -> Path:
    """Render and put everything in place, the page last."""
    from edukit.publish import publish
    from edukit.render import render_html
    from edukit.run import notebook_bytes

    page = render_html(executed, title=_heading(executed) or title, stamp=stamp)
    publish(folder, {**files, f"{name}.ipynb": notebook_bytes(executed), f"{name}.html": page.encode()})
    (folder / f"{name}.failed.ipynb").unlink(missing_ok=True)
    return folder / f"{name}.html"


def _heading(executed: NotebookNode) -> str:
    """The h1 that the notebook itself gives the page, so that window and printed pages bear the same title."""
    for cell in executed.cells:
        for output in cell.get("outputs", ()):
            html = output.get("data", {}).get("text/html", "")
            if found := re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL):
                return unescape(re.sub(r"<[^>]*>", "", found[1])).strip()
    return ""


def _json(document: Mapping[str, object]) -> bytes:
    return f"{documents.as_json(document)}\n".encode()


def _stamp(scheme: str, data: str, policy: str) -> str:
    """The foot of the page: which data, scheme and code it was made from. No clock: the same input, the same page."""
    return f"{scheme}　数据 {data[:12]}　办法 {policy[:12]}　edukit {__version__}"
