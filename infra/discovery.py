"""What is on disk: one folder below functions/ is one Lambda, and nothing here lists them by hand."""

from importlib import import_module
from pathlib import Path
from typing import Any, Final

import functions
from frontdesk.tool import Tool

FUNCTIONS: Final = Path(functions.__path__[0])


def folders() -> list[str]:
    """Every function, as `tools/cancel_appointment`, in order."""
    return [
        path.parent.relative_to(FUNCTIONS).as_posix() for path in sorted(FUNCTIONS.glob("*/*/handler.py"))
    ]


def tools() -> list[Tool[Any]]:
    """The definition of every tool, in order of name. Raises `ValueError` when folder and name differ."""
    found: list[Tool[Any]] = []
    for path in sorted(FUNCTIONS.glob("tools/*/tool.py")):
        tool: Tool[Any] = import_module(f"functions.tools.{path.parent.name}.tool").TOOL
        if tool.name != path.parent.name:
            raise ValueError(f"{path} defines {tool.name!r}; a tool has the name of its folder")
        found.append(tool)
    return found
