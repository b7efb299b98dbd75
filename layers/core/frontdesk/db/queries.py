"""SQL kept in files: each query named, commented, and testable by its name."""

import re
from functools import cache
from pathlib import Path
from typing import Final

_NAMED: Final = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@cache
def beside(module: str) -> dict[str, str]:
    """The queries of `queries.sql` in the folder of `module` (its `__file__`), by name, as written."""
    text = (Path(module).parent / "queries.sql").read_text(encoding="utf-8")
    _, *parts = _NAMED.split(text)
    return dict(zip(parts[::2], (part.strip() for part in parts[1::2]), strict=True))
