"""Liquid: what stands in braces is filled in by Vapi, or read aloud as it is."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from frontdesk.calls import variables
from gitops.lint.conversations import Conversations
from gitops.lint.registry import Found, rule
from gitops.lint.shapes import dig, mapping, scalars, texts

if TYPE_CHECKING:
    from liquid import BoundTemplate, Environment

VAPIS: Final[Mapping[str, tuple[str, ...]]] = {
    "now": (),
    "date": (),
    "time": (),
    "year": (),
    "month": (),
    "day": (),
    "customer": (),
    "phoneNumber": ("number", "name", "id", "provider"),
    "call": ("id", "type", "status", "startedAt", "assistantId"),
    "assistant": ("id", "name"),
    "transport": ("callSid", "conversationType"),
}
"""Variables that Vapi fills in itself, with what they hold if that is known
(docs.vapi.ai/assistants/dynamic-variables, read 2026-11-22)."""
_MORE_FILTERS: Final = frozenset({"json", "jsonify", "inspect", "to_integer", "normalize_whitespace"})
"""Those of LiquidJS, which Vapi uses, that the Liquid we parse with hasn't."""


@rule()
def liquid_syntax(conversations: Conversations) -> Iterator[Found]:
    """Liquid that doesn't parse, or a filter that doesn't exist.

    Do: Close what is open, and spell tags and filters as Liquid has them.

    Example:
        {% if transport.conversationType == "chat" %} ... (and no `{% endif %}`)
    """
    for found, template in _templates(conversations):
        if isinstance(template, str):
            yield found._replace(what=template)
            continue
        for name, spans in template.analyze().filters.items():
            if name not in _environment().filters and name not in _MORE_FILTERS:
                yield found._replace(what=f"there is no filter {name}", offset=spans[0].index)


@rule()
def liquid_variable(conversations: Conversations) -> Iterator[Found]:
    """A variable that nobody fills in. Vapi would say nothing in its place, or the braces themselves.

    Known are Vapi's own (`customer`, `call`, `transport.conversationType` ...), the server's (`clinicName`,
    `localTime`, `callerMemory` ...: `frontdesk.calls.variables`), in a `rejectionPlan` the call's `messages`,
    and what the tree itself sets by `variableValues` or extracts by `variableExtractionPlan`.

    Do: Use a known variable, or set it.

    Example:
        Welcome to {{ clinic_name }}.
    """
    everywhere = {*VAPIS, *variables.ALL, *_set_by_the_tree(conversations)}
    for found, template in _templates(conversations):
        if isinstance(template, str):
            continue
        known = everywhere | {"messages" for key in found.path if key == "rejectionPlan"}
        for name, uses in template.analyze().globals.items():
            for use in uses:
                parts = [str(each) for each in use.segments]
                inner = VAPIS.get(name, ())
                if name not in known or (len(parts) > 1 and inner and parts[1] not in inner):
                    yield found._replace(what=f"nobody fills in {'.'.join(parts)}", offset=use.span.index)


def _templates(conversations: Conversations) -> Iterator[tuple[Found, "BoundTemplate | str"]]:
    """Every text with Liquid in it and where, parsed; or why it can't be."""
    for resource in conversations.tree:
        for path, text in texts(resource.document):
            # An alias's value is a path into a tool's answer, in braces but not Liquid.
            if ("{{" in text or "{%" in text) and path[-3:-2] != ("aliases",):
                template, offset = _parsed(text)
                yield Found(resource, path, "", offset), template


@cache
def _parsed(text: str) -> "tuple[BoundTemplate | str, int | None]":
    from liquid.exceptions import LiquidError

    try:
        return _environment().from_string(text), None
    except LiquidError as error:
        token = error.token
        why = str(error.args[0] if error.args else error).partition("\n")[0].partition(" Token(")[0]
        # Of an end that is missing there is no place.
        return f"isn't Liquid: {why}", token.start_index if token and token.start_index >= 0 else 0


@cache
def _environment() -> "Environment":
    # Imported here, for it takes longer than the rest of a tree without Liquid.
    from liquid import Environment

    return Environment()


def _set_by_the_tree(conversations: Conversations) -> set[str]:
    found: set[str] = set()
    for resource in conversations.tree:
        for path, value in scalars(resource.document):
            if "variableValues" in path[:-1]:
                found.add(str(path[path.index("variableValues") + 1]))
            if path[-1:] == ("key",) and "aliases" in path:
                found.add(str(value))
            if "variableExtractionPlan" in path and "properties" in path:
                plan: Any = dig(resource.document, *path[: path.index("variableExtractionPlan") + 1])
                found |= {*mapping(dig(plan, "schema", "properties"))}
    return found
