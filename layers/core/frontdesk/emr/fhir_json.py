"""Parts of what a server sent, read as far as they are what they should be."""

from typing import Any, cast

Item = dict[str, Any]
"""A resource, or an element of one, as FHIR has it in JSON."""


def item(found: object) -> Item:
    """Empty: it is none."""
    return cast("Item", found) if isinstance(found, dict) else {}


def items(found: object) -> list[Item]:
    """Those of a list that are elements."""
    several = cast("list[object]", found) if isinstance(found, list) else []
    return [cast("Item", one) for one in several if isinstance(one, dict)]


def text(found: object) -> str:
    """Empty: it is none."""
    return found if isinstance(found, str) else ""


def texts(found: object) -> list[str]:
    """Those of a list that are texts."""
    several = cast("list[object]", found) if isinstance(found, list) else []
    return [one for one in several if isinstance(one, str)]
