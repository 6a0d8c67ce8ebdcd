"""What the template has got since the version that a workbook was filled in."""

from __future__ import annotations

from collections.abc import Iterator

from edukit import dictionary
from edukit.findings import Finding, Severity
from edukit.workbook import Workbook
from edukit.workbook.edition import told


def edition(book: Workbook) -> Iterator[Finding]:
    """An older template lacks columns that are not wrong to leave out; a newer one may have some that are not read."""
    made, spec = book.edition, dictionary.load()
    if made is None:
        return
    now, version = f"第{spec.version}版", made.version or 0
    if version > spec.version:
        yield Finding(
            Severity.WARNING,
            "newer-template",
            made.where,
            "工作簿是用更新版本的模板填写的，其中新增的内容本程序不会读取",
            f"不高于{now}",
            f"第{version}版",
            "升级 edukit 后再用",
        )
        return
    given = frozenset[str]().union(*(sheet.present for sheet in book.sheets.values()))
    since = max(version, 1)
    lacking = tuple(field for field in spec.added(after=since) if field.name not in given)
    if version < spec.version and lacking:
        yield Finding(
            Severity.INFO,
            "older-template",
            made.where,
            f"工作簿是用较早版本的模板填写的，可以照常使用。此后模板新增：{told(spec, lacking, since)}",
            now,
            f"第{version}版" if version else "没有版本标记，早于有标记的版本",
            "不需要这些内容的不必改；需要的，用 edukit template 生成新模板，"
            "填写要求见其“填写说明”第三、第七部分和各列表头的批注",
        )
