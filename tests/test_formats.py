"""Asking for formats: by the commands and in a batch; what becomes of files of an earlier report; printing."""

from __future__ import annotations

import sys
from pathlib import Path

import docx
import pytest

import browser as seen
import written
from edukit.batch import due, from_data, run_batch
from edukit.cli import main
from edukit.errors import CallError, RenderError
from edukit.export import browser
from edukit.export.earlier import make_room
from edukit.export.formats import wanted
from edukit.export.sheets import sheets
from edukit.export.word import word
from test_batch import home, notebook  # noqa: F401  # a fixture

no_browser = pytest.mark.skipif(seen.chromium() is None, reason="没有 Chromium：apt-get install chromium")


@pytest.fixture
def without_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(browser.VARIABLE, raising=False)
    monkeypatch.setattr(browser, "_places", lambda: iter([Path("/nowhere/chromium")]))


def test_formats_come_once_and_in_order() -> None:
    assert wanted("xlsx,docx,xlsx， HTML") == ("html", "docx", "xlsx")
    assert wanted("") == ("html",)


def test_an_unknown_format_stops_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["report", "210903", "2020"], ["batch"]):
        assert main([*command, "--to", "docx,odt"]) == 2
        said = capsys.readouterr().err
        assert "odt" in said and "docx（Word）、pdf（PDF）、xlsx（Excel）" in said


def test_without_a_browser_nothing_runs(without_browser: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "210903", "2020", "--to", "pdf"]) == 2
    said = capsys.readouterr().err
    assert "什么也没有运行" in said and "另存为 PDF" in said and browser.VARIABLE in said
    assert wanted("docx") == ("html", "docx")  # which needs none


def test_a_browser_that_is_named_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(browser.VARIABLE, "/nowhere/chrome")
    with pytest.raises(CallError, match="/nowhere/chrome"):
        browser.find_browser()


def fake(folder: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of that name and code in place of the browser."""
    path = folder / "chromium"
    path.write_text(f"#!{sys.executable}\n{code}\n", encoding="utf-8")
    path.chmod(0o755)
    monkeypatch.setenv(browser.VARIABLE, str(path))


def test_a_browser_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, "import time; time.sleep(60)", monkeypatch)
    with pytest.raises(RenderError, match="超过 1 秒"):
        browser.pdf("<p>", seconds=1)


def test_a_browser_that_prints_nothing_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, "print('no room left')", monkeypatch)
    with pytest.raises(RenderError, match="no room left"):
        browser.pdf("<p>")


def test_dates_are_taken_out_of_a_pdf_and_nothing_moves() -> None:
    for zone in (b"+00'00'", b"-08'00'", b"Z"):
        made = b"/CreationDate (D:20261130053139" + zone + b")\n/ModDate (D:20261130053139" + zone + b")>>"
        assert len(browser.undated(made)) == len(made)
        assert b"2026" not in browser.undated(made) and b"D:20200101000000" in browser.undated(made)


@no_browser
@pytest.mark.browser
@pytest.mark.slow
def test_a_page_is_printed_with_outline_and_structure_and_without_date() -> None:
    page = '<html lang="zh"><title>某县</title><h1>报告</h1><h2>一、数据</h2><p>正文</p>'
    first, again = browser.pdf(page), browser.pdf(page)
    assert first == again
    assert b"/Outlines" in first and b"/StructTreeRoot" in first and b"/MarkInfo" in first


@pytest.mark.skipif(browser.find_browser() is None, reason="没有 Chromium")
def test_a_long_temporary_folder_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser's sockets lie in it, whose paths may not be long."""
    folder = tmp_path / ("长" * 40)
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    assert browser.pdf("<html lang='zh'><title>页</title><p>文</p></html>").startswith(b"%PDF")
    assert list(folder.iterdir()) == []


def test_a_batch_makes_what_a_format_lacks(home: Path) -> None:  # noqa: F811
    def plan(*formats: str):  # type: ignore[no-untyped-def]
        more = {"notebook": "small", "scheme": "quality-2017", "codes": ["210903"]}
        return from_data(home, **more, formats=("html", *formats))

    run_batch(plan(), home)
    assert [why for _, why in due(plan(), home)] == [[]]
    assert [why for _, why in due(plan("docx", "xlsx"), home)] == [["没有 Word 版", "没有 Excel 版"]]
    assert run_batch(plan("docx", "xlsx"), home).count("done") == 1
    folder = home / "reports" / "2020" / "210903-新邱区"
    assert (folder / "small.docx").is_file() and (folder / "small.xlsx").is_file()
    assert [why for _, why in due(plan("docx", "xlsx"), home)] == [[]]
    assert [why for _, why in due(plan(), home)] == [[]]  # more than asked for is no reason
    (folder / "small.docx").unlink()
    assert [why for _, why in due(plan(), home)] == [["small.docx 不在或被改动"]]


def test_an_old_file_goes_and_an_edited_one_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    report = written.report()
    for _ in range(2):
        (tmp_path / "balance.docx").write_bytes(word(report))
        (tmp_path / "balance.xlsx").write_bytes(sheets(report))
        (tmp_path / "balance.pdf").write_bytes(b"%PDF")
        edited = docx.Document(str(tmp_path / "balance.docx"))
        edited.add_paragraph("领导改的一句")
        edited.core_properties.modified = edited.core_properties.modified.replace(year=2026)
        edited.save(str(tmp_path / "balance.docx"))
        make_room(tmp_path, "balance", ["balance.html", "balance.docx"])
    assert {path.name for path in tmp_path.iterdir()} == {"balance（改稿）.docx", "balance（改稿2）.docx"}
    assert docx.Document(str(tmp_path / "balance（改稿）.docx")).paragraphs[-1].text == "领导改的一句"
    assert "balance（改稿2）.docx" in caplog.text


def test_a_file_that_nobody_touched_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "balance.docx").write_bytes(word(written.report()))
    (tmp_path / "balance.xlsx").write_bytes(sheets(written.report()))
    make_room(tmp_path, "balance", ["balance.docx", "balance.xlsx"])
    assert {path.name for path in tmp_path.iterdir()} == {"balance.docx", "balance.xlsx"}
