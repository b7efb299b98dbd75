"""Makes the platform's tools be at Vapi: each once, whoever asks, however often, and whatever gets lost.

A tool is never changed, for a running call keeps what it began with: another definition is another tool,
and the one of that name and content that is there already, by whomever made, is ours. The engine of
`frontdesk vapi push` goes by the same rule, so each takes over what the other made.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from frontdesk.agents import registry
from frontdesk.agents.definitions import Definition
from frontdesk.agents.registry import Tools
from frontdesk.logs import logger
from frontdesk.vapi import leaves
from frontdesk.vapi.api import AnswerLost, Item, Vapi, VapiFailed
from frontdesk.vapi.kinds import CREDENTIALS, TOOLS

_AT_ONCE: Final = 8


class CredentialMissing(VapiFailed):
    """The account has no credential of that name; a person must make it there."""


def sync_tools(vapi: Vapi, on_moved: Callable[[], object] = lambda: None) -> tuple[Tools, bool]:
    """The platform's tools, all of them registered; and whether assistants must be moved to another.

    Whoever moves them is called as soon as that is so, whatever becomes of the rest.

    Raises:
        Busy: somebody else registers them at this moment.
        VapiFailed: what could be registered is; the rest isn't.
    """
    tools = registry.read()
    if not (tools.missing or tools.dropped):
        return tools, False
    failed: list[VapiFailed] = []
    with registry.leased():
        tools = registry.read()  # whoever had the lease before may have done it all
        has_moved = registry.supersede_dropped(tools.wanted) if tools.dropped else False
        if missing := tools.missing:
            there = vapi.items(TOOLS)
            credentials = vapi.credentials()
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                made = [
                    (each, pool.submit(sync_single_tool, vapi, each, there, credentials)) for each in missing
                ]
                for definition, registered in made:
                    try:
                        has_moved = registry.record(definition, registered.result()) or has_moved
                    except VapiFailed as error:
                        failed.append(error)
    if has_moved:
        on_moved()
    if failed:
        raise failed[0]
    return registry.read(), has_moved


def sync_single_tool(
    vapi: Vapi, definition: Definition, there: list[Item], credentials: Mapping[str, str]
) -> str:
    """The id of the tool at Vapi that has this definition: the oldest one that is there, or a new one.

    Args:
        vapi: the account.
        definition: what it is to be.
        there: every tool of the account.
        credentials: ids by name.
    """
    body = _on_the_wire(definition, credentials)
    if found := _alike(body, there):
        return found["id"]
    return register_tool_with_retry(vapi, definition.tool_name, body)["id"]


def register_tool_with_retry(vapi: Vapi, tool_name: str, body: Mapping[str, Any]) -> Item:
    """Creates the tool. Where the answer got lost it is looked for; who can't tell comes back by the queue.

    Raises:
        AnswerLost: it may be there or not, and the next try looks first.
        VapiFailed: it isn't.
    """
    try:
        made = vapi.create(TOOLS, body)
    except AnswerLost:
        found = _alike(body, vapi.items(TOOLS))
        if found is None:
            raise
        made = found
    logger.info("tool registered", extra={"tool": tool_name, "vapi_tool_id": made["id"]})
    return made


def _alike(body: Mapping[str, Any], there: list[Item]) -> Item | None:
    """The oldest that says all this and has that name: lists are newest first."""
    name = _function_name(body)
    return next(
        (each for each in reversed(there) if _function_name(each) == name and leaves.holds(each, body)), None
    )


def _function_name(tool: Mapping[str, Any]) -> str | None:
    return tool.get("function", {}).get("name")


def _on_the_wire(definition: Definition, credentials: Mapping[str, str]) -> dict[str, Any]:
    """The definition with the credential's id where its name was. Raises `CredentialMissing`."""

    def with_ids(key: str, value: Any) -> Any:
        if key not in CREDENTIALS:
            return value
        if value not in credentials:
            raise CredentialMissing(f"the Vapi account must have exactly one credential named {value}")
        return credentials[value]

    return leaves.mapped(definition.document, with_ids)
