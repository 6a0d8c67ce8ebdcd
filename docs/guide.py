"""The pictures of docs/quickstart.md: ``python -m docs.guide`` writes docs/pictures/guide-*.png.

It goes the way that the page describes: a template is filled, a report is made, JupyterLab is opened. Needs Chromium,
LibreOffice and poppler's pdftoppm.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
from PIL import Image

from docs.gallery import FOLDER, small
from docs.labpage import browsed, chinese_fonts, open_notebook, run_all, served
from edukit.counties import HOME_VARIABLE
from edukit.dictionary import load
from edukit.report import make_report
from edukit.workbook.template import FIRST, HEADER, write_template

ROOT = Path(__file__).resolve().parent.parent
WIDE, HIGH = 1360, 850
COUNTY, YEAR = "000001-某县", 2020
FIELDS = (
    "school_name school_type sponsor_type urban_type township pupils_primary pupils_junior classes_primary "
    "classes_junior max_class_primary max_class_junior teachers_primary teachers_junior "
    "higher_degree_teachers_primary higher_degree_teachers_junior backbone_teachers_primary backbone_teachers_junior "
    "pe_arts_teachers_primary pe_arts_teachers_junior teaching_area indoor_sports_area sports_field_area "
    "equipment_value multimedia_rooms computers books"
).split()
SCHOOLS = """
第一小学 小学 县级教育部门 城区 城关镇 940 - 22 - 44 - 62 - 48 - 11 - 10 - 5200 420 8600 236 24 140 28400
东河小学 小学 县级教育部门 镇区 东河镇 356 - 9 - 42 - 27 - 18 - 2 - 2 - 1710 0 4300 62 8 45 9100
西岭小学 小学 县级教育部门 乡村 西岭乡 128 - 6 - 26 - 14 - 7 - 1 - 1 - 930 0 3600 31 3 20 4000
民族学校 九年一贯制学校 县级教育部门 镇区 东河镇 412 236 10 6 44 43 31 27 21 22 5 3 4 3 4350 300 8900 170 17 90 22500
第一初级中学 初级中学 县级教育部门 城区 城关镇 - 655 - 14 - 49 - 66 - 58 - 9 - 7 4900 500 9300 205 18 120 25800
"""
"""A county that is made up: two schools short of rooms and teachers, the others well off."""


def fill(path: Path) -> None:
    """Fill the sheet 学校 of a template as a user would: under the headers and the example row, which may stay."""
    book = openpyxl.load_workbook(path)
    sheet = book["学校"]
    columns = {str(cell.value).strip(): cell.column for cell in sheet[HEADER + 1]}
    for offset, line in enumerate(SCHOOLS.strip().splitlines()):
        for name, typed in zip(FIELDS, line.split(), strict=True):
            if typed != "-":
                value = float(typed) if load().field(name).numeric else typed
                sheet.cell(FIRST + 1 + offset, columns[load().field(name).header], value)
    book.active = book.sheetnames.index("学校")
    book.save(path)


def project(home: Path) -> Path:
    """A project folder with the notebooks and the filled workbook; returns the workbook."""
    shutil.copytree(ROOT / "notebooks", home / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    path = home / "data" / "raw" / COUNTY / f"{YEAR}.xlsx"
    path.parent.mkdir(parents=True)
    write_template(path, county=COUNTY, year=YEAR)
    fill(path)
    for notebook in (home / "notebooks").glob("*.ipynb"):
        text = notebook.read_text(encoding="utf-8")
        notebook.write_text(text.replace('\\"210903\\"', f'\\"{COUNTY[:6]}\\"'), encoding="utf-8")
    return path


def main() -> int:
    """Make the pictures in a folder of its own, then put them in place."""
    with TemporaryDirectory(prefix="edukit-guide-") as folder, TemporaryDirectory() as nobody:
        home, other = Path(folder) / "edukit", Path(nobody)
        book = project(home)
        pictures = {"workbook": sheet_picture(book, other)}
        os.environ[HOME_VARIABLE] = str(home)
        report = make_report(COUNTY, YEAR)
        del os.environ[HOME_VARIABLE]
        with browsed(other, WIDE, HIGH) as page:
            page.goto(report.as_uri())
            page.evaluate("document.fonts.ready.then(() => 0)")
            pictures["report"] = page.screenshot()
        with served(home, other) as address, browsed(other, WIDE, HIGH) as page:
            open_notebook(page, address, "balance")
            run_all(page)
            page.locator(".jp-MarkdownCell").first.scroll_into_view_if_needed()
            page.wait_for_timeout(500)
            pictures["lab"] = page.screenshot()
        with served(home, other) as address, browsed(other, WIDE, 1150) as page:
            open_notebook(page, address, "explore")
            run_all(page)
            page.evaluate("document.querySelector('.widget-vbox').scrollIntoView({block: 'start'})")
            page.wait_for_timeout(500)
            pictures["explore"] = page.screenshot()
    FOLDER.mkdir(exist_ok=True)
    for name, content in pictures.items():
        with Image.open(io.BytesIO(content)) as picture:
            reduced = small(picture)
        (FOLDER / f"guide-{name}.png").write_bytes(reduced)
        print(f"docs/pictures/guide-{name}.png　{len(reduced) / 1000:.0f} KB")
    return 0


def sheet_picture(book: Path, folder: Path) -> bytes:
    """The upper left of the sheet 学校 as LibreOffice prints it."""
    alone = folder / "schools.xlsx"
    kept = openpyxl.load_workbook(book)
    for name in kept.sheetnames:
        if name != "学校":
            del kept[name]
    kept.save(alone)
    program = shutil.which("soffice") or shutil.which("libreoffice") or "soffice"
    subprocess.run(
        [
            program,
            f"-env:UserInstallation={(folder / 'office').as_uri()}",
            "--headless",
            "--convert-to",
            "pdf",
            str(alone),
        ],
        cwd=folder,
        env=chinese_fonts(folder),
        check=True,
        capture_output=True,
        timeout=300,
    )
    drawn = ["pdftoppm", "-png", "-r", "110", "-f", "1", "-l", "1", str(alone.with_suffix(".pdf"))]
    with Image.open(io.BytesIO(subprocess.run(drawn, check=True, capture_output=True, timeout=120).stdout)) as picture:
        grey = picture.convert("L").point(lambda value: 255 if value < 230 else 0)
        left, top, right, bottom = grey.crop((0, 0, grey.width, int(grey.height * 0.93))).getbbox() or (0, 0, 1, 1)
        cut = io.BytesIO()
        picture.crop((max(0, left - 20), max(0, top - 20), right + 20, bottom + 20)).save(cut, "PNG")
    return cut.getvalue()


if __name__ == "__main__":
    sys.exit(main())
