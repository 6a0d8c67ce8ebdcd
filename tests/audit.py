"""Known vulnerabilities of the locked dependencies, as far as a database of them can be reached (``make audit``).

Exit 0: looked at, none known. 1: some are known. 2: no database answered, so that nothing is known either way.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"
SERVICES = ("pypi", "osv")


def verdict(answer: str) -> tuple[int, str]:
    """Exit code and one line from what pip-audit printed as JSON; a package that was skipped was not looked at."""
    try:
        listed = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return 2, "漏洞库没有答复"
    looked = [entry for entry in listed if "skip_reason" not in entry]
    bad = [f"{e['name']} {e['version']}：{'、'.join(v['id'] for v in e['vulns'])}" for e in looked if e["vulns"]]
    if bad:
        return 1, f"{len(bad)} 个软件包有已知漏洞：{'；'.join(bad)}"
    if len(looked) < len(listed) or not looked:
        return 2, f"漏洞库只答复了 {len(looked)} 个软件包，共 {len(listed)} 个"
    return 0, f"{len(looked)} 个软件包均无已知漏洞"


def main() -> int:
    """Ask one service after the other until one answers for every package."""
    for service in SERVICES:
        command = [sys.executable, "-m", "uv", *"tool run -q pip-audit --disable-pip --require-hashes -f json".split()]
        done = subprocess.run([*command, "-s", service, "-r", str(LOCK)], capture_output=True, text=True)
        code, line = verdict(done.stdout)
        print(f"{service}：{line}")
        if code < 2:
            return code
    print("未能核查：请在能访问漏洞库的机器上运行 make audit。这不表示没有漏洞。")
    return 2


if __name__ == "__main__":
    raise SystemExit(main())
