"""Fillers: what a caller hears while a tool works is said once, by the tool or by the model."""

import re
from collections.abc import Iterator
from itertools import combinations
from typing import Final

from gitops.documents import Document
from gitops.lint.conversations import LANGUAGES, Conversations, language_of, mentioned
from gitops.lint.messages import both_may_hold, may_hold, must_hold, of_type, start_in, starts, text_in
from gitops.lint.registry import Found, Severity, rule
from gitops.lint.shapes import mappings

_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
_STOCK: Final = ("function", "apiRequest", "handoff")
"""Tools around which Vapi says something of its own unless told otherwise."""
_MOMENTS: Final = ("request-start", "request-response-delayed")
"""When it does."""
_QUOTED: Final = re.compile(r"\"[^\"\n]*(?:\n[^\"\n]*)?\"|“[^”]*”|「[^」]*」")
_SENTENCE: Final = re.compile(r"(?:[^.!?。！？；\n]|[.!?](?=\S)|\n(?!\s*(?:\n|[-*] |\d+\. |#)))+")
_SAYS: Final = re.compile(
    # An order to the model; not what callers say, nor what is never to be said.
    r"(?:\A|[,;:.()*\n–—-]|\b(?:and|or|then|first|just|always|please|also|must|should))\s*"
    r"say(?: first| once| exactly)?[:,]? *(?=[\"“])"
    r"|(?<!不要)(?<!不用)(?<!不必)(?<!别)(?:先说(?:一句|一声)?|说一[句声])[：:，,]? *(?=[\"“「])",
    re.IGNORECASE,
)


@rule()
def double_start(conversations: Conversations) -> Iterator[Found]:
    """Two `request-start` messages of one tool can hold for the same call.

    Vapi takes such messages for variants and says one at random, even if one of them is meant to be
    silence. Conditions exclude each other when no arguments satisfy both.

    Do: Keep one, or give each `conditions` that exclude the other's.

    Example:
        messages:
          - {type: request-start, content: Let me look.}
          - {type: request-start, content: "", conditions: [{param: language, operator: eq, value: zh}]}
    """
    for resource, path, tool in conversations.tools():
        for (one, first), (other, second) in combinations(starts(tool), 2):
            if both_may_hold(first, second):
                where = (*path, "messages", other, "content")
                yield Found(resource, where, f"can hold together with message {one + 1} of this tool")


@rule()
def stock_filler(conversations: Conversations) -> Iterator[Found]:
    """In calls of some language Vapi says a phrase of its own as a tool begins, or while it waits.

    It does where no `request-start`, or no `request-response-delayed`, of the tool holds. Conditions on
    anything but `language` may fail in any language.

    Do: Add one of each for the other calls, with `content: ""` where silence is meant.

    Example:
        messages:
          - type: request-start
            content: Let me look.
            conditions: [{param: language, operator: neq, value: zh}]
    """
    for resource, path, tool in conversations.tools():
        if tool.get("type") not in _STOCK or tool.get("async") is True:
            continue
        for kind in _MOMENTS:
            told = of_type(tool, kind)
            untold = [each for each in LANGUAGES if not any(must_hold(m, each) for _, m in told)]
            if untold:
                said = f"there is no {kind}, so Vapi says a stock phrase, for calls in {' and '.join(untold)}"
                yield Found(resource, (*path, "messages") if "messages" in tool else path, said)


@rule()
def double_filler(conversations: Conversations) -> Iterator[Found]:
    """A prompt has the model speak before a tool that speaks at its own start: the caller hears two fillers.

    A filler in a prompt is a sentence in quotation marks after *say* or 先说 / 说一句, in one sentence with
    the tool's name. What a tool says in the assistant's language is read from its `request-start`
    messages and their conditions on `language`; an assistant whose id ends in neither `-en` nor `-zh` may
    speak either.

    Do: Have the prompt say nothing there, or silence the tool in this language.

    Example:
        Say "One moment." and call `find_earliest_appointment`.
    """
    for assistant, links, prompts in conversations.assistants():
        tools = {link.name: link.tool for link in links}
        language = language_of(assistant)
        languages = (language,) if language else LANGUAGES
        for path, prompt in prompts:
            for name, offset in _spoken_for(prompt, tools):
                heard = next((said for each in languages if (said := start_in(tools[name], each))), None)
                if heard:
                    yield Found(assistant, path, f"speaks before {name}, which itself says: {heard}", offset)


@rule(Severity.WARNING)
def missing_filler(conversations: Conversations) -> Iterator[Found]:
    """A tool that speaks in one language is silent in the assistant's, and the prompt has no filler.

    The caller would hear nothing while the tool works. How a prompt writes a filler: see `double-filler`.

    Do: Give the tool a `request-start` for this language, or have the prompt say one short sentence:
    调用 `the_tool` 时，先说一句“我看一下。”

    Example:
        调用 `find_earliest_appointment`。       (in a Chinese prompt, where the tool is silent in Chinese)
    """
    for assistant, links, prompts in conversations.assistants():
        language, tools = language_of(assistant), {link.name: link.tool for link in links if link.name}
        spoken_for = {name for _, prompt in prompts for name, _ in _spoken_for(prompt, tools)}
        for path, prompt in prompts if language else []:
            seen: set[str] = set()
            for name, offset in mentioned(prompt, tools):
                if name not in spoken_for | seen and _is_silent_only_in(tools[name], language or ""):
                    yield Found(
                        assistant, path, f"{name} is silent here, and the prompt says nothing", offset
                    )
                seen.add(name)


@rule()
def message_language(conversations: Conversations) -> Iterator[Found]:
    """What a tool says may be heard in calls of the other language.

    Looked at are the tools of assistants whose id ends in `-en` or `-zh`. A text with Chinese characters is
    Chinese; of `contents` the entry for the language counts, where there is no `content`.

    Do: Give the message a condition on `language`, and the other language a message of its own.

    Example:
        messages:
          - {type: request-failed, content: I wasn't able to check that.}    (of a tool that booking-zh calls)
    """
    for resource, path, tool in conversations.tools():
        for language in sorted(conversations.languages_of(tool)):
            for place, message in mappings(tool.get("messages")):
                text = text_in(message, language) if may_hold(message, language) else ""
                if text and bool(_CHINESE.search(text)) is not (language == "zh"):
                    where = (*path, "messages", place, "content")
                    yield Found(resource, where, f"may be said in calls in {language}: {text}")


def _is_silent_only_in(tool: Document, language: str) -> bool:
    return not start_in(tool, language) and any(start_in(tool, each) for each in LANGUAGES)


def _spoken_for(prompt: str, tools: dict[str, Document]) -> Iterator[tuple[str, int]]:
    """The tools before which a prompt has the model speak, and where it does."""
    # What is quoted may hold full stops of its own.
    hidden = _QUOTED.sub(lambda quote: quote[0][0] + "_" * (len(quote[0]) - 2) + quote[0][-1], prompt)
    for sentence in _SENTENCE.finditer(hidden):
        if says := _SAYS.search(sentence[0]):
            names = {name for name, _ in mentioned(sentence[0], tools)}
            yield from ((name, sentence.start() + says.end()) for name in sorted(names))
