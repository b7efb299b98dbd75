"""SQL kept in files: each query named, commented, and testable by its name."""

import re
from functools import cache
from pathlib import Path
from typing import Final

_NAMED: Final = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@cache
def beside(module: str) -> dict[str, str]:
    """The queries of `queries.sql` in the folder of `module` (its `__file__`), by name, as written.

    Raises `ValueError` where two have one name: the later one would win without a word.
    """
    text = (Path(module).parent / "queries.sql").read_text(encoding="utf-8")
    _, *parts = _NAMED.split(text)
    found = dict(zip(parts[::2], (part.strip() for part in parts[1::2]), strict=True))
    if len(found) < len(parts) // 2:
        raise ValueError(f"two queries of one name beside {module}")
    return found
