"""Notebooks are run with the parameters that were meant, and fail in a way that says where and why."""

from __future__ import annotations

import enum
import os
import pickle
import re
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

from edukit.errors import CallError, RunError
from edukit.run import check_parameters, notebook_bytes, run_notebook
from edukit.run.parameters import check_source, read_cells, read_notebook
from edukit.run.startup import without_iri_grammar

NOTEBOOKS = Path(__file__).parent / "notebooks"
GOOD = NOTEBOOKS / "parameters.ipynb"
TYPED = """\
from typing import Literal, Optional

county: str
scheme: Literal["basic-2012", "quality-2017"]
previous: int | None = None
target: "Optional[str]" = None
limits: dict[str, float] = {}
only: list[str] = []
workers = 2
note = None
"""


RANGES = """\
years: Annotated[int, "1 至 30"] = 3
budget: Annotated[float, "不小于 0"] = 0
share: Annotated[float, "不大于 100"] | None = None
target: Literal["pass", "full"] = "pass"
note: Annotated[str, "备注"] = ""
"""


class Scheme(enum.StrEnum):
    BASIC = "basic-2012"


def declares(folder: Path, source: str) -> Path:
    """A notebook with this source in its parameters cell."""
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": ["parameters"]})
    path = folder / "typed.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    return path


# ---- the call is checked before anything runs


def test_plain_values_pass_unchanged() -> None:
    given = {"county": "450804", "year": 2021, "share": 0.9, "full": True, "scheme": "x", "only": ["甲"]}
    assert check_parameters(GOOD, given) == given


def test_values_of_numpy_and_others_become_plain() -> None:
    frame = pd.DataFrame({"code": ["012345"], "year": [2020], "share": [0.5]})
    given = {
        "county": frame.loc[0, "code"],
        "year": frame.loc[0, "year"],
        "share": frame.loc[0, "share"],
        "full": np.bool_(True),
        "scheme": Scheme.BASIC,
        "only": (np.str_("甲"), "乙"),
    }
    plain = check_parameters(GOOD, given)
    assert plain == {
        "county": "012345",
        "year": 2020,
        "share": 0.5,
        "full": True,
        "scheme": "basic-2012",
        "only": ["甲", "乙"],
    }
    assert [type(value) for value in plain.values()] == [str, int, float, bool, str, list]


def test_an_integer_serves_as_a_number_and_a_path_as_a_text() -> None:
    assert check_parameters(GOOD, {"share": 1, "county": Path("a/b")}) == {"share": 1, "county": str(Path("a/b"))}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"yaer": 2020}, r"没有名为 yaer 的参数，是否想写 year？可用的参数：county、year、"),
        ({"zzz": 1}, r"没有名为 zzz 的参数，可用的参数"),
        ({"county": 210903}, r"参数 county 应为文本，实为整数 210903"),
        ({"county": np.int64(210903)}, r"参数 county 应为文本，实为整数"),
        ({"year": "2020"}, r"参数 year 应为整数，实为文本 '2020'"),
        ({"year": 2020.0}, r"参数 year 应为整数，实为数值 2020.0"),
        ({"year": True}, r"参数 year 应为整数，实为真假值"),
        ({"year": None}, r"参数 year 应为整数，实为空值"),
        ({"full": 1}, r"参数 full 应为真假值（True 或 False），实为整数 1"),
        ({"share": "0.9"}, r"参数 share 应为数值，实为文本 '0.9'"),
        ({"share": float("nan")}, r"参数 share 应为数值，实为数值 nan"),
        ({"scheme": 2012}, r"参数 scheme 应为文本"),
        ({"county": date(2020, 9, 1)}, r"参数 county 应为文本，实为date"),
        ({"only": "甲"}, r"参数 only 应为列表 list\[str\]，实为文本"),
        ({"only": [1]}, r"参数 only 应为列表 list\[str\]，实为列表"),
    ],
)
def test_a_wrong_call_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(CallError, match=message):
        check_parameters(GOOD, given)


