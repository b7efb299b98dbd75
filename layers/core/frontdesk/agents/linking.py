"""Which tools an assistant may use: a PATCH of its whole `model`, for half of one would wipe the prompt."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, cast

from frontdesk.vapi.api import Item, Vapi
from frontdesk.vapi.kinds import ASSISTANTS

RETIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "bookClinicAppointment": ("find_earliest_appointment", "create_appointment"),
}
"""Tools of the old system, and what took their place."""


class AssistantGone(LookupError):
    """Somebody deleted it at Vapi."""


def link_tools_to_assistant(
    vapi: Vapi, assistant_id: str, tool_ids: Sequence[str], *, ours: Collection[str], names: Collection[str]
) -> bool:
    """Links exactly these of our tools, and nothing else changes; whether it had to write.

    Args:
        vapi: the account.
        assistant_id: of the assistant.
        tool_ids: what it is to be linked to.
        ours: the ids of all tools that were ever ours. Others that it has are the clinic's own and stay.
        names: of our tools: what stands inline under one of them is a copy of old, and goes.

    Raises:
        AssistantGone: it isn't there.
        VapiFailed: it is as it was.
    """
    held = vapi.get(ASSISTANTS, assistant_id)
    if held is None:
        raise AssistantGone
    model = linked(held, tool_ids, ours=ours, names=names)
    if model == held.get("model", {}):
        return False
    vapi.patch(ASSISTANTS, assistant_id, {"model": model})
    return True


def linked(
    held: Item, tool_ids: Sequence[str], *, ours: Collection[str], names: Collection[str]
) -> dict[str, Any]:
    """The assistant's whole `model`, linked so; equal to what it has when that is right already."""
    model: dict[str, Any] = held.get("model", {})
    has: list[str] = model.get("toolIds") or []
    foreign = [each for each in has if each not in ours]
    changed = dict(model)
    if sorted(has) != sorted({*foreign, *tool_ids}):
        changed["toolIds"] = [*foreign, *(each for each in tool_ids if each not in foreign)]
    for place in ("tools", "functions"):
        inline = cast("list[dict[str, Any]]", model.get(place) or [])
        own = [each for each in inline if _name(each) not in names and _name(each) not in RETIRED]
        if len(own) < len(inline):
            changed[place] = own
    return changed


def _name(tool: Mapping[str, Any]) -> str | None:
    """Of an inline tool, or of one of the still older `functions`."""
    return tool.get("function", tool).get("name")
