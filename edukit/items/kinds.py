"""The kinds of conditions. Each takes the evidence and its settings from the scheme and gives an :class:`Outcome`.

Limits are inclusive (``at_least``, ``at_most``) or strict (``below``), and compared as fractions of the decimals
typed, so that a number at its limit is judged as it stands on paper. Which keys a kind takes stands in
:mod:`edukit.schemes.conditions`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from edukit.items import county_numbers, money, opinion, per_school, places, sizes, special_rooms, standing
from edukit.items.evidence import Evidence
from edukit.items.told import Settings
from edukit.outcome import Outcome

KINDS: Mapping[str, Callable[[Evidence, Settings], Outcome]] = {
    "ratio": county_numbers.ratio,
    "rising": county_numbers.rising,
    "value": county_numbers.value,
    "since": county_numbers.since,
    "confirmed": county_numbers.confirmed,
    "forbidden": county_numbers.forbidden,
    "monitored": county_numbers.monitored,
    "finding": county_numbers.finding,
    "each_school": per_school.each_school,
    "pooled": per_school.pooled,
    "flags": per_school.flags,
    "school_share": per_school.school_share,
    "school_count": per_school.school_count,
    "rooms": special_rooms.rooms,
    "class_sizes": sizes.class_sizes,
    "small_classes": sizes.small_classes,
    "fewer": sizes.fewer,
    "seats": places.seats,
    "urban_rural": places.urban_rural,
    "place_ratio": standing.place_ratio,
    "each_unit": standing.each_unit,
    "units_met": standing.units_met,
    "large_schools": standing.large_schools,
    "norms": money.norms,
    "small_school_funds": money.small_school_funds,
    "growths": money.growths,
    "never_falls": money.never_falls,
    "survey": opinion.survey,
}
"""Kind -> its function."""
