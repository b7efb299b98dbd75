"""SQL kept in files: each query named, commented, and testable by its name."""

import re
from functools import cache
from pathlib import Path
from typing import Final

_NAMED: Final = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@cache
def beside(module: str) -> dict[str, str]:
    """The queries of `queries.sql` in the folder of `module` (its `__file__`), by name, as written."""
    return named(Path(module).parent / "queries.sql")


def named(file: Path) -> dict[str, str]:
    """Those of a file; raises `ValueError` where two have one name: the later would win without a word."""
    _, *parts = _NAMED.split(file.read_text(encoding="utf-8"))
    found = dict(zip(parts[::2], (part.strip() for part in parts[1::2]), strict=True))
    if len(found) < len(parts) // 2:
        raise ValueError(f"two queries of one name in {file}")
    return found
