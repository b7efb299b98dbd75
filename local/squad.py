"""The assistants as Vapi's stand-in has them: who may call which tool, where it is, who hands over to whom.

With a squad pushed, a rehearsal is held to it: a tool that the speaking assistant isn't linked to, or a
handoff that isn't among its own, is an objection, as it would be silence on a real call.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

NAME: Final = "frontdesk"
_PAGE: Final = 1000

Item = dict[str, Any]


@dataclass(frozen=True)
class Member:
    """One assistant of it."""

    name: str
    tools: Mapping[str, Item]
    """Each linked function tool by its name, as Vapi holds it."""
    hands_to: frozenset[str]
    """Names of the assistants it can hand the call to."""


@dataclass(frozen=True)
class Squad:
    """All nine, and the assistants that are in no squad."""

    members: Mapping[str, Member] = field(default_factory=dict[str, Member])


def read(vapi_url: str, private_key: str) -> Squad | None:
    """The squad that was pushed; None when none was."""
    headers = {"authorization": f"Bearer {private_key}"}
    with httpx.Client(base_url=vapi_url, headers=headers, timeout=10) as http:

        def items(kind: str) -> dict[str, Item]:
            answer = http.get(f"/{kind}", params={"limit": _PAGE}).raise_for_status()
            return {item["id"]: item for item in answer.json()}

        squad = next((one for one in items("squad").values() if one.get("name") == NAME), None)
        if squad is None:
            return None
        assistants, tools = items("assistant"), items("tool")
    members = [_member(each, assistants[each["assistantId"]], tools) for each in squad["members"]]
    alone = [_member({}, each, tools) for each in assistants.values()]
    return Squad({member.name: member for member in (*alone, *members)})


def _member(entry: Item, assistant: Item, tools: Mapping[str, Item]) -> Member:
    linked = [tools[id_] for id_ in assistant["model"].get("toolIds", []) if id_ in tools]
    appended: list[Item] = entry.get("assistantOverrides", {}).get("tools:append", [])
    return Member(
        assistant["name"],
        {tool["function"]["name"]: tool for tool in linked if tool["type"] == "function"},
        frozenset(
            destination["assistantName"]
            for tool in appended
            if tool["type"] == "handoff"
            for destination in tool["destinations"]
        ),
    )
