"""The model and its surroundings: room to answer in, the messages the server lives by, and who may hear."""

from collections.abc import Iterator
from typing import Any, Final

from frontdesk.vapi.kinds import ASSISTANTS, SQUADS
from gitops.documents import Document, Path
from gitops.lint.conversations import Conversations, language_of
from gitops.lint.registry import Found, rule
from gitops.lint.shapes import dig, items, mapping, mappings
from gitops.tree import Resource

_NEEDED: Final = ("tool-calls", "end-of-call-report")
_HIPAA: Final = {
    "transcriber": ("azure", "cartesia", "deepgram", "soniox", "xai"),
    "voice": ("11labs", "azure", "cartesia", "deepgram", "rime-ai", "vapi", "xai"),
    "model": ("anthropic", "anthropic-bedrock", "custom-llm", "google", "openai", "together-ai", "xai"),
}
"""Providers that Vapi lists for HIPAA (docs.vapi.ai/security-and-privacy/hipaa, read 2026-11-22)."""
_DEFAULT_MAX_TOKENS: Final = 250
_ENVELOPE: Final = 12
_LETTERS_PER_TOKEN: Final = 4
_WORDS: Final = {"en": 14, "zh": 21}
"""Tokens of an argument in the caller's own words: 55 letters, or 14 characters of Chinese."""
_ITEMS: Final = 3
"""Of a list, how many a call holds at most."""


@rule()
def max_tokens(conversations: Conversations) -> Iterator[Found]:
    """`model.maxTokens` (250 when left out) is too small for the largest call the model may make.

    A call that is cut off is no call: the caller waits and nothing happens. Reckoned from the schema: 12
    tokens for the envelope; for each argument its name, a token for four letters and three for quotes,
    colon and comma; then its value: the longest word of an enum likewise, 2 for a number or truth value,
    for a text 14, and 21 where Chinese may be spoken, or what its `maxLength` allows if that is less; a
    list counts three times its item. A filler that the model speaks first comes on top.

    Do: Raise `maxTokens`, or let the tool ask for less.

    Example:
        maxTokens: 100                   (and a tool with thirteen arguments)
    """
    for assistant, links, _ in conversations.assistants():
        limit = dig(assistant.document, "model", "maxTokens")
        if not isinstance(limit, int | None) or not links:
            continue
        words = _WORDS[language_of(assistant) or "zh"]
        largest, name = max((_tokens_of_call(link.tool, words), link.name) for link in links)
        if (limit or _DEFAULT_MAX_TOKENS) < largest:
            where = ("model", "maxTokens") if limit else ("model",)
            what = f"{limit or _DEFAULT_MAX_TOKENS} tokens are too few for {name}, which may take {largest}"
            yield Found(assistant, where, what)


@rule()
def server_messages(conversations: Conversations) -> Iterator[Found]:
    """`serverMessages` is given without `tool-calls` or without `end-of-call-report`.

    Without the first no tool of ours is ever asked; without the second a call leaves no record.

    Do: Add the missing one; without the field Vapi sends both.

    Example:
        serverMessages: [status-update]
    """
    for resource in conversations.tree:
        for path, block in _assistant_like(resource):
            if "serverMessages" not in block:
                continue
            missing = [each for each in _NEEDED if each not in items(block["serverMessages"])]
            if missing:
                yield Found(resource, (*path, "serverMessages"), "lacks " + " and ".join(missing))


@rule()
def hipaa_provider(conversations: Conversations) -> Iterator[Found]:
    """`compliancePlan.hipaaEnabled` with a transcriber, voice or model that isn't on Vapi's list.

    Vapi refuses such a configuration; what patients say may go to listed providers only. Fallbacks count too.

    Do: Choose a listed provider: for transcribers azure, cartesia, deepgram, soniox, xai; for voices
    11labs, azure, cartesia, deepgram, rime-ai, vapi, xai; for models anthropic, anthropic-bedrock,
    custom-llm, google, openai, together-ai, xai.

    Example:
        compliancePlan: {hipaaEnabled: true}
        transcriber: {provider: assembly-ai}
    """
    for resource in conversations.tree:
        for path, block in _assistant_like(resource):
            if not _is_guarded(conversations, resource, path, block):
                continue
            for part, listed in _HIPAA.items():
                for where, provider in _providers(mapping(block.get(part))):
                    if provider not in listed:
                        what = f"{provider} is not on Vapi's HIPAA list for a {part}"
                        yield Found(resource, (*path, part, *where), what)


def _tokens_of_call(tool: Document, words: int) -> int:
    return _ENVELOPE + _tokens(mapping(dig(tool, "function", "parameters")), words)


def _tokens(schema: Document, words: int) -> int:
    """Of a value that fits a schema."""
    if choices := items(schema.get("enum")):
        return max(_letters(str(each)) for each in choices)
    match schema.get("type"):
        case "object":
            inner = mapping(schema.get("properties"))
            return sum(_letters(name) + 3 + _tokens(mapping(each), words) for name, each in inner.items())
        case "array":
            return _ITEMS * (1 + _tokens(mapping(schema.get("items")), words))
        case "number" | "integer" | "boolean" | "null":
            return 2
        case _:
            longest = schema.get("maxLength")
            return min(words, longest) if isinstance(longest, int) else words


def _letters(word: str) -> int:
    return -(-len(word) // _LETTERS_PER_TOKEN)


def _assistant_like(resource: Resource) -> Iterator[tuple[Path, Document]]:
    """Where a resource says how an assistant of ours is to be: itself, or what a squad lays over members."""
    if resource.kind is ASSISTANTS:
        yield (), resource.document
    if resource.kind is SQUADS:
        yield ("membersOverrides",), mapping(resource.document.get("membersOverrides"))
        for place, member in mappings(resource.document.get("members")):
            for inner in ("assistant", "assistantOverrides"):
                yield ("members", place, inner), mapping(member.get(inner))


def _is_guarded(conversations: Conversations, resource: Resource, path: Path, block: Document) -> bool:
    """Whether HIPAA is switched on there, by the block itself or by what it is laid over."""
    under = [block]
    if resource.kind is SQUADS:
        under.append(mapping(resource.document.get("membersOverrides")))
        keys = [
            each.key
            for each in conversations.members[resource.key]
            if each.path == path[:2] or len(path) == 1
        ]
        files = [conversations.tree.resources[key] for key in keys if key]
        under += [each.document for each in files]
    return any(dig(each, "compliancePlan", "hipaaEnabled") is True for each in under)


def _providers(block: Document) -> Iterator[tuple[Path, Any]]:
    """The provider of a transcriber, voice or model, and of its fallbacks."""
    if "provider" in block:
        yield ("provider",), block["provider"]
    for many in ("transcribers", "voices", "models"):
        for place, each in mappings(dig(block, "fallbackPlan", many)):
            yield ("fallbackPlan", many, place, "provider"), each.get("provider")
