"""The page on security names files and tests: each is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`((?:tests|layers|infra|gitops|uv)[\w./]*(?:::\w+)?)`", PAGE)))


@pytest.mark.parametrize("named", NAMED)
def test_what_the_page_names_is_there(named: str) -> None:
    path, _, test = named.partition("::")

    assert (ROOT / path).exists()
    if test:
        assert re.search(rf"^\s*def {test}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)


def test_every_threat_has_a_control_and_a_test() -> None:
    table = PAGE.partition("## Who might do what")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:-1] for line in table.splitlines() if line.startswith("|")][2:]

    assert len(rows) >= 20
    for _, control, where, test in rows:
        assert control.strip()
        assert "`" in where
        assert "`tests/" in test
