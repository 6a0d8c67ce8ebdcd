"""An assessment as JSON: the object that ``edukit assess --json`` prints and that lies beside each report."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from edukit.assess import Assessment
from edukit.changes import Change
from edukit.findings import Finding
from edukit.frames import records
from edukit.origin import code_digest
from edukit.schemes import Scheme
from edukit.verdict import Verdict
from edukit.workbook import Workbook

if TYPE_CHECKING:
    from edukit.scenario import WhatIf

Json = dict[str, Any]
BLOCK_KEYS = "name rule verdict n_items n_met n_not_met n_unknown earned_low earned_high limit counts".split()


def assessment(result: Assessment) -> Json:
    """The object that ``assess --json`` prints: floats unrounded, unknown as None."""
    values = result.matrix("value")
    schools = []
    for row in records(result.schools):
        own = values.loc[row["unit"]]
        schools.append(
            {
                "school": row["school"],
                "code": _plain(row["code"]),
                "stage": row["stage"],
                "pupils": _plain(row["pupils"]),
                "values": {id_: _plain(own[id_]) for id_ in result.scheme.ids},
                "n_met": _plain(row["n_met"]),
                "below_floor": list(row["below_floor"]),
                "verdict": _plain(row["verdict"]),
            }
        )
    balance = ["stage", "indicator", "name", "unit", "n_units", "pupils", "mean", "sd", "cv", "cv_limit", "verdict"]
    return {
        **_head(result.code, result.county, result.year, result.scheme),
        "verdict": result.verdict.value,
        "balance": _records(result.balance, balance),
        "composite": _records(result.composite, ["stage", "cv", "limit", "verdict"]),
        "schools": schools,
        "items": _records(result.items, ["id", "block", "name", "value", "limit", "verdict", "evidence"]),
        "excluded": _records(result.excluded, ["school", "stage", "reason"]),
        "findings": [finding.as_dict() for finding in result.findings],
    }


def detailed(result: Assessment, alternatives: pd.DataFrame) -> Json:
    """The same object with more (``--detail``): scope, blocks, options in use, items with marks, both results.

    Args:
        result: the assessment.
        alternatives: see :func:`edukit.alternatives.alternatives`.
    """
    marked = ["id", "block", "name", "value", "limit", "verdict", "evidence", "marks", "earned_low", "earned_high"]
    return {
        **assessment(result),
        "scope": result.scope,
        "blocks": _records(result.blocks, BLOCK_KEYS),
        "options": [{"id": o.id, "name": o.name, "text": o.text, "basis": o.basis or None} for o in result.options],
        "items": [
            {**entry, "failing": list(row["failing"]), "unknown": list(row["unknown"])}
            for entry, row in zip(_records(result.items, marked), records(result.items), strict=True)
        ],
        "alternatives": _records(alternatives, list(alternatives.columns)),
    }


def what_if(changed: WhatIf) -> Json:
    """A county as it is and as it would be (``--scenario``): both assessments, and what is different.

    Returns:
        ``scenario`` (name, changes), ``before`` and ``after`` (see :func:`assessment`), ``changed`` with the lists
        ``verdicts``, ``balance``, ``units`` and ``values``, each only with what is not what it was.
    """
    verdicts, units, cvs = changed.verdicts, changed.units, changed.balance
    moved = cvs[(cvs["cv_change"] != 0) | (cvs["verdict"] != cvs["verdict_before"])]
    lists = {
        "verdicts": verdicts[verdicts["changed"]].drop(columns="changed"),
        "balance": moved,
        "units": units[units["changed"]].drop(columns="changed"),
        "values": changed.values,
    }
    return {
        "scenario": {"name": changed.scenario.name, "changes": [_change(each) for each in changed.scenario.changes]},
        "before": assessment(changed.before),
        "after": assessment(changed.after),
        "changed": {name: _records(frame, list(frame.columns)) for name, frame in lists.items()},
    }


def _change(change: Change) -> Json:
    return {key: dict(value) if key == "values" else value for key, value in vars(change).items() if value != ""}


def traced(document: Json, *, data: str, before: str | None, scheme: str) -> Json:
    """A document with what it was made from, so that two of them can tell why they differ (``edukit diff``).

    Args:
        document: see :func:`assessment`.
        data: digest of the workbook.
        before: digest of the year before's, None where there is none.
        scheme: digest of the scheme with its options in use.

    Returns:
        The same keys and ``made``: data, before, scheme, code.
    """
    return {**document, "made": {"data": data, "before": before, "scheme": scheme, "code": code_digest()}}


def refused(book: Workbook | None, scheme: Scheme, findings: Sequence[Finding]) -> Json:
    """The same object for data with errors: nothing is judged, the findings say why. None: the file is unreadable."""
    head = _head(book.code, book.county, book.year, scheme) if book else _head("", "", 0, scheme)
    return {
        **head,
        "verdict": Verdict.UNDETERMINED.value,
        **{key: [] for key in ("balance", "composite", "schools", "items", "excluded")},
        "findings": [finding.as_dict() for finding in findings],
    }


def _head(code: str, county: str, year: int, scheme: Scheme) -> Json:
    return {"county": {"code": code or None, "name": county or None}, "year": year or None, "scheme": scheme.id}


def as_json(document: Mapping[str, Any]) -> str:
    """JSON text; refuses NaN rather than writing what is no JSON."""
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or value == "":
        return None
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    number = float(value)
    if math.isnan(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**53 and not isinstance(value, float) else number


def _records(frame: pd.DataFrame, columns: list[str]) -> list[Json]:
    return [{key: _plain(row[key]) for key in columns} for row in records(frame)]
