"""Which notebooks the warm engine leaves to the stock one, because it could not show what a stock kernel shows.

Told from the source, before anything runs. Whoever hides such a use from the eye (``getattr`` of a composed name) gets
what the warm process has to show.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from edukit.run.warm_wire import READ_AT_START

if TYPE_CHECKING:
    from nbformat import NotebookNode

_UNFIT: Final = (
    (r"%\s*(?:connect_info|qtconsole|subshell)\b|get_connection_(?:file|info)\b|connect_qtconsole\b", "要连接到内核"),
    (r"\b(?:IPKernelApp|kernelapp|kernelbase|shell_channel_thread|control_thread)\b|\.kernel\b", "要用内核本身"),
    (r"loop\W{1,4}stop\(", "要停止事件循环"),
    (r"%\s*gui\b|%\s*matplotlib\s+(?!inline\b|agg\b)\S", "要用图形界面"),
    (r"%%?\s*debug\b|%\s*pdb\b|\bset_trace\(|\bbreakpoint\(", "要用调试器"),
    (r"\bsys\.modules\b|\bgc\.(?:get_\w+|freeze|callbacks)\b", "要看已载入的模块或对象"),
    (r"\bthreading\.(?:enumerate|active_count)\b|\basyncio\.all_tasks\b", "要看进程中的线程或任务"),
    (r"\bos\.(?:getsid|getpgrp|getpgid|getppid|setsid|setpgid|setpgrp|killpg)\b", "要看或改进程之间的关系"),
    (r"\binspect\.(?:stack|currentframe)\b|\b_getframe\b|\b(?:print|extract|format|walk)_stack\b", "要看调用栈"),
    (r"\bresource\.(?:getrlimit|setrlimit|prlimit|getrusage)\b|\btracemalloc\b", "要看或改进程的资源限额"),
    (r"\b(?:MPLBACKEND|(?:" + "|".join(READ_AT_START[:1] + READ_AT_START[4:]) + r")\w*)\b", "要改库载入时才读的设置"),
)
"""A pattern of source and what a notebook wants that has it."""


def unfit(notebook: NotebookNode) -> str | None:
    r"""Why a notebook must run in a stock kernel, or None where the warm engine is as good.

    >>> from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
    >>> unfit(new_notebook(cells=[new_markdown_cell("%gui qt"), new_code_cell("%matplotlib inline")]))
    >>> unfit(new_notebook(cells=[new_code_cell("1"), new_code_cell("x = 1\n%matplotlib qt")]))
    '第 2 个单元格要用图形界面（%matplotlib q）'
    """
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code":
            for pattern, wants in _UNFIT:
                if found := re.search(pattern, cell.source):
                    return f"第 {number} 个单元格{wants}（{found[0]}）"
    return None
