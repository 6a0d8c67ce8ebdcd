"""What a county's name is found by."""

from __future__ import annotations

from functools import cache


@cache
def pinyin(name: str) -> str:
    """A name in pinyin without tones: the initials, and the whole.

    >>> pinyin("新邱区"), pinyin("重庆市"), pinyin("A县")
    ('xqq xinqiuqu', 'cqs chongqingshi', 'ax axian')
    """
    from pypinyin import lazy_pinyin  # its table takes a while to load

    syllables = [syllable.lower() for syllable in lazy_pinyin(name)]
    return f"{''.join(syllable[:1] for syllable in syllables)} {''.join(syllables)}"
