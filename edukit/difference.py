"""Two assessments of a county side by side as documents: which numbers changed, and because of what.

A document made with ``edukit assess --json --detail`` or beside a report carries the digests of what it was made from:
data (this year's and the year before's), scheme, code. What has the same digest in both cannot be the cause. Where
several changed, a document in between settles it: the old data judged by the new scheme, say; each step then has its
own causes. A limit is the scheme's, whatever the data are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import pandas as pd

DATA, SCHEME, CODE = "data", "scheme", "code"
CAUSES: Final = {DATA: "数据", SCHEME: "办法", CODE: "程序"}
COLUMNS: Final = ("step", "kind", "stage", "subject", "item", "field", "old", "new", "causes")
_LIMITS = frozenset({"cv_limit", "limit"})
_TABLES: Final = {
    "balance": (("stage", "indicator"), "n_units pupils mean sd cv cv_limit verdict"),
    "composite": (("stage",), "cv limit verdict"),
    "schools": (("stage", "code", "school"), "pupils n_met below_floor verdict"),
    "items": (("id",), "value limit verdict"),
    "excluded": (("school", "stage"), "reason"),
}
_KEYS = frozenset({"county", "year", "scheme", "verdict", "balance", "schools"})


def is_assessment(document: object) -> bool:
    """Whether an object is what ``assess --json`` prints."""
    return isinstance(document, Mapping) and document.keys() >= _KEYS


def differences(documents: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Every number and verdict that changed from one document to the next.

    Args:
        documents: two or more objects of ``assess --json``, oldest first.

    Returns:
        One row per change: step (from 0: between the first two), kind (county, balance, composite, schools, items,
        excluded), stage, subject (school, or ""), item (id of indicator or item, or ""), field, old, new (None where
        unknown, or the row is not there: then ``field`` is ``row``), causes (tuple of data, scheme, code: what can
        have caused it; one name is certain, none means that nothing on record differs).
    """
    rows = [
        (step, *change, _narrowed(possible, change[4]))
        for step, (old, new) in enumerate(pairwise(documents))
        for possible in [causes(old, new)]
        for change in _changes(old, new)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def causes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """What can be the cause of a difference between two documents; all that is not on record can."""
    before, after = old.get("made") or {}, new.get("made") or {}

    def same(*names: str) -> bool:
        return all(name in before and name in after and before[name] == after[name] for name in names)

    found = [] if same("data", "before") else [DATA]
    found += [] if same("scheme") else [SCHEME]
    found += [] if same("code") else [CODE]
    return tuple(found)


def _narrowed(possible: tuple[str, ...], field: str) -> tuple[str, ...]:
    if field in _LIMITS and SCHEME in possible:
        return tuple(cause for cause in possible if cause != DATA)
    return possible


Change = tuple[str, str, str, str, str, Any, Any]


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in ("scheme", "year", "verdict"):
        if old.get(name) != new.get(name):
            yield "county", "", "", "", name, old.get(name), new.get(name)
    for kind, (keys, fields) in _TABLES.items():
        ours, theirs = _by_key(old.get(kind) or (), new.get(kind) or (), keys)
        for key in dict.fromkeys([*theirs, *ours]):
            yield from _row_changes(kind, fields.split(), ours.get(key), theirs.get(key))


Rows = dict[tuple[Any, ...], Mapping[str, Any]]


def _by_key(
    old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]], keys: Sequence[str]
) -> tuple[Rows, Rows]:
    """The rows of both sides by a key: a school by its code where both sides have it, else by its name.

    So a new name is no new school, nor is a code that was filled in.
    """
    codes = {row.get("code") for row in old} & {row.get("code") for row in new} - {None, ""}
    return _numbered(old, keys, codes), _numbered(new, keys, codes)


def _numbered(rows: Sequence[Mapping[str, Any]], keys: Sequence[str], codes: set[Any]) -> Rows:
    found: Rows = {}
    seen: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        coded = row.get("code") in codes
        key = tuple(row.get(name) for name in keys if name != ("school" if coded else "code"))
        found[(*key, seen[key])] = row  # two that cannot be told apart are taken in their order
        seen[key] += 1
    return found


def _row_changes(
    kind: str, fields: Sequence[str], old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> Iterator[Change]:
    row = new if new is not None else old
    assert row is not None
    about = (kind, row.get("stage") or "", row.get("school") or "", row.get("indicator") or row.get("id") or "")
    if old is None or new is None:
        yield *about, "row", None if old is None else "有", None if new is None else "有"
        return
    for name in fields:
        if old.get(name) != new.get(name):
            yield *about, name, old.get(name), new.get(name)
    ours, theirs = old.get("values") or {}, new.get("values") or {}
    for id_ in dict.fromkeys([*theirs, *ours]):
        if ours.get(id_) != theirs.get(id_):
            yield *about[:3], id_, "value", ours.get(id_), theirs.get(id_)
