"""A tree as calls meet it: which functions a model may call, what it is told, who hands over to whom."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

from frontdesk.vapi.kinds import ASSISTANTS, SQUADS, TOOLS
from gitops.documents import Document, Path
from gitops.lint.shapes import dig, items, mapping, mappings
from gitops.references import Key
from gitops.tree import Resource, Tree

_TELLING: Final = re.compile(r"[_-]|[a-z][A-Z]")
"""What makes a name no ordinary word."""
LANGUAGES: Final = ("en", "zh")
"""Of callers; the ids of assistants that speak one of them end with it."""


@dataclass(frozen=True)
class Link:
    """One function that a model may call."""

    name: str
    """As the model sees it; empty where Vapi makes one up."""
    tool: Document
    resource: Resource
    """The file that says so, and where in it."""
    path: Path

    @property
    def is_handoff(self) -> bool:
        """Whether it passes the call to another assistant."""
        return self.tool.get("type") == "handoff"


@dataclass(frozen=True)
class Member:
    """One place in a squad."""

    squad: Resource
    path: Path
    name: str
    """By which handoffs find it; empty when its assistant is none of the tree's."""
    key: Key | None
    """Of its assistant, if that is a file."""
    links: list[Link]


@dataclass(frozen=True)
class Conversations:
    """What rules ask of a tree."""

    tree: Tree

    @cached_property
    def members(self) -> dict[Key, list[Member]]:
        """Those of each squad, by the squad; the first answers the call."""
        return {squad.key: list(self._members(squad)) for squad in self.tree.of(SQUADS)}

    @cached_property
    def links(self) -> dict[Key, list[Link]]:
        """By assistant: its own, and what squads append."""
        found = {each.key: list(self._own(each, each.document, ())) for each in self.tree.of(ASSISTANTS)}
        for member in (each for squad in self.members.values() for each in squad):
            if member.key in found:
                found[member.key] += [link for link in member.links if link.resource is member.squad]
        return found

    @cached_property
    def functions(self) -> dict[str, Document]:
        """Every function that some model may call or could be linked to, by name."""
        loose = {
            name: each.document for each in self.tree.of(TOOLS) if (name := function_name(each.document))
        }
        return loose | {link.name: link.tool for links in self.links.values() for link in links if link.name}

    def assistants(self) -> Iterator[tuple[Resource, list[Link], list[tuple[Path, str]]]]:
        """Each assistant that is a file, with what it may call and what it is told."""
        for each in self.tree.of(ASSISTANTS):
            yield each, self.links[each.key], list(prompts(each.document))

    def tools(self) -> Iterator[tuple[Resource, Path, Document]]:
        """Every tool, in a file of its own, in an assistant or appended by a squad, and where it stands."""
        for resource in self.tree.of(TOOLS):
            yield resource, (), resource.document
        seen: set[int] = set()
        members = [member.links for squad in self.members.values() for member in squad]
        for link in (each for links in [*self.links.values(), *members] for each in links):
            if "toolIds" not in link.path and id(link.tool) not in seen:
                seen.add(id(link.tool))
                yield link.resource, link.path, link.tool

    def languages_of(self, tool: Document) -> set[str]:
        """The languages of the assistants that can call a tool; those that speak both don't count."""
        callers = [each for each, links, _ in self.assistants() if any(link.tool is tool for link in links)]
        return {language for each in callers if (language := language_of(each))}

    def _members(self, squad: Resource) -> Iterator[Member]:
        for place, member in mappings(squad.document.get("members")):
            path: Path = ("members", place)
            key = (ASSISTANTS.name, str(member.get("assistantId")))
            file = self.tree.resources.get(key)
            document = file.document if file else mapping(member.get("assistant"))
            overrides = mapping(member.get("assistantOverrides"))
            own = self._own(file, document, ()) if file else self._own(squad, document, (*path, "assistant"))
            yield Member(
                squad,
                path,
                str(overrides.get("name") or document.get("name") or ""),
                key if file else None,
                [
                    *own,
                    *self._own(squad, overrides, (*path, "assistantOverrides")),
                    *self._own(squad, mapping(squad.document.get("membersOverrides")), ("membersOverrides",)),
                    *_links(squad, (*path, "assistantDestinations"), _shorthand(member), self._named),
                ],
            )

    def _own(self, resource: Resource, assistant: Document, path: Path) -> Iterator[Link]:
        """What an assistant, or what is laid over one, is linked to."""
        for place, name in enumerate(items(dig(assistant, "model", "toolIds"))):
            tool = self.tree.resources.get((TOOLS.name, str(name)))
            if tool:
                yield from _links(
                    resource, (*path, "model", "toolIds"), [(place, tool.document)], self._named
                )
        for inner in (("model", "tools"), ("tools:append",)):
            yield from _links(resource, (*path, *inner), mappings(dig(assistant, *inner)), self._named)

    def _named(self, destination: Document) -> str | None:
        """The name of the assistant that a handoff goes to."""
        name = destination.get("assistantName")
        if name is None and destination.get("assistantId"):
            target = self.tree.resources.get((ASSISTANTS.name, str(destination["assistantId"])))
            name = target.document.get("name") if target else None
        return name or dig(destination, "assistant", "name")

    destination_name = _named


def function_name(tool: Document) -> str:
    """The name that the model sees; empty for a handoff whose name Vapi makes."""
    given = dig(tool, "function", "name")
    kind = tool.get("type")
    return str(given) if given else "" if kind == "handoff" else str(kind or "")


def prompts(assistant: Document) -> Iterator[tuple[Path, str]]:
    """The system messages of an assistant, where they stand."""
    for place, message in mappings(dig(assistant, "model", "messages")):
        if message.get("role") == "system" and isinstance(message.get("content"), str):
            yield ("model", "messages", place, "content"), message["content"]


def language_of(assistant: Resource) -> str | None:
    """The language that its id ends with, if it is one of ours."""
    ending = assistant.id.rpartition("-")[2]
    return ending if ending in LANGUAGES and ending != assistant.id else None


def mentioned(text: str, names: Iterable[str]) -> Iterator[tuple[str, int]]:
    """The functions that a text names, each with where.

    A name that could be an ordinary word counts only as `code`.
    """
    if pattern := _naming(frozenset(filter(None, names))):
        yield from ((found[0], found.start()) for found in pattern.finditer(text))


@lru_cache(maxsize=128)
def _naming(names: frozenset[str]) -> re.Pattern[str] | None:
    ordered = sorted(names, key=len, reverse=True)
    telling = [re.escape(name) for name in ordered if _TELLING.search(name)]
    plain = [rf"(?<=`){re.escape(name)}(?=[`(])" for name in ordered if not _TELLING.search(name)]
    # Not \b: to Python, Chinese characters are letters of a word too.
    every = [*(rf"(?<![A-Za-z0-9_-]){name}(?![A-Za-z0-9_-])" for name in telling), *plain]
    return re.compile("|".join(every)) if every else None


def _shorthand(member: Document) -> list[tuple[int, Document]]:
    """A member's `assistantDestinations`, each as the handoff tool that Vapi makes of it."""
    found = mappings(member.get("assistantDestinations"))
    return [(place, {"type": "handoff", "destinations": [each]}) for place, each in found]


def _links(
    resource: Resource, path: Path, tools: Iterable[tuple[int, Document]], named: Any
) -> Iterator[Link]:
    for place, tool in tools:
        name = function_name(tool)
        destinations = mappings(tool.get("destinations"))
        if not name and len(destinations) == 1 and (target := named(destinations[0][1])):
            name = f"handoff_to_{target}"
        yield Link(name, tool, resource, (*path, place))
