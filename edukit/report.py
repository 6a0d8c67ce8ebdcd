"""One report from data to page: check, run the notebook, render, publish. Each step is a module of its own.

What a notebook's report is about, :mod:`edukit.subjects` tells.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from edukit import __version__, counties, documents, ledger, subjects
from edukit.case import open_case
from edukit.city import open_city
from edukit.errors import CallError
from edukit.export.kept import NAME as LEDGER
from edukit.export.kept import earlier_ledger
from edukit.national import open_nation
from edukit.schemes import as_given
from edukit.subjects import Subject

if TYPE_CHECKING:
    from nbformat import NotebookNode

DEFAULT_SCHEME = "quality-2017"


def find_notebook(name: str, root: Path) -> Path:
    """The notebook of a name in notebooks/, with or without its ending; its path, as a shell completes it, will do too.

    Raises:
        CallError: there is none; lists those there are.
    """
    folder = root / "notebooks"
    path = folder / f"{Path(name).name.removesuffix('.ipynb')}.ipynb"
    if Path(name).parent not in (Path(), Path("notebooks")) or not path.is_file():
        have = "、".join(sorted(p.stem for p in (root / "notebooks").glob("*.ipynb"))) or "一个也没有"
        raise CallError(f"notebooks 文件夹中没有“{name}”。现有：{have}。")
    return path


def report_folder(year: int, slug: str) -> str:
    """Where a report goes, relative to the project folder: ``reports/<year>/<code>-<name>``."""
    return f"reports/{year}/{slug}"


@dataclass(frozen=True)
class Prepared:
    """A report whose data are read, checked and judged, and whose notebook has not run.

    Attributes:
        name: of the notebook, without ``.ipynb``.
        year: the year that is judged.
        folder: where the report goes, relative to the project folder.
        parameters: what the notebook is run with.
        title: of the page, where the notebook gives none of its own.
        stamp: foot of the page.
        files: everything beside notebook and page.
        problems: everything judged, for the problem ledger; None where the report keeps none.
        heading: title of the problem ledger.
    """

    name: str
    year: int
    folder: str
    parameters: Mapping[str, object]
    title: str
    stamp: str
    files: Mapping[str, bytes]
    problems: pd.DataFrame | None = None
    heading: str = ""


def make_report(
    county: str,
    year: int,
    *,
    notebook: str = "balance",
    scheme: str = "quality-2017",
    formats: tuple[str, ...] = ("html",),
) -> Path:
    """Make one county's report, or one city's where the notebook is a city's; returns the path of the HTML file.

    The data are read and checked before a kernel starts, so that bad data cost a second and change nothing on disk. An
    earlier report is replaced only when the new one is whole.

    Args:
        county: code, name or ``<code>-<name>`` of the county, or of the city.
        year: the year to judge.
        notebook: name of a notebook in notebooks/.
        scheme: id of a scheme, or path of a scheme file.
        formats: what to make beside the page, as :func:`edukit.export.formats.wanted` gives them.

    Raises:
        CallError: county, year, scheme or notebook do not exist.
        DataError: the data hold errors, or the problem ledger cannot be read.
        RunError: a cell of the notebook failed.
        RenderError: the page is not sound.
    """
    root = counties.home().resolve()
    source = find_notebook(notebook, root)
    ready = prepared(county, year, source, {"scheme": as_given(scheme, root)}, root)

    # papermill and nbconvert cost half a second to import, so only once the data are known to be good
    from edukit.export.earlier import make_room
    from edukit.publish import publish
    from edukit.run import run_notebook

    folder = root / ready.folder
    failed = folder / f"{source.stem}.failed.ipynb"
    executed = run_notebook(
        source,
        ready.parameters,
        env={counties.HOME_VARIABLE: str(root)},
        failed_to=failed,
        read_only=counties.not_for_notebooks(root),
    )
    files = finished(ready, executed, root, formats)
    make_room(folder, source.stem, files)
    publish(folder, files)
    failed.unlink(missing_ok=True)
    return folder / f"{source.stem}.html"


def prepared(county: str, year: int, source: Path, more: Mapping[str, object], root: Path) -> Prepared:
    """Read, check and judge the data of a report, and make all of its files but notebook and page.

    Args:
        county: code, name or ``<code>-<name>`` of what the notebook is about: a county, a city, a province.
        year: the year to judge.
        source: the notebook.
        more: further parameters of the notebook; ``scheme`` among them says by which policy to judge.
        root: project folder.

    Raises:
        CallError: county, year or scheme do not exist.
        DataError: the data hold errors, or the problem ledger cannot be read.
    """
    scheme = str(more.get("scheme", DEFAULT_SCHEME))
    declared = _defaults(source)
    subject = subjects.find(subjects.kind_of(declared), county, root, declared)
    if subject.kind == "city":
        return _of_city(subject, year, source, {**more, "scheme": scheme}, root)
    if subject.kind == "province":
        return _of_nation(subject, year, source, {**more, "scheme": scheme}, root)
    case = open_case(subject.slug, year, scheme, root)
    earlier_ledger(case.year, subject.slug, root)  # one that cannot be updated stops the report before a kernel starts

    from edukit.export.declaration import declaration
    from edukit.export.dossier import dossier

    further = {key: value for key, value in more.items() if key not in subjects.OWN}
    return Prepared(
        name=source.stem,
        year=case.year,
        folder=report_folder(case.year, subject.slug),
        parameters=_declared(declared, {**subject.parameters(year), **further, "scheme": scheme}),
        title=case.scheme.title.format(county=case.county, year=case.year),
        stamp=_stamp(case.scheme.id, case.book.digest, case.scheme.digest),
        files={
            "declaration.xlsx": declaration(case),
            "dossier.xlsx": dossier(case),
            "assessment.json": _json(
                documents.traced(
                    documents.assessment(case.now),
                    data=case.book.digest,
                    before=case.digest_before,
                    scheme=case.scheme.digest,
                )
            ),
        },
        problems=ledger.entries(case),
        heading=f"{case.county}义务教育均衡发展问题台账（{case.year}年）",
    )


def _of_city(place: Subject, year: int, source: Path, more: Mapping[str, object], root: Path) -> Prepared:
    """The same for a city's report.

    A county whose data are missing or hold errors is named in the report and does not stop it. ``assessment.json``
    holds the city, every county's document, and the counties left out with the reason.
    """
    whole = open_city(place.slug, year, str(more["scheme"]), root)
    code, _, name = place.slug.partition("-")
    document = {
        "city": {"code": code, "name": name or None},
        "year": year,
        "scheme": whole.scheme.id,
        "counties": [documents.assessment(case.now) for case in whole.cases],
        "failed": [{"county": slug, "reason": reason} for slug, reason in whole.failed],
    }
    return Prepared(
        name=source.stem,
        year=year,
        folder=report_folder(year, place.slug),
        parameters=_declared(_defaults(source), {**place.parameters(year), **more}),
        title=f"{whole.name}{year}年义务教育{whole.scheme.short}发展市级汇总报告",
        stamp=_stamp(whole.scheme.id, whole.digest, whole.scheme.digest),
        files={"assessment.json": _json(document)},
    )


def _of_nation(subject: Subject, year: int, source: Path, more: Mapping[str, object], root: Path) -> Prepared:
    """The same for the nation (``000000-全国``) or a province (``450000-广西``)."""
    place = open_nation(year, str(more["scheme"]), subject.value, root)
    tables = {"counties": place.now.counties, "stages": place.now.stages, "balance": place.now.balance}
    document = {
        "place": place.place,
        "year": year,
        "scheme": place.scheme.id,
        **{key: json.loads(table.to_json(orient="records", double_precision=15)) for key, table in tables.items()},
        "failed": [{"county": slug, "reason": reason} for slug, reason in place.failed],
    }
    return Prepared(
        name=source.stem,
        year=year,
        folder=report_folder(year, subject.slug),
        parameters=_declared(_defaults(source), {**subject.parameters(year), **more}),
        title=f"{place.place}{year}年义务教育{place.scheme.short}发展县域资源配置汇总报告",
        stamp=_stamp(place.scheme.id, place.digest, place.scheme.digest),
        files={"assessment.json": _json(document)},
    )


def finished(
    ready: Prepared, executed: NotebookNode, root: Path, formats: tuple[str, ...] = ("html",)
) -> dict[str, bytes]:
    """All files of a report, the page rendered; what stands in the problem ledger by now is kept.

    Raises:
        DataError: the problem ledger cannot be read.
        RenderError: the page is not sound.
    """
    from edukit.export.attached import taken_out
    from edukit.export.formats import written
    from edukit.export.ledger import write_ledger
    from edukit.render import render_html
    from edukit.run import notebook_bytes

    files = dict(ready.files)
    if ready.problems is not None:
        # read again: while the notebook ran, somebody may have saved the ledger
        kept = ledger.update(earlier_ledger(ready.year, Path(ready.folder).name, root), ready.problems, ready.year)
        files[LEDGER] = write_ledger(kept, title=ready.heading)
    attached = taken_out(executed)
    files[f"{ready.name}.ipynb"] = notebook_bytes(executed)
    title = _heading(executed) or ready.title
    html = render_html(executed, title=title, stamp=ready.stamp)
    own = written(executed, html, formats, name=ready.name, title=title, stamp=ready.stamp)
    if taken := sorted((set(own) | set(attached)) & set(files) or set(own) & set(attached)):
        raise CallError(f"笔记本“{ready.name}”的 {taken[0]} 与报告自带的同名文件冲突。请给笔记本或附件换一个名称。")
    return {**files, **attached, **own}


def _declared(declared: Mapping[str, object], given: Mapping[str, object]) -> dict[str, object]:
    """The parameters without those that edukit adds and the notebook does not declare."""
    return {name: value for name, value in given.items() if name not in subjects.OWN or name in declared}


def _defaults(source: Path) -> dict[str, object]:
    """What a notebook declares; of a broken one nothing: that is said when it is run, its data come first."""
    from edukit.run.parameters import defaults

    try:
        return defaults(source)
    except CallError:
        return {}


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
