"""Tools and prompts: a model is told of what it can call, and can call what it is told of."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from frontdesk.vapi.kinds import TOOLS
from gitops.lint.conversations import Conversations, function_name, mentioned
from gitops.lint.registry import Found, rule
from gitops.lint.shapes import dig, mapping, texts

_CODE: Final = re.compile(r"`([A-Za-z][A-Za-z0-9]*(?:[_-][A-Za-z0-9]+)+)[`(]|\b(handoff_to_\w+)", re.ASCII)
_ALIKE: Final = 0.85
"""Of two words, above which one is taken for a slip of the other."""


@rule()
def unlinked_tool(conversations: Conversations) -> Iterator[Found]:
    """A prompt names a tool or a handoff that its assistant can't call, so the model would pretend to.

    Linked are `model.toolIds`, `model.tools`, and what a squad appends for this member. A name counts
    in `code` and, when it can't be an ordinary word, anywhere. A file's id that differs from the name
    that the model sees, and a name that is a slip of a known one, count too.

    Do: Link the tool, or take the name out of the prompt.

    Example:
        Call `cancel_appointment`.       (in the prompt of an assistant without that tool)
    """
    functions, ids = conversations.functions, _ids(conversations)
    for assistant, links, prompts in conversations.assistants():
        linked, said = {link.name for link in links}, set[str]()
        for path, prompt in prompts:
            for name, offset in mentioned(prompt, {*functions, *ids}):
                if name in linked or name in said:
                    continue
                said.add(name)
                yield Found(assistant, path, _why(name, functions, ids), offset)
            for name, near, offset in _slips(conversations, prompt):
                if name not in said:
                    said.add(name)
                    hint = f"; did you mean {near}?" if near else ""
                    yield Found(assistant, path, f"names {name}, which no tool is called{hint}", offset)


@rule()
def unmentioned_tool(conversations: Conversations) -> Iterator[Found]:
    """An assistant can call a tool or a handoff that no line of its prompt names.

    The model would choose the moment by the tool's description alone.

    Do: Say in the prompt when to call it, or take the link away.

    Example:
        toolIds: [get_providers]         (and the prompt never says `get_providers`)
    """
    for assistant, links, prompts in conversations.assistants():
        if not prompts:
            continue
        named = {
            name for _, prompt in prompts for name, _ in mentioned(prompt, {each.name for each in links})
        }
        for link in links:
            if link.name and link.name not in named:
                named.add(link.name)
                where = (*link.path, "function", "name")
                yield Found(link.resource, where, f"the prompt of {assistant} never names {link.name}")


def _ids(conversations: Conversations) -> dict[str, str]:
    """Ids of tool files that differ from the name the model sees, with that name."""
    found = {each.id: function_name(each.document) for each in conversations.tree.of(TOOLS)}
    return {id_: name for id_, name in found.items() if id_ not in conversations.functions}


def _why(name: str, functions: Mapping[str, object], ids: dict[str, str]) -> str:
    if name not in functions:
        return f"names {name}; the model knows it as {ids[name]}"
    return f"names {name}, which this assistant can't call"


def _slips(conversations: Conversations, prompt: str) -> Iterator[tuple[str, str | None, int]]:
    """Words that look like a function's name and are none: the word, the likely name, where."""
    functions = conversations.functions
    known = {*functions, *_ids(conversations), *_words_of_schemas(conversations)}
    for found in _CODE.finditer(prompt):
        name = found[1] or found[2]
        if name in known:
            continue
        near = next(iter(get_close_matches(name, functions, 1, _ALIKE)), None)
        if near or name.startswith("handoff_to_"):
            yield name, near, found.start(1) if found[1] else found.start(2)


def _words_of_schemas(conversations: Conversations) -> set[str]:
    """Arguments and their values, which prompts name in `code` too."""
    found: set[str] = set()
    for tool in conversations.functions.values():
        properties = mapping(dig(tool, "function", "parameters", "properties"))
        found |= {*properties, *(word for _, word in texts(properties))}
    return found
