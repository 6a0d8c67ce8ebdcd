"""How a scheme judges a survey: its settings, and the sample that they ask for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any

from edukit import dictionary
from edukit.errors import SchemeError
from edukit.exact import fraction

COUNTED: Mapping[str, str] = {"sent": "发放问卷", "returned": "回收问卷", "valid": "有效问卷"}
"""Which questionnaires a number counts, with the name a reader sees."""
ANSWERS = ("satisfied", "unsatisfied", "unsure")
"""The settings that list the answers of the questionnaire."""
SHARES = ("pass_rate", "sample_share", "parents_share", "valid_share", "confidence")


@dataclass(frozen=True)
class SurveyRule:
    """How a scheme judges a survey; every number comes from the scheme's file.

    Attributes:
        satisfied, unsatisfied, unsure: the answers on the questionnaire, by what they mean.
        count_unsure: whether unsure answers stand in the denominator of the rate.
        pass_rate: lowest share of satisfied answers, 0 to 1.
        sample_share, sample_floor: the sample is this share of the resident population and never fewer than the floor.
        sample_of: which questionnaires the sample is: ``sent``, ``returned`` or ``valid``.
        parents_share: lowest share of parents among the valid questionnaires.
        valid_share, valid_of: lowest share of valid questionnaires among those ``sent`` or ``returned``.
        confidence: level of the interval, e.g. 0.95.
        publish_from: smallest group whose result may be published.
        source: source codes of the scheme.
    """

    satisfied: tuple[str, ...]
    unsatisfied: tuple[str, ...]
    unsure: tuple[str, ...]
    count_unsure: bool
    pass_rate: float
    sample_share: float
    sample_floor: int
    sample_of: str
    parents_share: float
    valid_share: float
    valid_of: str
    confidence: float
    publish_from: int
    source: str = ""

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> SurveyRule:
        """The rule of a mapping in a scheme file, with the attributes' names as keys; only ``source`` may be absent.

        Raises:
            SchemeError: a key is unknown or missing, or its value cannot be.
        """
        known = [field.name for field in fields(cls)]
        for key in settings:
            if key not in known:
                near = get_close_matches(str(key), known, n=1)
                _refuse(f"不认识的键“{key}”" + (f"，是否指 {near[0]}" if near else ""))
        for key in known[:-1]:
            if key not in settings:
                _refuse(f"缺少“{key}”")
        values = dict(settings)
        for key in ANSWERS:
            if not isinstance(values[key], list | tuple) or not all(isinstance(text, str) for text in values[key]):
                _refuse(f"“{key}”应为回答的列表，如 [满意]")
            values[key] = tuple(values[key])
        every = [dictionary.plain(text) for key in ANSWERS for text in values[key]]
        if twice := sorted({text for text in every if every.count(text) > 1}):
            _refuse(f"回答“{twice[0]}”出现两次")
        if not values["satisfied"]:
            _refuse("“satisfied”至少要有一种回答")
        if not isinstance(values["count_unsure"], bool):
            _refuse("“count_unsure”应为 true 或 false")
        for key in SHARES:
            share = values[key]
            if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
                _refuse(f"“{key}”应为 0 到 1 之间的数，实为“{share}”")
        if values["confidence"] in (0, 1):
            _refuse("“confidence”应大于 0、小于 1")
        for key in ("sample_floor", "publish_from"):
            if isinstance(values[key], bool) or not isinstance(values[key], int) or values[key] < 0:
                _refuse(f"“{key}”应为不小于 0 的整数，实为“{values[key]}”")
        for key, choices in (("sample_of", tuple(COUNTED)), ("valid_of", ("sent", "returned"))):
            if values[key] not in choices:
                _refuse(f"“{key}”应为 {'、'.join(choices)} 之一，实为“{values[key]}”")
        return cls(**values)


def _refuse(reason: str) -> None:
    raise SchemeError(f"评估办法的满意度调查规则：{reason}。")


def sample_size(population: float, rule: SurveyRule) -> int:
    """Questionnaires that a survey needs: max(floor, ceil(share x population)), standards 1.5, exact in decimals.

    Args:
        population: residents (常住人口) in persons; the sheet 县级 has them in 万人.
        rule: share and floor.

    Raises:
        ValueError: the population is unknown or negative.
    """
    if math.isnan(population) or population < 0:
        raise ValueError(f"population {population}")
    return max(rule.sample_floor, math.ceil(fraction(rule.sample_share) * fraction(population)))
