"""The types that a notebook's parameters declare: what fits them, how a cell of a table is read as one, their words.

A type is an expression, the annotation in the ``parameters`` cell; it is never evaluated. A range stands in words that
an analyst reads: ``years: Annotated[int, "1 至 30"]``, ``budget: Annotated[float, "不小于 0"]``.
"""

from __future__ import annotations

import ast
import difflib
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from edukit.errors import CallError

KINDS: Final = {
    "str": "文本",
    "int": "整数",
    "float": "数值",
    "bool": "真假值（True 或 False）",
    "None": "空值",
    "list": "列表",
    "dict": "字典",
}
"""Names of parameter types as a user reads them."""
_BOOLEANS: Final = {"true": True, "false": False, "是": True, "否": False}
"""How a cell may say it; Excel writes TRUE."""
_NUMBER: Final = r"\s*(-?\d+(?:\.\d+)?)\s*"
_RANGES: Final[Mapping[str, Callable[..., tuple[float, float]]]] = {
    rf"{_NUMBER}[至到~～-]{_NUMBER}": lambda low, high: (float(low), float(high)),
    rf"不小于{_NUMBER}": lambda low: (float(low), math.inf),
    rf"不大于{_NUMBER}": lambda high: (-math.inf, float(high)),
}


def type_name(value: object) -> str:
    """Name of a value's type; ``None`` for None.

    >>> [type_name(value) for value in (None, 1, "甲")]
    ['None', 'int', 'str']
    """
    return "None" if value is None else type(value).__name__


def kind_of_default(default: ast.expr) -> ast.expr | None:
    """The type of a parameter without annotation: that of its default; None (anything) where that says nothing."""
    try:
        value = ast.literal_eval(default)
    except (ValueError, TypeError):  # TypeError: a key of a dict that can be none
        return None
    return ast.Name(id=type_name(value)) if value is not None and type_name(value) in KINDS else None


def kind_of(annotation: ast.expr, whose: str) -> ast.expr:
    """The type that an annotation gives, also one in quotes.

    Raises:
        CallError: it is no type, or its range is not understood.
    """
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        words = annotation.value
        try:
            annotation = ast.parse(words, mode="eval").body
        except SyntaxError as error:
            raise CallError(f"{whose}：类型“{words}”读不懂。说明文字请写成 # 注释。") from error
    for node in ast.walk(annotation):
        for words in _limits(node):
            if range_of(words) is None and re.search(r"\d", words):  # without a number it is a remark
                raise CallError(f"{whose}：范围“{words}”读不懂。可写作“1 至 30”、“不小于 0”或“不大于 100”。")
    return annotation


def _limits(kind: ast.AST | None) -> Iterator[str]:
    """The words for a range in ``Annotated[int, "1 至 30"]``."""
    match kind:
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[_, *notes])):
            yield from (note.value for note in notes if isinstance(note, ast.Constant) and isinstance(note.value, str))


def range_of(words: str) -> tuple[float, float] | None:
    """The least and the greatest number of a range in words; None where they are none.

    >>> range_of("1 至 30"), range_of("不小于 0"), range_of("多少")
    ((1.0, 30.0), (0.0, inf), None)
    """
    for pattern, limits in _RANGES.items():
        if found := re.fullmatch(pattern, words):
            return limits(*found.groups())
    return None


def fits(value: object, kind: ast.expr | None) -> bool:
    """Whether a value is of a type and in its range; a type that is not understood admits every plain value."""
    if isinstance(value, float) and not math.isfinite(value):
        return False
    match kind:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return fits(value, left) or fits(value, right)
        case ast.Constant(value=None):
            return value is None
        case ast.Name(id="float"):
            return type(value) in (int, float)
        case ast.Name(id="str" | "int" | "bool" | "list" | "dict" as expected):
            return type_name(value) == expected and _is_plain(value)
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[inner, *_])):
            return fits(value, inner) and all(_in(value, words) for words in _limits(kind))
        case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
            return value is None or fits(value, inner)
        case ast.Subscript(value=ast.Name(id="Literal"), slice=choices):
            return any(type(value) is type(option) and value == option for option in _options(choices))
        case ast.Subscript(value=ast.Name(id="list"), slice=inner):
            return isinstance(value, list) and all(fits(item, inner) for item in value)
        case ast.Subscript(value=ast.Name(id="dict"), slice=ast.Tuple(elts=[key, item])):
            return isinstance(value, dict) and all(fits(k, key) and fits(v, item) for k, v in value.items())
    return _is_plain(value)


