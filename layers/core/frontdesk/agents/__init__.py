"""A clinic's agents, and the tools that all of them share at Vapi.

The five operations of tool sync, by the names that operators know:

- `tool_definition_hash`: tells one definition of a tool from another.
- `register_tool_with_retry`: makes a tool at Vapi, once, whatever happens to the answer.
- `sync_single_tool`: finds or makes the tool that has a definition.
- `link_tools_to_assistant`: links an assistant to exactly these of our tools.
- `sync_all_tools_for_assistant`: makes what a saved agent needs there, linked to all of them, and notes it.
"""

from importlib import import_module
from typing import Any, Final

_WHERE: Final = {
    "tool_definition_hash": "definitions",
    "register_tool_with_retry": "registration",
    "sync_single_tool": "registration",
    "link_tools_to_assistant": "linking",
    "sync_all_tools_for_assistant": "syncing",
}


def __getattr__(name: str) -> Any:
    """One of the five, imported when asked for: infrastructure reads this package without SQL."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