def test_all_problems_come_at_once() -> None:
    with pytest.raises(CallError, match=r"parameters\.ipynb 的参数有误：.*yaer.*；.*county.*；.*full"):
        check_parameters(GOOD, {"yaer": 1, "county": 1, "full": 1})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"scheme": "basic-2013"}, r"参数 scheme 应为以下之一：basic-2012、quality-2017，实为文本"),
        ({"previous": "2019"}, r"参数 previous 应为整数或空值"),
        ({"target": 3}, r"参数 target 应为文本或空值"),
        ({"limits": {"Q1": "0.5"}}, r"参数 limits 应为字典"),
        ({"workers": 2.5}, r"参数 workers 应为整数"),
        ({"note": {1, 2}}, r"参数 note 应为文本、数值、真假值、列表或字典"),
        ({"Literal": 1}, r"没有名为 Literal 的参数"),
    ],
)
def test_annotations_are_understood(tmp_path: Path, given: dict[str, object], message: str) -> None:
    with pytest.raises(CallError, match=message):
        check_parameters(declares(tmp_path, TYPED), {"county": "x", "scheme": "basic-2012"} | given)


def test_a_parameter_without_default_must_be_given(tmp_path: Path) -> None:
    with pytest.raises(
        CallError, match=r"缺少参数 county（文本）；缺少参数 scheme（以下之一：basic-2012、quality-2017）"
    ):
        check_parameters(declares(tmp_path, TYPED), {})


def test_annotations_admit_what_they_say(tmp_path: Path) -> None:
    given = {
        "county": "x",
        "scheme": Scheme.BASIC,
        "previous": np.int64(2019),
        "target": None,
        "limits": {"Q1": 1, "Q2": 0.5},
        "note": ["甲", None, {"a": 1}],
    }
    assert check_parameters(declares(tmp_path, TYPED), given) == given | {"scheme": "basic-2012", "previous": 2019}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"years": 31}, r"参数 years 应为整数（1 至 30），实为整数 31"),
        ({"years": 0}, r"参数 years 应为整数（1 至 30），实为整数 0"),
        ({"years": 2.5}, r"参数 years 应为整数（1 至 30），实为数值 2.5"),
        ({"budget": -0.5}, r"参数 budget 应为数值（不小于 0），实为数值 -0.5"),
        ({"share": 101}, r"参数 share 应为数值（不大于 100）或空值，实为整数 101"),
        ({"target": "ful"}, r"参数 target 应为以下之一：pass、full，实为文本 'ful'，是否想写 full？"),
    ],
)
def test_a_value_out_of_range_is_refused(tmp_path: Path, given: dict[str, object], message: str) -> None:
    path = declares(tmp_path, RANGES)
    good = {"years": 30, "budget": 0, "share": 100, "target": "full", "note": "x"}
    assert check_parameters(path, good) == good
    with pytest.raises(CallError, match=message):
        check_parameters(path, good | given)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('years: Annotated[int, "1 or 30"] = 3', r"typed\.ipynb 的参数 years：范围“1 or 30”读不懂。可写作“1 至 30”"),
        ('county: "行政区划，六位" = "210903"', r"typed\.ipynb 的参数 county：类型“行政区划，六位”读不懂"),
    ],
)
def test_a_declaration_that_is_not_understood_is_said(tmp_path: Path, source: str, message: str) -> None:
    with pytest.raises(CallError, match=message):
        check_parameters(declares(tmp_path, source), {})


def test_a_cell_of_a_table_is_read_as_the_type_that_is_declared(tmp_path: Path) -> None:
    """A table has no types: a school's code that looks like a number stays text where text is declared."""
    source = read_notebook(declares(tmp_path, TYPED + RANGES.replace("target", "aim") + 'school = ""\nfull = False\n'))
    cells = {
        "school": "0212100903", "county": "210903", "scheme": "basic-2012", "previous": "2019", "only": "['甲', '乙']",
        "limits": "{'Q1': 0.5}", "workers": "3", "note": "2020-10-11", "years": "5", "share": "None", "full": "TRUE",
    }  # fmt: skip
    read = read_cells(source, "typed.ipynb", cells)
    assert read == {
        "school": "0212100903", "county": "210903", "scheme": "basic-2012", "previous": 2019, "only": ["甲", "乙"],
        "limits": {"Q1": 0.5}, "workers": 3, "note": "2020-10-11", "years": 5, "share": None, "full": True,
    }  # fmt: skip
    assert check_source(source, "typed.ipynb", read) == read
    wrong = {"previous": "去年", "workers": "三", "years": "07", "full": "对", "only": "[" * 500, "unknown": "1"}
    refused = read_cells(source, "typed.ipynb", wrong)
    with pytest.raises(CallError) as error:
        check_source(source, "typed.ipynb", {"county": "x", "scheme": "basic-2012", **refused})
    assert all(name in str(error.value) for name in wrong)


