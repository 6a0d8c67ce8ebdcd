"""The only script that a page may run, and the policy that names it by its hash."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

TEMPLATES: Final = Path(__file__).resolve().parent.parent / "templates"


@lru_cache
def script(name: str) -> str:
    """The script of a kind of page (``report``, ``index``): a folder of the templates; comments are left out.

    >>> "sortable" in script("report"), "/*" in script("report")
    (True, False)
    """
    parts = (TEMPLATES / "sorting.js", TEMPLATES / name / "script.js")
    text = "".join(part.read_text(encoding="utf-8") for part in parts)
    return re.sub(r"^ *(/\*.*?\*/)? *\n?", "", text, flags=re.MULTILINE)


@lru_cache
def policy(name: str) -> str:
    """Content security policy of that page: the browser itself refuses any request and any other script.

    >>> policy("report").startswith("default-src 'none'; ")
    True
    """
    digest = base64.b64encode(hashlib.sha256(script(name).encode()).digest()).decode()
    return (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
