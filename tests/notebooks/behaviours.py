"""Small notebooks, each of one behaviour of a kernel, to prove that the warm engine shows what the stock one shows.

A notebook is a list of code cells; a cell is its source, or its source with its tags. What a run writes beside the
notebook is part of the behaviour too.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

import nbformat

Cell = str | tuple[str, list[str]]

FINE: dict[str, Sequence[Cell]] = {
    "输出流交错": [
        """
        import sys
        print("甲", end="")
        sys.stderr.write("错一\\n")
        print("乙"); print("丙\\r丁\\b")
        sys.stdout.writelines(["一\\n", "二\\n"])
        """,
        "print(1); print(2, file=sys.__stdout__, flush=True)",
    ],
    "慢的输出": [
        "import sys, time\nprint(1); time.sleep(0.4); print(2, file=sys.stderr); time.sleep(0.4); print(3)",
    ],
    "显示图形": [
        """
        from matplotlib.figure import Figure
        figure = Figure(figsize=(2, 1)); figure.subplots().plot([1, 3, 2])
        display(figure, metadata={"image/png": {"alt": "折线"}, "edukit": {"caption": "图"}})
        """,
        "figure",
        "figure;",
    ],
    "留着未关的图形": [
        "import matplotlib.pyplot as plt\nplt.figure(figsize=(2, 1)); plt.plot([1, 2])",
        "plt.get_fignums(), plt.get_backend()",
        "for i in range(2): plt.figure(figsize=(1, 1)); plt.text(0, 0, str(i))",
        "plt.figure(figsize=(1, 1)); plt.show(); print('后')",
        "figure, axes = plt.subplots(figsize=(1, 1)); axes.bar([1], [2]); figure.patch.set_alpha(0)",
    ],
    "内嵌后端的设置": [
        "%matplotlib inline\n%config InlineBackend.figure_formats = ['retina']",
        "%config InlineBackend.close_figures=False",
        "import matplotlib.pyplot as plt\nplt.figure(figsize=(1, 1)); plt.plot([2, 1]);",
        "plt.gcf().suptitle('x'); plt.show()",
    ],
    "matplotlib 的全部设置": [
        "import matplotlib\nprint(sorted((key, str(value)) for key, value in matplotlib.rcParams.items()))",
        "import matplotlib.pyplot\nprint(sorted((key, str(value)) for key, value in matplotlib.rcParams.items()))",
    ],
    "按编号更新": [
        "handle = display('旧', display_id='a'); display('旁'); display('旧二', display_id='a')",
        "handle.update('新')\nfrom IPython.display import update_display, HTML",
        "update_display(HTML('<b>又新</b>'), display_id='a')",
        "update_display('没有', display_id='b')",
    ],
    "清除输出": [
        """
        from IPython.display import clear_output
        print(1); display(2); clear_output(); print(3)
        """,
        "print(1); display(2); clear_output(wait=True); print(3, flush=True); display(4)",
        "print(1); clear_output(wait=True)",
        "handle = display(1, display_id='x'); clear_output(); display(2, display_id='x')",
        "handle.update(5)",
    ],
    "末行的值": [
        "1 + 1",
        "2;",
        "None",
        "_ + 1, Out, In[1]",
        "x = 3",
        "(lambda: 4)()\n# 注",
        "a = [5]\na",
        "class A: pass\nA()",
    ],
    "丰富的表示": [
        """
        class Rich:
            def _repr_html_(self): return "<b>h</b>"
            def _repr_markdown_(self): return "**m**", {"isolated": True}
            def _repr_png_(self): return b"\\x89PNG\\r\\n\\x1a\\nxx"
        class Bundle:
            def _repr_mimebundle_(self, include=None, exclude=None):
                data = {"text/plain": "p", "application/json": {"a": (1, None), 2: float("inf")}}
                return data, {"edukit": {"k": (1,)}}
        Rich()
        """,
        "Bundle()",
        "display(Rich(), Bundle(), exclude=['text/markdown'])",
        "import pandas as pd\npd.DataFrame({'学校': ['甲', '乙'], '数': [1.5, None]})",
        "from IPython.display import Javascript, Latex, SVG\ndisplay(Javascript('1'), Latex('$x$'), SVG('<svg/>'))",
        "display({'text/plain': 'x', 'x/y': 'z'}, raw=True, metadata={'x/y': {'m': 1}})",
    ],
    "日志": [
        "import logging\nlogging.warning('根')\nlogging.getLogger('x').error('子'); logging.info('不显示')",
        "logging.basicConfig(level=logging.DEBUG, force=True); logging.getLogger('y').info('显示')",
        "print(logging.root.handlers, logging.root.level)",
    ],
    "后台任务": [
        """
        import asyncio
        async def work(n):
            await asyncio.sleep(0.05); print('任务', n); return n
        task = asyncio.create_task(work(1)); print('已建')
        """,
        "print(await task)",
        "print(await asyncio.gather(work(2), work(3)))",
        "import contextvars; v = contextvars.ContextVar('v'); v.set(1);",
        "v.get()",
    ],
    "子进程的输出": [
        "import os, subprocess\nos.system('echo 甲; echo 乙 >&2');",
        "subprocess.run(['sh', '-c', 'printf 丙'], check=True);",
        "os.write(1, b'fd\\n'); print(subprocess.check_output(['echo', '丁'], text=True))",
        "!echo 感叹 $HOME_OF_NONE\nx = !echo 取回\nx",
        "%%bash\necho 段落; echo 错 >&2",
        "!exit 3\n_exit_code",
        "!!echo 双",
    ],
    "线程中的输出": [
        """
        import threading
        def say(): print('线程'); display('线程的显示')
        thread = threading.Thread(target=say); thread.start(); thread.join(); print('主')
        """,
        """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(1) as pool: list(pool.map(print, range(3)))
        """,
        "def fail(): raise ValueError('线程错')\nt = threading.Thread(target=fail, name='t'); t.start(); t.join()",
    ],
    "很长的输出": ["print('数' * (10 * 2**20 // 3))", "for i in range(20000): print(i)", "'x' * 10**6"],
    "get_ipython": [
        "ip = get_ipython()\nprint(type(ip), sorted(ip.config), ip.execution_count, ip.user_ns is globals())",
        "print(ip.history_manager.hist_file, ip.events.callbacks, ip.display_formatter.active_types, ip.loop_runner)",
        "ip.run_cell('print(1); 2'); ip.ex('z = 3'); ip.ev('z')",
        "ip.set_next_input('下一格'); ip.run_line_magic('pwd', '').endswith(ip.ev('__import__(\"os\").getcwd()'))",
        "ip.events.register('post_run_cell', lambda result: print('钩子', result.result)); 5",
        "6",
    ],
    "名字与模块": [
        "import sys, __main__\nprint(__name__, vars(__main__) is globals(), '__file__' in globals())",
        "print(sys.argv[0], sys.argv[1], len(sys.argv), sys.argv[3:], sys.path, sys.flags, sys.executable)",
        "import os; print(os.path.basename(os.getcwd()), os.listdir())",
        "import made; print(made.y, made.__file__ == os.path.abspath('made.py'))",
        "import inspect\ndef f():\n    return 1\nprint(inspect.getsource(f), f.__module__)",
        "import getpass, builtins; print(input is builtins.input, sys.stdin.read(), sys.stdout.isatty())",
        "import signal as s; print([s.getsignal(n) for n in (s.SIGINT, s.SIGTERM, s.SIGCHLD, s.SIGPIPE)])",
        "print(sys.excepthook, type(sys.displayhook), sys.stdout.encoding, sys.stdout.name, sys.stdout.writable())",
        "import gc, locale; print(gc.isenabled(), gc.garbage, locale.getlocale(), sys.getrecursionlimit())",
        "import time; print(time.tzname, os.nice(0), os.umask(0o22))",
    ],
    "环境变量": [
        "import os\nfor name in sorted(os.environ):\n    if name != 'IPYTHONDIR': print(name, os.environ[name])",
    ],
    "其他进程中的函数": [
        """
        import pickle
        from dataclasses import dataclass
        @dataclass
        class Point: x: int
        def double(p): return Point(2 * p.x)
        pickle.loads(pickle.dumps(Point(1))), pickle.loads(pickle.dumps(double))(Point(2))
        """,
        """
        import multiprocessing
        with multiprocessing.get_context('fork').Pool(2) as pool: print(pool.map(double, [Point(1), Point(5)]))
        """,
        """
        def speak(): print('子进程说', flush=True)
        process = multiprocessing.get_context('fork').Process(target=speak)
        process.start(); process.join(); import time; time.sleep(0.5); process.exitcode
        """,
        "import os\nif pid := os.fork(): print(os.waitpid(pid, 0)[1])\nelse: os._exit(0)",
    ],
    "小部件的消息": [
        """
        import comm
        state = {'_model_name': 'IntSliderModel', '_model_module': '@jupyter-widgets/controls', 'value': 3}
        c = comm.create_comm(target_name='jupyter.widget', comm_id='c1', data={'state': state, 'buffer_paths': []})
        c.send({'method': 'update', 'state': {'value': 4}, 'buffer_paths': []})
        display({'application/vnd.jupyter.widget-view+json': {'model_id': 'c1'}, 'text/plain': 'IntSlider()'}, raw=True)
        """,
        "c.close(); print('关')",
    ],
    "输出小部件": [
        """
        import comm
        state = {'_model_name': 'OutputModel', '_model_module': '@jupyter-widgets/output', 'outputs': [], 'msg_id': ''}
        got = []
        c = comm.create_comm(target_name='jupyter.widget', comm_id='o1', data={'state': state, 'buffer_paths': []})
        c.on_msg(lambda message: got.append(message['content']['data']['state']))
        here = get_ipython().get_parent()['header']['msg_id']
        c.send({'method': 'update', 'state': {'msg_id': here}, 'buffer_paths': []})
        print('进小部件'); display('也进')
        c.send({'method': 'update', 'state': {'msg_id': ''}, 'buffer_paths': []})
        print('出来')
        """,
        "print('传回', len(got), [len(one['outputs']) for one in got])",
    ],
    "写相对路径的文件": ["open('written.txt', 'w').write('写在笔记本旁')", "print(open('written.txt').read())"],
    "跳过与其他标签": [
        ("print('不跳过')", ["skip"]),
        ("print('跳过')", ["skip-execution"]),
        ("", []),
        ("  \n", []),
        "print('计数')\n1",
    ],
    "随机数与种子": [
        "import random, numpy as np\nrandom.seed(1); np.random.seed(1); print(random.random(), np.random.rand())",
        "print(np.random.default_rng(3).integers(9, size=5), hash('次序'), {'乙', '甲', '丙'})",
    ],
    "结尾的 exit": ["print(1)", "exit()"],
}
"""Notebooks that run to their end."""

FAILING: dict[str, Sequence[Cell]] = {
    "表示中的错误": [
        (
            "class Bad:\n    def _repr_html_(self): raise ValueError('坏')\nBad()",
            ["raises-exception"],
        ),
        ("display(Bad()); print('后')", ["raises-exception"]),
    ],
    "容许的错误": [
        ("def f(x):\n    return g(x)\ndef g(x):\n    return 1 / x\nprint('前')\nf(0)", ["raises-exception"]),
        (
            "try:\n    f(0)\nexcept ZeroDivisionError as error:\n    raise ValueError('外层') from error",
            ["raises-exception"],
        ),
        ("for:", ["raises-exception"]),
        ("assert {'长': '文' * 50} == {}, '断言'", ["raises-exception"]),
        ("raise KeyboardInterrupt", ["raises-exception"]),
        ("import pandas as pd\npd.DataFrame({'a': [1]})['b']", ["raises-exception"]),
        ("%nosuchmagic", ["raises-exception"]),
        ("raise ExceptionGroup('组', [ValueError(1), KeyError('k')])", ["raises-exception"]),
        "print('接着运行')",
    ],
    "警告": [
        "import warnings\nwarnings.warn('小心')\nwarnings.warn('旧', DeprecationWarning)",
        "def f(): warnings.warn('同一处', UserWarning, stacklevel=2)\nfor _ in range(3): f()",
        "warnings.simplefilter('error')",
        ("warnings.warn('成错')", ["raises-exception"]),
        "import numpy as np\nwarnings.simplefilter('default'); np.array([1.0]) / 0",
    ],
    "顶层的 await": [
        "import asyncio\nawait asyncio.sleep(0.01)\nprint('醒')\nawait asyncio.sleep(0, 'x')",
        "async def numbers():\n    for i in range(3): await asyncio.sleep(0); yield i\n[i async for i in numbers()]",
        ("async with asyncio.timeout(0.01): await asyncio.sleep(9)", ["raises-exception"]),
        ("asyncio.run(asyncio.sleep(0))", ["raises-exception"]),
        "loop = asyncio.get_running_loop(); type(loop).__name__",
    ],
    "魔法命令": [
        "%%capture kept\nprint('藏'); display(1)",
        "print(kept.stdout, len(kept.outputs))",
        "%who\n%whos str",
        "%env NEW_NAME=1\nimport os\nprint(os.environ['NEW_NAME'])",
        "%%writefile made.txt\n内容",
        "%pwd\n%ls",
        "%precision 3\n1 / 3",
        "%lsmagic\n%alias_magic t time",
        "%%html\n<b>x</b>",
        "%history",
        "len?",
        "%pinfo2 len",
        "%xmode Plain",
        ("1 / 0", ["raises-exception"]),
        "%run -i made.py\ny",
        "%load_ext autoreload\n%autoreload 2\nimport made\nmade.y",
    ],
    "单元格出错": [
        "print('运行到这里')",
        "def f(表):\n    return 表['初中']\nprint('同格')\nf({})",
        "print('不应运行')",
    ],
    "语法错误": ["print(1)", "x = = 1"],
    "输出不合格式": ["print('前')", "display({'text/plain': 'x', 'x/y': [1]}, raw=True)", "3"],
    "要求输入": ["input('县：')"],
    "要求密码": ["print('前')\nimport getpass; getpass.getpass()"],
    "sys.exit": ["import sys\nprint(1)\nsys.exit()", "2"],
    "sys.exit 带话": ["import sys", "sys.exit('数据有误')"],
    "raise SystemExit": ["raise SystemExit(3)"],
    "exit 后接着运行": ["exit()", "print(1)", "import time; time.sleep(0.5); print(2)", "print(3)"],
    "os._exit": [
        "print('前'); display(1); import os, time",
        "print('同格', flush=True); time.sleep(0.3); os._exit(0)",
        "3",
    ],
    "被杀": [
        "print('前')",
        "display('同格'); import os, signal, time; time.sleep(0.3); os.kill(os.getpid(), signal.SIGKILL)",
        "3",
    ],
    "段错误": ["import ctypes, time; print('同格', flush=True); time.sleep(0.3); ctypes.string_at(0)"],
    "没完没了": ["print('前')", "print('同格', flush=True)\nwhile True: pass", "3"],
    "等不到头": ["import asyncio", "print('同格'); await asyncio.sleep(99)"],
    "更新后被杀": [
        "handle = display('旧', display_id='a'); print('话')",
        "handle.update('新'); from IPython.display import clear_output\nprint(0); clear_output(); print(1, flush=True)",
        "print('末', flush=True); import os, time; time.sleep(0.3); os._exit(1)",
    ],
}
"""Notebooks that fail: no error is tolerated in a report, not even one that a cell is tagged to raise, though the cells
after it run. ``没完没了`` and ``等不到头`` need a short time limit."""


def write(folder: Path, cells: Sequence[Cell]) -> Path:
    """Write a notebook with these code cells, and what lies beside it."""
    made = []
    for cell in cells:
        source, tags = (cell, []) if isinstance(cell, str) else cell
        made.append(nbformat.v4.new_code_cell(dedent(source).strip("\n"), metadata={"tags": tags} if tags else {}))
    made.insert(1, nbformat.v4.new_markdown_cell("说明", metadata={"tags": ["guide"]}))
    made.insert(1, nbformat.v4.new_raw_cell("原样"))
    folder.mkdir()
    (folder / "made.py").write_text("y = 7\n", encoding="utf-8")
    path = folder / "n.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)
    return path
