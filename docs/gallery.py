"""Pictures of what edukit makes: ``make gallery`` (``python -m docs.gallery``) writes ``docs/pictures/*.png``.

The report of the example county as a page at 1440 and at 360 pixels, printed, in Word and in Excel; and the index with
a few dozen counties that are made up. Needs Chromium, LibreOffice and poppler's pdftoppm.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from PIL import Image

from bench.index import made_up
from docs.links import ROOT
from edukit.counties import HOME_VARIABLE
from edukit.export.browser import needed_browser
from edukit.index import write_index
from edukit.report import make_report

FOLDER = ROOT / "docs" / "pictures"
LARGEST, ALL = 150_000, 1_000_000
"""Bytes that one picture and all of them may take."""
COUNTY, YEAR = "210903-新邱区", 2020
WORD_PAGE, PRINTED_PAGE = 9, 8
"""Pages that show a figure and a table."""
EXCEL_PAGE = 2
"""表Ⅱ of the form, primary schools."""
NAMES = [f"{first}{last}县" for last in "河岭溪原川山" for first in "东西南北中上下"]


def main() -> int:
    """Make everything in a folder of its own, then put the pictures in place."""
    with tempfile.TemporaryDirectory(prefix="edukit-gallery-") as name:
        home = Path(name)
        shutil.copytree(ROOT / "data" / "raw" / COUNTY, home / "data" / "raw" / COUNTY)
        shutil.copytree(ROOT / "notebooks", home / "notebooks")
        os.environ[HOME_VARIABLE] = str(home)
        page = make_report(COUNTY, YEAR, scheme="quality-2017", formats=("html", "docx", "pdf", "xlsx"))
        made_up(home, NAMES, years=5)
        pictures = {
            **screens({"report": (page, 1440, 1000), "phone": (page, 360, 740)}),
            **screens({"index": (write_index(home), 1440, 900)}),
            "print": printed(page.with_suffix(".pdf"), PRINTED_PAGE),
            "word": printed(office(page.with_suffix(".docx"), home / "printed"), WORD_PAGE),
            "excel": trimmed(printed(office(page.with_name("declaration.xlsx"), home / "printed"), EXCEL_PAGE)),
        }
    FOLDER.mkdir(exist_ok=True)
    for name, picture in pictures.items():
        content = small(picture)
        (FOLDER / f"{name}.png").write_bytes(content)
        print(f"docs/pictures/{name}.png　{len(content) / 1000:.0f} KB")
    return 0


def screens(wanted: dict[str, tuple[Path, int, int]]) -> dict[str, Image.Image]:
    """What a browser shows of each page in a window of that width and height; a phone has two dots a pixel."""
    from playwright.sync_api import sync_playwright

    found = {}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=needed_browser(), args=["--no-sandbox", "--font-render-hinting=none"]
        )
        for name, (path, width, height) in wanted.items():
            scale = 2 if width < 600 else 1
            page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=scale)
            page.goto(path.as_uri())
            page.evaluate("document.fonts.ready.then(() => 0)")
            found[name] = Image.open(io.BytesIO(page.screenshot()))
        browser.close()
    return found


def office(path: Path, folder: Path) -> Path:
    """A Word or Excel file as LibreOffice prints it, into ``folder``, with the font that edukit carries.

    Needs ``soffice`` or ``libreoffice`` on the PATH.
    """
    folder.mkdir(exist_ok=True)
    spec = find_spec("zhplot")
    places = (spec.submodule_search_locations if spec else None) or []
    fonts = folder / "fonts.conf"
    names = "".join(f"<dir>{place}/fonts</dir>" for place in places)
    fonts.write_text(f"<fontconfig>{names}<cachedir>{folder}/cache</cachedir></fontconfig>", encoding="utf-8")
    program = shutil.which("soffice") or shutil.which("libreoffice") or "soffice"
    command = [program, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"]
    subprocess.run(
        [*command, "--convert-to", "pdf", "--outdir", str(folder), str(path)],
        env=os.environ | {"FONTCONFIG_FILE": str(fonts)},
        capture_output=True,
        timeout=300,
        check=True,
    )
    return folder / f"{path.stem}.pdf"


def printed(path: Path, number: int) -> Image.Image:
    """A page of a PDF at 90 dots an inch."""
    command = ["pdftoppm", "-r", "90", "-png", "-f", str(number), "-l", str(number), str(path)]
    return Image.open(io.BytesIO(subprocess.run(command, check=True, capture_output=True, timeout=120).stdout))


def trimmed(picture: Image.Image) -> Image.Image:
    """A page without what is left empty below its last line."""
    grey = picture.convert("L").crop((0, 0, picture.width, int(picture.height * 0.9)))
    used = grey.point(lambda value: 255 if value < 200 else 0).getbbox()
    return picture.crop((0, 0, picture.width, (used[3] if used else picture.height) + 40))


def small(picture: Image.Image) -> bytes:
    """The picture as PNG with as many of 128 colours as fit into :data:`LARGEST` bytes."""
    for colours in (128, 64, 32, 16):
        buffer = io.BytesIO()
        reduced = picture.convert("RGB").quantize(colours, dither=Image.Dither.NONE)
        reduced.save(buffer, "PNG", optimize=True)
        if buffer.tell() <= LARGEST:
            break
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