def test_the_parameters_cell_is_never_executed(tmp_path: Path) -> None:
    trap = declares(tmp_path, "open('trap', 'w').write('x')\ncounty: str = str(1 / 0)")
    assert check_parameters(trap, {"county": "x"}) == {"county": "x"}
    assert list(tmp_path.iterdir()) == [trap]


def test_what_is_no_notebook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CallError, match="找不到笔记本"):
        check_parameters(tmp_path / "none.ipynb", {})
    (tmp_path / "bad.ipynb").write_text("{")
    with pytest.raises(CallError, match="不是有效的 Jupyter 笔记本"):
        check_parameters(tmp_path / "bad.ipynb", {})
    with pytest.raises(CallError, match="第 1 行不是有效的 Python 语句"):
        check_parameters(declares(tmp_path, "county: str ="), {"county": "x"})


def test_a_wrong_call_starts_no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "papermill", None)
    with pytest.raises(CallError, match="没有名为 yaer 的参数"):
        run_notebook(GOOD, {"yaer": 2020})


# ---- running


def test_parameters_arrive_and_two_runs_are_the_same(tmp_path: Path) -> None:
    here, before = os.getcwd(), GOOD.read_bytes()
    given = {"county": "新邱区", "year": np.int64(2021), "full": True, "only": ["甲'\n乙"]}
    first = run_notebook(GOOD, given, env={"EDUKIT_TEST": "是"})
    second = run_notebook(GOOD, given, env={"EDUKIT_TEST": "是"})
    shown = [output.text for cell in first.cells for output in cell.get("outputs", ()) if "text" in output]
    assert shown == [f"{('新邱区', 2021, 0.85, True, 'basic-2012', given['only'])!r}\n", "notebooks 是\n"]
    assert notebook_bytes(first) == notebook_bytes(second)
    assert (os.getcwd(), GOOD.read_bytes()) == (here, before)

    nbformat.validate(first)
    text = notebook_bytes(first).decode()
    assert "county = '新邱区'" in text, "papermill's escapes cannot be read"
    for trace in ("papermill", str(Path.home()), os.getcwd(), sys.version.split()[0], "0x"):
        assert trace not in text


