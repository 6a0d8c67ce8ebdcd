"""A condition in words, so that a scheme can be read by who does not read its file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from edukit import formats
from edukit.dictionary import STAGES, load
from edukit.schemes import Condition, Item

Settings = Mapping[str, Any]
OTHER_STAGES = {**STAGES, "senior": "高中"}


def describe(condition: Condition, item: Item) -> str:
    """What a condition asks for, in one clause.

    >>> from edukit.schemes import load_scheme
    >>> own = next(item for item in load_scheme("quality-2017").items if item.id == "Gov11")
    >>> describe(own.conditions[0], own)
    '交流轮岗教师比例＝实际交流轮岗教师数÷符合交流条件教师数，不低于10%'
    """
    settings = {"name": item.short, **condition.settings}
    return WORDS[condition.kind](settings)


def _headers(names: Sequence[str]) -> str:
    """Official headers; both stages of a field are named once, without the stage."""
    found = []
    for name in names:
        if "{stage}" in name:
            text = load().field(name.replace("{stage}", "primary")).header
            found.append(text.removeprefix(STAGES["primary"]).replace(STAGES["primary"], ""))
        else:
            found.append(load().field(name).header)
    return "＋".join(found)


def _number(value: Any, settings: Settings) -> str:
    shown = (
        [f"{OTHER_STAGES.get(key, key)}{_number(number, settings)}" for key, number in value.items()]
        if isinstance(value, Mapping)
        else []
    )
    if shown:
        return "、".join(shown)
    if settings.get("percent"):
        return f"{formats.plain(value * 100)}%"
    return f"{formats.plain(value)}{settings.get('unit', '')}"


def _limit(settings: Settings) -> str:
    for key, word in (("at_least", "不低于"), ("at_most", "不超过"), ("below", "低于")):
        if key in settings:
            return f"{word}{_number(settings[key], settings)}"
    return ""


def _fraction(settings: Settings) -> str:
    over, under = _headers(settings["numerator"]), _headers(settings.get("denominator", ()))
    over += "".join(f"－{_headers([name])}" for name in settings.get("numerator_minus", ()))
    under += "".join(f"－{_headers([name])}" for name in settings.get("denominator_minus", ()))
    return f"{_bracketed(over)}÷{_bracketed(under)}" if under else over


def _bracketed(text: str) -> str:
    return f"（{text}）" if "＋" in text or "－" in text else text


def _ratio(settings: Settings) -> str:
    return f"{settings['name']}＝{_fraction(settings)}，{_limit(settings)}"


def _share(settings: Settings) -> str:
    return _limit({**settings, "percent": True})


def _classes(settings: Settings) -> str:
    what = f"超过{_number(settings['limits'], {'unit': '人'})}的班"
    most = settings.get("share_at_most")
    return f"没有{what}" if most is None else f"{what}不超过全部班数的{formats.plain(most * 100)}%"


def _rooms(settings: Settings) -> str:
    areas = "、".join(f"{kind}{_number(area, {'unit': '㎡'})}" for kind, area in settings["areas"].items())
    more = "；部分学校的面积另有放宽" if settings.get("relaxed") else ""
    return f"每{settings['per_classes']}个班各类专用教室不少于1间，每间不小于{areas}{more}"


def _survey(settings: Settings) -> str:
    unsure = "计入" if settings["count_unsure"] else "不计入"
    valid = formats.plain(settings["valid_share"] * 100)
    return (
        f"满意率不低于{formats.plain(settings['pass_rate'] * 100)}%；算满意的回答为{'、'.join(settings['satisfied'])}，"
        f"不了解一类的回答{unsure}分母；样本量为常住人口的{formats.plain(settings['sample_share'] * 1000)}‰且不少于"
        f"{settings['sample_floor']}份，家长不少于{formats.plain(settings['parents_share'] * 100)}%，"
        f"有效问卷不少于{valid}%；不足{settings['publish_from']}份的群体不单独公布"
    )


def _fewer(settings: Settings) -> str:
    what = {"classes": "超过规定班额的班", "schools": "超过规定规模的学校", "units": "未达标的学段单位"}[
        settings["what"]
    ]
    way = "净减少" if settings.get("net") else "当年消除"
    limits = f"（{_number(settings['limits'], {'unit': '人'})}）" if "limits" in settings else ""
    return f"上年{what}{limits}{way}的比例{_share(settings)}"


def _seats(settings: Settings) -> str:
    return f"每千名城镇常住人口学位数不低于{_number(settings['norms'], {'unit': '座'})}"


def _small_funds(settings: Settings) -> str:
    return f"不足{settings['counted_as']}人的村小学和教学点按{settings['counted_as']}人核定公用经费"


def _places(settings: Settings) -> str:
    return f"乡村与城镇之比，{_limit(settings)}"


WORDS: Mapping[str, Callable[[Settings], str]] = {
    "ratio": _ratio,
    "value": lambda s: f"{s['name']}{_limit(s)}",
    "finding": lambda s: f"{s['name']}：凭“核查结论”表的结论和佐证材料",
    "each_school": lambda s: f"每所学校{_ratio(s)}",
    "each_unit": lambda s: f"每个学段单位的{s['indicator']}{_limit(s)}",
    "pooled": lambda s: f"全县合计{_ratio(s)}",
    "flags": lambda s: f"每所学校“{_headers([s['field']])}”为是",
    "rooms": _rooms,
    "monitored": lambda s: f"各监测学科达到{s['level']}以上，且校际差异率低于{formats.plain(s['below'])}",
    "forbidden": lambda s: f"没有发生：{'、'.join(_headers([name]).removeprefix('是否') for name in s['fields'])}",
    "since": lambda s: f"{_headers([s['field']])}至今满{s['years']}年",
    "confirmed": lambda s: f"“{'”“'.join(_headers([name]) for name in s['fields'])}”为是",
    "survey": _survey,
    "class_sizes": _classes,
    "small_school_funds": _small_funds,
    "norms": lambda s: "各项生均公用经费标准不低于省定标准（县级表没有填的，按全国基准定额）",
    "growths": lambda s: f"连续{s['years']}年三个增长",
    "never_falls": lambda s: f"连续{s['years']}年两个只增不减",
    "seats": _seats,
    "fewer": _fewer,
    "rising": lambda s: f"{s['name']}＝{_fraction(s)}，{'高于' if s.get('strict') else '不低于'}上年",
    "school_share": lambda s: f"“{_headers([s['field']])}”为是的学校所占比例{_share(s)}",
    "units_met": lambda s: f"达标的学段单位所占比例{_share(s)}",
    "small_classes": lambda s: f"不超过{_number(s['limits'], {'unit': '人'})}的班所占比例{_share(s)}",
    "urban_rural": lambda s: f"{'、'.join(s['indicators'])}的城乡加权平均值，低者与高者之比的平均{_limit(s)}",
    "place_ratio": _places,
    "large_schools": lambda s: "没有超过规定规模的学校",
    "school_count": lambda s: f"学校数不超过：{_number(s['types'], {'unit': '所'})}，共{s['total']}所",
}
"""How each kind of condition is said; the kinds are those of :data:`edukit.items.kinds.KINDS`."""
