"""Special rooms: how many each school needs by its classes, and from which area on a room counts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from edukit import formats
from edukit.dictionary import STAGES, STAGES_OF_TYPE
from edukit.exact import fraction
from edukit.items.evidence import Evidence
from edukit.items.told import Settings, of_each
from edukit.items.when import fields, first_that_matches, unknown_fields
from edukit.outcome import Outcome

Areas = Mapping[str, float]
"""Kind of room -> smallest area in ㎡."""


def rooms(evidence: Evidence, settings: Settings) -> Outcome:
    """Special rooms: of each kind at least ceil(classes ÷ per_classes), each counted only from its area on.

    ``relaxed`` lists rules with other ``areas`` for the schools that their ``when`` describes, the first that matches
    (see :mod:`edukit.items.when`); an area may differ by stage, a school of two stages then needs the larger. A school
    of which it is not known whether a rule is for it is judged where all areas that may hold agree, and open otherwise.
    """
    per = settings["per_classes"]
    failing, unknown, asked = [], [], 0
    listed = _listed(evidence)
    relaxed = settings.get("relaxed", ())
    schools = evidence.looked_up(["school_name", "school_type", "pupils_{stage}", "classes_{stage}", *fields(relaxed)])
    for row in evidence.units["row"].unique():
        school = schools[row]
        # A stage whose pupils are unknown still needs its classes: only a known 0 takes it out.
        own_stages = STAGES_OF_TYPE[school["school_type"]]
        taught = [s for s in STAGES if s in own_stages and school[f"pupils_{s}"] != 0]
        classes = sum(float(school[f"classes_{stage}"]) for stage in taught)
        label = str(school["school_name"])
        asked += 1
        own = listed.get(label, [])
        if math.isnan(classes) or not own or any(math.isnan(area) for _, area in own):
            unknown.append(label)
            continue
        needed = math.ceil(fraction(classes) / fraction(per))
        rules, base_too = first_that_matches(school, relaxed)
        possible = [_areas({**settings["areas"], **rule["areas"]}, taught) for rule in rules]
        possible += [_areas(settings["areas"], taught)] if base_too else []
        short = [_short(own, areas, needed) for areas in possible]
        if all(short):
            # Where several areas may hold, even the mildest is missed; that is the one to tell.
            failing += [f"{label}{text}" for text in min(short, key=len)]
        elif any(short):
            blank = dict.fromkeys(name for rule in rules for name in unknown_fields(school, rule["when"]))
            unknown.append(f"{label}（缺{'、'.join(blank)}）")
    return of_each(settings, failing, unknown, asked)


def _areas(areas: Mapping[str, Any], taught: Sequence[str]) -> Areas:
    return {
        kind: max(area[stage] for stage in taught) if isinstance(area, Mapping) else area
        for kind, area in areas.items()
    }


def _listed(evidence: Evidence) -> dict[str, list[tuple[str, float]]]:
    """Kind and area of the rooms on the list, by the name of their school."""
    listed: dict[str, list[tuple[str, float]]] = {}
    if len(evidence.rooms):
        columns = (evidence.rooms[name] for name in ("school_name", "room_kind", "room_area"))
        for school, kind, area in zip(*columns, strict=True):
            listed.setdefault(school, []).append((kind, float(area)))
    return listed


def _short(own: Sequence[tuple[str, float]], areas: Areas, needed: int) -> list[str]:
    """What a school lacks, a text for each kind of room."""
    have = {kind: sum(own_kind == kind and size >= area for own_kind, size in own) for kind, area in areas.items()}
    return [
        f"{kind}专用教室达标{have[kind]}间（应有{needed}间，每间不小于{formats.plain(area)}㎡）"
        for kind, area in areas.items()
        if have[kind] < needed
    ]
