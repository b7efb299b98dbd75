"""What a clinic and a call are like, for whoever reckons with them: of `scale.toml`, where each is from."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

INPUTS: Final = Path(__file__).with_name("scale.toml")
DAYS: Final = 30.4
"""Of a month."""


@cache
def inputs() -> dict[str, Any]:
    """The file: `use` and `limit`, by name, each with its `value` and where it is `from`."""
    return tomllib.loads(INPUTS.read_text(encoding="utf-8"))


def uses() -> dict[str, float]:
    """The numbers of `use` alone."""
    return {name: float(one["value"]) for name, one in inputs()["use"].items()}
