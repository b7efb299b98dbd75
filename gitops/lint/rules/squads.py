"""Squads: every member can be reached, can pass the call on, and has its twin in the other language."""

from collections.abc import Iterator

from frontdesk.vapi.kinds import ASSISTANTS
from gitops.documents import Path
from gitops.lint.conversations import LANGUAGES, Conversations, Link, Member, language_of
from gitops.lint.registry import Found, rule
from gitops.lint.shapes import mappings


@rule()
def handoff_to_nobody(conversations: Conversations) -> Iterator[Found]:
    """A handoff goes to an assistant that is no member of the squad, so the call would stay or fail.

    Do: Write the `name` of a member, as its assistant has it, or make the assistant a member.

    Example:
        destinations:
          - {type: assistant, assistantName: boking-en}
    """
    for squad, members in conversations.members.items():
        names = {member.name for member in members}
        for member in members:
            for link, path, name in _destinations(conversations, member):
                if name not in names and "" not in names:
                    what = f"hands over to {name}, which is no member of {squad[1]}"
                    yield Found(link.resource, path, what)


@rule()
def unreachable_member(conversations: Conversations) -> Iterator[Found]:
    """No chain of handoffs leads from the first member of a squad, which answers the call, to this one.

    Do: Give a member that can be reached a handoff to it, or take it out of the squad.

    Example:
        members:
          - assistantId: router          (which hands over to nobody)
          - assistantId: booking-en
    """
    for members in conversations.members.values():
        reached, next_ones = set[str](), [members[0].name] if members else []
        while next_ones:
            reached.add(name := next_ones.pop())
            here = [each for each in members if each.name == name]
            targets = {target for each in here for _, _, target in _destinations(conversations, each)}
            next_ones += targets - reached
            if any(_leaves_elsewhere(each) for each in here):
                reached |= {each.name for each in members}
        # Who can't be read may hand over to anybody.
        for member in members if all(each.name for each in members) else []:
            if member.name not in reached:
                yield Found(member.squad, member.path, f"{member.name} is reached by no handoff")


@rule()
def dead_end(conversations: Conversations) -> Iterator[Found]:
    """A member of a squad hands over to no other member: who asks it for something else is stuck.

    Do: Give it a handoff, at least back to the member that answers the call.

    Example:
        - assistantId: booking-en        (without `tools:append`)
    """
    for members in conversations.members.values():
        for member in (each for each in members if each.name and len(members) > 1):
            others = {each.name for each in members} - {member.name}
            targets = {name for _, _, name in _destinations(conversations, member)}
            if not targets & others and not _leaves_elsewhere(member):
                yield Found(member.squad, member.path, f"{member.name} hands over to no other member")


@rule()
def double_member(conversations: Conversations) -> Iterator[Found]:
    """Two members of a squad have one name, at which Vapi fails the call.

    Do: Name each member's assistant differently.

    Example:
        members: [{assistantId: router}, {assistantId: router}]
    """
    for members in conversations.members.values():
        seen: set[str] = set()
        for member in members:
            if member.name and member.name in seen:
                yield Found(member.squad, member.path, f"another member is called {member.name} too")
            seen.add(member.name)


@rule()
def language_pair(conversations: Conversations) -> Iterator[Found]:
    """An assistant for one language has no counterpart in the other: no `booking-en` beside `booking-zh`.

    Where a tree speaks both languages, a caller who changes to the other must find the same role there.

    Do: Write the counterpart, or give an assistant that speaks both an id without `-en` or `-zh`.

    Example:
        assistants/booking-zh.md         (and no assistants/booking-en.md)
    """
    tree = conversations.tree
    speaks_chinese = any(language_of(each) == "zh" for each in tree.of(ASSISTANTS))
    for assistant in tree.of(ASSISTANTS):
        twin = _twin(assistant.id)
        if speaks_chinese and twin and (ASSISTANTS.name, twin) not in tree.resources:
            yield Found(assistant, ("name",), f"has no counterpart {twin}")


@rule()
def language_pair_tools(conversations: Conversations) -> Iterator[Found]:
    """An assistant and its counterpart in the other language can't call the same tools.

    Handoffs are compared by their names with `_en` and `_zh` exchanged. The finding stands where the tool
    is missing.

    Do: Link the tool there too, or take it from the other.

    Example:
        toolIds: [create_appointment]    (in booking-zh; booking-en has get_providers too)
    """
    for assistant, links, _ in conversations.assistants():
        twin = _twin(assistant.id)
        others = conversations.links.get((ASSISTANTS.name, twin or ""))
        if others is None:
            continue
        own = {link.name for link in links}
        for name in sorted({_swapped(link.name) if link.is_handoff else link.name for link in others} - own):
            yield Found(assistant, ("model", "toolIds"), f"can't call {name}, unlike its counterpart {twin}")


def _destinations(conversations: Conversations, member: Member) -> Iterator[tuple[Link, Path, str]]:
    """Each assistant that a member hands over to: the tool, the place and the name."""
    for link in member.links:
        for place, destination in mappings(link.tool.get("destinations")) if link.is_handoff else []:
            if destination.get("type", "assistant") == "assistant":
                name = conversations.destination_name(destination)
                if name or not destination.get("assistantId"):  # an id that names no file is found elsewhere
                    yield link, _inside(link, place), str(name)


def _inside(link: Link, place: int) -> Path:
    """Where a destination stands, or the nearest thing that the link's file has of it."""
    is_here = not {"assistantDestinations", "toolIds"} & set(link.path)
    return (*link.path, "destinations", place) if is_here else link.path


def _leaves_elsewhere(member: Member) -> bool:
    """Whether it hands over to another squad, or to whom a server names."""
    return any(
        destination.get("type") in ("squad", "dynamic")
        for link in member.links
        if link.is_handoff
        for _, destination in mappings(link.tool.get("destinations"))
    )


def _twin(id_: str) -> str | None:
    for one, other in (LANGUAGES, LANGUAGES[::-1]):
        if id_.endswith(f"-{one}"):
            return id_.removesuffix(one) + other
    return None


def _swapped(name: str) -> str:
    for one, other in (LANGUAGES, LANGUAGES[::-1]):
        if name.endswith((f"_{one}", f"-{one}")):
            return name.removesuffix(one) + other
    return name
