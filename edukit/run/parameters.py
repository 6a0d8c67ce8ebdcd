"""The parameters of a notebook: what its ``parameters`` cell declares, and whether a call keeps to it.

The cell is read with :mod:`ast`, never executed, so a wrong call is refused before anything runs.
"""

from __future__ import annotations

import ast
import difflib
import enum
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from edukit.errors import CallError
from edukit.run import kinds
from edukit.run.startup import without_iri_grammar

if TYPE_CHECKING:
    from nbformat import NotebookNode


def check_parameters(notebook: Path, parameters: Mapping[str, object]) -> dict[str, object]:
    """Check a call against the notebook's ``parameters`` cell, without running anything.

    The cell is read, not executed. A parameter's type is its annotation (``county: str``, ``year: int | None``,
    ``Literal["a", "b"]``, ``list[str]``), else the type of its default. Integers serve as floats; nothing else is
    converted: not text to numbers, not numbers to text, not truth values to integers.

    Args:
        notebook: a notebook file.
        parameters: name to value. numpy's scalars, enumerations, paths and tuples count as the plain values they hold.

    Returns:
        The parameters as plain values, in the order given.

    Raises:
        CallError: the file is no notebook, a name is unknown, a parameter without default is missing, or a value has
            the wrong type; all problems in one message.
    """
    return check_source(read_notebook(notebook), notebook.name, parameters)


def read_notebook(notebook: Path) -> NotebookNode:
    """Read a notebook file as nbformat 4.

    Raises:
        CallError: there is no such file, or it is no notebook.
    """
    with without_iri_grammar():
        import nbformat

    try:
        text = notebook.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CallError(f"找不到笔记本：{notebook}。") from None
    try:
        read: NotebookNode = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    except (nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        raise CallError(f"{notebook} 不是有效的 Jupyter 笔记本：{' '.join(str(error).split())[:120]}。") from error
    return read


def defaults(notebook: Path) -> dict[str, object]:
    """The parameters that a notebook declares, each with its default; None where it has none or it is no plain value.

    Raises:
        CallError: the file is no notebook, or its ``parameters`` cell is no Python.
    """
    source = read_notebook(notebook)
    found: dict[str, object] = dict.fromkeys(_declared(source, notebook.name))
    for statement in _body(source):
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(value := getattr(statement, "value", None), ast.expr):
                with suppress(ValueError, TypeError):  # a call or a name: known only when it runs
                    found[target.id] = ast.literal_eval(value)
    return found


def check_source(source: NotebookNode, name: str, parameters: Mapping[str, object]) -> dict[str, object]:
    """Like :func:`check_parameters`, for a notebook that has been read already; ``name`` is for the messages."""
    declared = _declared(source, name)
    problems, values = [], {}
    for key, value in parameters.items():
        if key not in declared:
            close = difflib.get_close_matches(key, declared, n=1)
            hint = f"是否想写 {close[0]}？" if close else ""
            problems.append(f"没有名为 {key} 的参数，{hint}可用的参数：{'、'.join(declared) or '无'}")
            continue
        values[key] = plain = _plain(value)
        kind, _ = declared[key]
        if not kinds.fits(plain, kind):
            found = f"{kinds.KINDS.get(kinds.type_name(plain), kinds.type_name(value))} {value!r}"
            close_to = kinds.nearest(plain, kind)
            hint = f"，是否想写 {close_to}？" if close_to else ""
            problems.append(f"参数 {key} 应为{kinds.in_words(kind)}，实为{found}{hint}")
    problems += [
        f"缺少参数 {key}（{kinds.in_words(kind)}）"
        for key, (kind, required) in declared.items()
        if required and key not in parameters
    ]
    if problems:
        raise CallError(f"{name} 的参数有误：{'；'.join(problems)}。")
    return values


def read_cells(source: NotebookNode, name: str, cells: Mapping[str, str]) -> dict[str, object]:
    """The cells of a table as the parameters of a notebook that has been read; :func:`check_source` says what is wrong.

    See :func:`edukit.run.kinds.from_cell`.
    """
    declared = _declared(source, name)
    return {key: kinds.from_cell(text, declared.get(key, (None, False))[0]) for key, text in cells.items()}


def _declared(source: NotebookNode, name: str) -> dict[str, tuple[ast.expr | None, bool]]:
    """Each parameter's type as an expression (None: anything plain) and whether it must be given."""
    try:
        body = _body(source)
    except SyntaxError as error:
        raise CallError(f"{name} 的 parameters 单元格第 {error.lineno} 行不是有效的 Python 语句。") from error
    found: dict[str, tuple[ast.expr | None, bool]] = {}
    for statement in body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            key = statement.target.id
            found[key] = kinds.kind_of(statement.annotation, f"{name} 的参数 {key}"), statement.value is None
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    found[target.id] = kinds.kind_of_default(statement.value), False
    return found


def _body(source: NotebookNode) -> list[ast.stmt]:
    tagged = [cell.source for cell in source.cells if "parameters" in cell.metadata.get("tags", ())]
    return ast.parse("\n".join(tagged)).body


def _plain(value: object) -> object:
    """The plain Python value that numpy's scalars, enumerations, paths and tuples hold; anything else as it is."""
    if isinstance(value, enum.Enum):
        return _plain(value.value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        return value.item()  # type: ignore[attr-defined]
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    return value
