"""What edukit brings along: under which licences, and that a published page can fetch nothing."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

import audit
from docs import licences
from edukit.index import write_index
from reports import report


def test_the_page_of_licences_is_current(root: Path) -> None:
    listed = dict(re.findall(r"^\| ([a-z0-9-]+) \| (.+) \|$", licences.PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    now = licences.packages()
    # another Python may need a package less or more; what is installed here must be listed as it is
    assert {name: text for name, text in now.items() if listed.get(name) != text} == {}, "python -m docs.licences"
    wanted = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert {re.split(r"[<>=]", line)[0].replace("_", "-") for line in wanted} <= set(listed)


def test_no_licence_is_refused() -> None:
    bad = {
        name: text for name, text in licences.packages().items() if licences.REFUSED.search(text) or text == "未注明"
    }
    assert bad == {}


@pytest.mark.parametrize(("text", "refused"), [("GPL-3.0-only", True), ("GNU Affero General Public License v3", True),
                                               ("LGPL-2.1", False), ("BSD License", False)])  # fmt: skip
def test_what_is_refused(text: str, refused: bool) -> None:
    assert bool(licences.REFUSED.search(text)) is refused


def policy(path: Path) -> dict[str, str]:
    soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    (meta,) = soup.find_all("meta", attrs={"http-equiv": "Content-Security-Policy"})
    first = soup.find("head").find_all(True)  # type: ignore[union-attr]
    assert not [tag for tag in first[: first.index(meta)] if tag.name in ("style", "link", "script", "base")]
    return dict(part.strip().partition(" ")[::2] for part in str(meta["content"]).split(";"))


def test_a_page_may_fetch_nothing() -> None:
    rules = policy(report("没有初中县"))
    assert rules.pop("default-src") == "'none'"
    for name, allowed in rules.items():
        own = "'sha256-" if name == "script-src" else "data:"  # a script only if it is the very one we wrote
        assert all(word in ("'none'", "'unsafe-inline'") or word.startswith(own) for word in allowed.split()), name
    assert "'unsafe-inline'" not in rules.get("script-src", "")


def test_the_index_may_fetch_nothing_either(tmp_path: Path) -> None:
    rules = policy(write_index(tmp_path))
    assert rules.pop("default-src") == "'none'"
    for name, allowed in rules.items():
        own = "'sha256-" if name == "script-src" else "data:"
        assert all(word in ("'none'", "'unsafe-inline'") or word.startswith(own) for word in allowed.split()), name
    assert "'unsafe-inline'" not in rules.get("script-src", "")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], 0),
        ([{"name": "a", "version": "1", "vulns": [{"id": "CVE-1"}]}, {"name": "b", "skip_reason": "x"}], 1),
        ([{"name": "a", "skip_reason": "not found"}], 2),
        ([{"name": "a", "version": "1", "vulns": []}, {"name": "b", "skip_reason": "x"}], 2),
        ([], 2),
    ],
)
def test_an_audit_that_saw_nothing_does_not_say_that_all_is_well(answer: list[object], code: int) -> None:
    assert audit.verdict(json.dumps({"dependencies": answer}))[0] == code
    assert audit.verdict("no JSON")[0] == 2
