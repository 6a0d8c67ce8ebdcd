"""Files that people write beside their data: schemes, unit costs, scenarios. Whatever stands in them, it is read or
refused with one message; nothing grows, hangs or ends in a traceback."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counts import count, times
from edukit.errors import EdukitError
from edukit.plan.costs import load_costs
from edukit.scenario import load_scenario
from edukit.schemes import load_scheme

SCHEMES = Path(__file__).resolve().parent.parent / "edukit" / "schemes"
COSTS = {
    "Q4": 3000,
    "fields": {"teachers": {"kind": "hire", "cost": 90000, "move": 1000, "source": "x"}},
    "limits": {"Q4": 100},
    "closed": [{"school": "甲小学", "indicator": "Q4"}],
    "settings": {"rotation_share": 0.1, "yearly_share": 0.5},
    "apart": ["民办"],
}
SCENARIO = {
    "name": "试",
    "changes": [
        {"kind": "hire", "school": "甲小学", "field": "小学专任教师数", "amount": 3},
        {"kind": "move", "school": "甲小学", "from_school": "乙小学", "field": "teachers_primary", "amount": 1},
        {"kind": "pupils", "school": "甲小学", "stage": "小学", "amount": -20},
        {"kind": "open", "school": "丙小学", "values": {"办学类型": "小学", "小学在校生数": 100}},
    ],
}
POLICY = {"extends": "quality-2017", "id": "x", "name": "某办法"}


def _costs(path: Path) -> object:
    return load_costs(load_scheme("quality-2017"), path)


def _scheme(path: Path) -> object:
    return load_scheme(str(path))


READERS: dict[str, tuple[Callable[[Path], object], list[dict[str, Any]]]] = {
    "costs": (_costs, [COSTS]),
    "scenario": (load_scenario, [SCENARIO]),
    "scheme": (
        _scheme,
        [{**yaml.safe_load(path.read_text(encoding="utf-8")), **POLICY} for path in sorted(SCHEMES.glob("*.yaml"))],
    ),
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.dates()
    | st.sampled_from(["primary", "Q4", "teachers", "小学", 10**400, -1, 1e308]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.integers(), inner, max_size=3),
    max_leaves=4,
)  # fmt: skip


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a structure."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(place for key, value in entries for place in places(value, (*path, key)))]


def damaged(data: Any, draw: st.DataObject) -> Any:
    """The structure with one to three places taken out, replaced, or something put beside them."""
    whole = [copy.deepcopy(data)]
    for _ in range(draw.draw(st.integers(1, 3))):
        place = draw.draw(st.sampled_from(places(whole[0])))
        inner: Any = whole
        for key in (0, *place)[:-1]:
            inner = inner[key]
        last, how = (0, *place)[-1], draw.draw(st.sampled_from(["replace", "remove", "beside"]))
        if how == "replace" or inner is whole:
            inner[last] = draw.draw(VALUES)
        elif how == "remove":
            del inner[last]
        elif isinstance(inner, dict):
            inner[draw.draw(st.text(max_size=4) | st.integers())] = draw.draw(VALUES)
        else:
            inner.insert(last, draw.draw(VALUES))
    return whole[0]


@pytest.mark.parametrize("kind", READERS)
@settings(
    max_examples=times(40, 2000), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(draw=st.data())
def test_any_damage_to_what_people_write_is_read_or_refused(tmp_path: Path, kind: str, draw: st.DataObject) -> None:
    read, sound = READERS[kind]
    path = tmp_path / "own.yaml"
    data = damaged(draw.draw(st.sampled_from(sound)), draw)
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    try:
        read(path)
        count(f"{kind} files: read")
    except EdukitError as error:
        assert len(str(error)) < 2000
        count(f"{kind} files: refused")


@pytest.mark.parametrize("kind", READERS)
def test_sound_files_are_read(tmp_path: Path, kind: str) -> None:
    read, sound = READERS[kind]
    path = tmp_path / "own.yaml"
    for data in sound:
        path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        read(path)


LAUGHS = "k0: &a0 [x, x]\n" + "".join(f"k{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (LAUGHS.encode(), "引用"),
        (b"[" * 100_000 + b"]" * 100_000, "层次过深"),
        (b"name: 2020-13-45\n", "日期或数值有误"),
        ("name: 某省办法".encode("gbk"), "UTF-8"),
        (b"\xef\xbb\xbf{", "own.yaml"),
        (b"a: b: c\n", "第 1 行"),
        (b"\0", "own.yaml"),
        (b"", "own.yaml"),
        (b"? [a]\n: 1\n", "own.yaml"),
        (b"!!python/object/apply:os.system [x]\n", "own.yaml"),
    ],
    ids=range(10),
)
def test_what_grows_or_is_no_text_is_refused(tmp_path: Path, kind: str, content: bytes, words: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_bytes(content)
    with pytest.raises(EdukitError, match=r"own\.yaml") as refused:
        READERS[kind][0](path)
    assert words in str(refused.value)
    assert len(str(refused.value)) < 2000