FAILURES = {
    "cell_error": (4, "KeyError: '初中'", r"运行出错：KeyError: '初中'（出错语句：shares\[\"初中\"\]）"),
    "chinese_error": (3, "DataError: 学校!E5：小学在校生数不能为负。 处理：核对后重填。", r"运行出错：DataError"),
    "system_exit": (3, "SystemExit: 0", r"中途调用了 exit"),
    "kernel_killed": (4, "DeadKernelError", r"运行时内核意外终止"),
    "too_slow": (4, "TimeoutError: 1 s", r"运行超时：整本限时 1 秒"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_says_where_and_why(tmp_path: Path, name: str) -> None:
    cell, cause, message = FAILURES[name]
    if name == "kernel_killed" and os.name != "posix":
        pytest.skip("SIGKILL 只在 POSIX 系统上有")
    kept = tmp_path / "failed" / "x.ipynb"
    timeout = 1 if name == "too_slow" else 60
    with pytest.raises(RunError, match=rf"^{name}\.ipynb 第 {cell} 个单元格{message}") as caught:
        run_notebook(NOTEBOOKS / f"{name}.ipynb", {"county": "新邱区"}, timeout=timeout, failed_to=kept)
    assert (caught.value.cell, caught.value.cause) == (cell, cause)
    assert "\n" not in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)

    partial = nbformat.read(kept, as_version=4)
    assert len(partial.cells) == len(nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells) + 1
    text = kept.read_text(encoding="utf-8")
    assert "papermill" not in text
    assert '"不应运行\\n"' not in text
    if name in {"cell_error", "kernel_killed", "too_slow"}:
        assert '"运行到这里\\n"' in text


def test_a_kernel_that_cannot_start_is_told_apart(tmp_path: Path) -> None:
    kept = tmp_path / "x.ipynb"
    with pytest.raises(RunError, match=r"parameters\.ipynb 的内核未能启动.*内核最后说：\S") as caught:
        # Python itself gives up before ipykernel is reached.
        run_notebook(GOOD, {}, env={"PYTHONHOME": str(tmp_path)}, failed_to=kept)
    assert caught.value.cell == 0
    assert not kept.exists()


def test_nothing_is_printed_and_nothing_stays() -> None:
    program = (
        "import pathlib, sys; from edukit.run import run_notebook; from edukit.errors import RunError\n"
        "try: run_notebook(pathlib.Path(sys.argv[1]), {})\n"
        "except RunError as error: assert error.cell == 3\n"
        "else: raise SystemExit('no error')"
    )
    failing = NOTEBOOKS / "kernel_killed.ipynb"
    # Not tmp_path: the kernel's sockets need a short address.
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", program, str(failing)],
            capture_output=True,
            text=True,
            env={**os.environ, "TMPDIR": folder, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert list(Path(folder).iterdir()) == []


def test_the_grammar_of_addresses_is_left_out_only_for_a_moment() -> None:
    program = (
        "import sys; from edukit.run.parameters import read_notebook; import pathlib\n"
        "read_notebook(pathlib.Path(sys.argv[1]))\n"
        "print('jsonschema' in sys.modules, 'rfc3987_syntax' in sys.modules, 'papermill' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(GOOD)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False", "False"]
    with pytest.raises(KeyError), without_iri_grammar():
        raise KeyError
    assert sys.modules.get("rfc3987_syntax", sys) is not None


def test_fixture_notebooks_are_committed_without_outputs() -> None:
    for path in NOTEBOOKS.glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            assert not cell.get("outputs"), path.name
            assert cell.get("execution_count") is None, path.name
            assert re.fullmatch(r"[a-z_0-9-]+", cell.id), path.name


def _as_user(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run code as a user without rights, in a user namespace; skips where the system does not let one be made."""
    command = ["unshare", "-U", "--map-user=12345", "--map-group=12345"]
    if sys.platform != "linux" or subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        pytest.skip("本系统不许建立用户命名空间")
    return subprocess.run([*command, sys.executable, "-c", code, str(folder)], capture_output=True, text=True)


def test_a_guarded_process_has_no_right_that_its_user_has_not(tmp_path: Path) -> None:
    code = """
import os, pathlib, sys
from edukit.run.guard import keep_read_only
here = pathlib.Path(sys.argv[1])
def writes(path):
    try:
        path.open("a").close()
    except OSError as error:
        return type(error).__name__ + str(error.errno)
    return "written"
print(os.getuid(), writes(here / "protected"), keep_read_only([str(here / "reports")]), os.getuid())
print(*(writes(here / name) for name in ("protected", "reports/a", "b")))
"""
    (tmp_path / "reports").mkdir()
    (tmp_path / "protected").touch(0o444)
    asked = _as_user(code, tmp_path)
    if " False " in asked.stdout:
        pytest.skip("本系统不许使用用户命名空间")
    said = "12345 PermissionError13 True 12345\nPermissionError13 OSError30 written\n"
    assert (asked.stdout, asked.stderr) == (said, "")


@pytest.mark.parametrize("module", ["random", "tempfile", "ctypes", "json", "runpy"])
def test_no_file_beside_the_notebook_stands_in_the_way_of_the_guard(tmp_path: Path, module: str) -> None:
    kept = tmp_path / "a:b"
    kept.mkdir()
    (tmp_path / f"{module}.py").write_text("x = 1", encoding="utf-8")
    cell = f"try:\n    open({str(kept / 'x')!r}, 'w')\nexcept OSError as error:\n    print(error.errno)"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)]), tmp_path / "n.ipynb")
    outputs = run_notebook(tmp_path / "n.ipynb", {}, read_only=[kept]).cells[0].outputs
    assert [output.text for output in outputs] == (["30\n"] if guarded(kept) else [])
    assert (kept / "x").exists() != guarded(kept)


def guarded(folder: Path) -> bool:
    """Whether this system can keep a folder read-only for a process."""
    code = "import sys; from edukit.run.guard import keep_read_only; print(keep_read_only(sys.argv[1:]))"
    asked = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True)
    return asked.stdout == "True\n"


@pytest.mark.skipif(sys.platform != "linux", reason="只用于 Linux")
def test_where_a_system_refuses_half_way_the_process_stays_what_it_was() -> None:
    """A user namespace that may be made but not used would leave the process without its user."""
    code = """
import os
from edukit.run import guard
def own_mounts(system):
    os.environ["HALF"] = "way"  # what the real one does cannot be taken back
    raise OSError(1, "uid_map")
guard._own_mounts = own_mounts
print(guard.keep_read_only(["/tmp"]), "HALF" in os.environ, guard.available())
"""
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert asked.stdout == "False False False\n"
