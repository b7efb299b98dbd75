"""A clinic's agents, and the tools that all of them share at Vapi.

The five operations of tool sync, by the names that operators know:

- `tool_definition_hash`: tells one definition of a tool from another.
- `register_tool_with_retry`: makes a tool at Vapi, once, whatever happens to the answer.
- `sync_single_tool`: finds or makes the tool that has a definition.
- `link_tools_to_assistant`: links an assistant to exactly these of our tools.
- `sync_all_tools_for_assistant`: all of it, for one saved agent.
"""

from frontdesk.agents.definitions import tool_definition_hash
from frontdesk.agents.linking import link_tools_to_assistant
from frontdesk.agents.registration import register_tool_with_retry, sync_single_tool
from frontdesk.agents.syncing import sync_all_tools_for_assistant

__all__ = (
    "link_tools_to_assistant",
    "register_tool_with_retry",
    "sync_all_tools_for_assistant",
    "sync_single_tool",
    "tool_definition_hash",
)