def _in(value: object, words: str) -> bool:
    low, high = range_of(words) or (-math.inf, math.inf)
    return type(value) not in (int, float) or low <= value <= high  # type: ignore[operator]


def _options(choices: ast.expr) -> tuple[object, ...]:
    allowed = ast.literal_eval(choices)
    return allowed if isinstance(allowed, tuple) else (allowed,)


def _is_plain(value: object) -> bool:
    """Whether papermill writes the value as what it is, and not as the text of its repr."""
    if isinstance(value, list):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(type(key) is str and _is_plain(item) for key, item in value.items())
    return value is None or type(value) in (str, int, bool) or (type(value) is float and math.isfinite(value))


def from_cell(text: str, kind: ast.expr | None) -> object:
    """What a cell of a table says: a table has no types, so the parameter's own decides.

    Text stays as it is, whatever it looks like: a school's code, a date. Anything else is read as Python writes it, and
    is text where that is not possible, which the check of the call then refuses.

    >>> [from_cell(text, ast.Name(id="str")) for text in ("0211", "2020-09-01", "True")]
    ['0211', '2020-09-01', 'True']
    >>> from_cell("3", ast.Name(id="int")), from_cell("TRUE", ast.Name(id="bool")), from_cell("0211", None)
    (3, True, '0211')
    """
    read = [(_as(text, each), each) for each in _alternatives(kind)]
    return next((value for value, each in read if fits(value, each)), read[0][0])


def _alternatives(kind: ast.expr | None) -> list[ast.expr | None]:
    """The types of a union, text last, since every cell is one."""
    match kind:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            found = [*_alternatives(left), *_alternatives(right)]
        case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
            found = [ast.Constant(value=None), *_alternatives(inner)]
        case _:
            found = [kind]
    return sorted(found, key=lambda each: isinstance(each, ast.Name) and each.id == "str")


def _as(text: str, kind: ast.expr | None) -> object:
    match kind:
        case ast.Name(id="str"):
            return text
        case ast.Name(id="bool"):
            return _BOOLEANS.get(text.casefold(), text)
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[inner, *_])):
            return from_cell(text, inner)
        case ast.Subscript(value=ast.Name(id="Literal"), slice=choices):
            return next((option for option in _options(choices) if str(option) == text), text)
    if text != "0" and text.startswith("0") and text.isdigit():
        return text  # a code, not an octal number
    try:
        return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):  # the last two: brackets without end
        return text


def in_words(kind: ast.expr | None) -> str:
    """A type as a user reads it."""
    match kind:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return f"{in_words(left)}或{in_words(right)}"
        case ast.Constant(value=None):
            return KINDS["None"]
        case ast.Name(id=name) if name in KINDS:
            return KINDS[name]
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[inner, *_])):
            limits = "、".join(_limits(kind))
            return in_words(inner) + (f"（{limits}）" if limits else "")
        case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
            return f"{in_words(inner)}或{KINDS['None']}"
        case ast.Subscript(value=ast.Name(id="Literal"), slice=choices):
            return "以下之一：" + "、".join(map(str, _options(choices)))
        case ast.Subscript(value=ast.Name(id="list" | "dict" as name)):
            return KINDS[name] + f" {ast.unparse(kind)}"
    return "文本、数值、真假值、列表或字典"


def nearest(value: object, kind: ast.expr | None) -> str:
    """The choice that a value was perhaps meant to be; "" where none is near.

    >>> nearest("ful", ast.parse('Literal["pass", "full"]', mode="eval").body)
    'full'
    """
    match kind:
        case ast.Subscript(value=ast.Name(id="Literal"), slice=choices):
            return next(iter(difflib.get_close_matches(str(value), map(str, _options(choices)), n=1)), "")
    return ""
