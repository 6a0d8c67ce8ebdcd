"""Keep the start of a process short."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_GRAMMAR = "rfc3987_syntax"


@contextmanager
def without_iri_grammar() -> Iterator[None]:
    """Import nbformat inside this block and save one to three seconds per process.

    nbformat imports jsonschema, and jsonschema, where it finds ``rfc3987_syntax`` (JupyterLab brings it along), builds
    that package's grammar of internationalised addresses at import. A notebook's schema has no such address. Inside
    the block the package counts as not installed, which jsonschema allows for.
    """
    if _GRAMMAR in sys.modules:
        yield
        return
    sys.modules[_GRAMMAR] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[_GRAMMAR]
