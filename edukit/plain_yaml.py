"""YAML that people write: plain values, no reference by which a few lines become gigabytes, no endless nesting."""

from __future__ import annotations

from typing import Any

import yaml

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times faster, where libyaml is there."""
_DEEPEST = 50


def read(text: str) -> Any:
    """The values of a text.

    Raises:
        yaml.YAMLError: it is no YAML, or more than plain values; says what in Chinese where Python would not.
    """
    look_through(text)
    try:
        return yaml.load(text, Loader=LOADER)
    except ValueError as error:  # a date that there is not, a number of thousands of digits
        raise yaml.YAMLError(f"其中的日期或数值有误（{error}）") from error


def look_through(text: str) -> None:
    """Refuse what :func:`read` refuses, without building any of it."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        mark: Any = event.start_mark
        if isinstance(event, yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="用了引用（&、*），请把内容直接写出来", problem_mark=mark)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise yaml.MarkedYAMLError(problem="层次过深", problem_mark=mark)


def told(error: yaml.YAMLError) -> str:
    """What is wrong, with the line where it is known."""
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error)
    return f"第 {mark.line + 1} 行有误：{what}" if mark else what
