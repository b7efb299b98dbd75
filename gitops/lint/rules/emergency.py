"""Emergencies: every assistant knows the words, and can hang up once help is on its way."""

import re
from collections.abc import Iterator
from typing import Final

from gitops.lint.conversations import Conversations
from gitops.lint.registry import Found, rule

KEYWORDS: Final = {
    "en": (
        "chest pain",
        "cannot breathe",
        "difficulty breathing",
        "heart attack",
        "stroke",
        "seizure",
        "unconscious",
        "severe bleeding",
        "choking",
        "emergency",
        "overdose",
        "suicidal",
    ),
    "zh": (
        "胸痛",
        "不能呼吸",
        "呼吸困难",
        "心脏病发作",
        "中风",
        "癫痫|抽搐",
        "昏迷|失去意识",
        "大出血",
        "噎住|窒息",
        "紧急",
        "服药过量",
        "自杀|想自杀",
    ),
}
"""What an emergency section must hold, in both languages; `|` is between words of which one is enough."""
_ITEM: Final = r"(?:^[\s*-]*|[,、，:：]\s*)(?:{})\s*(?=[,、，。.]|$)"
"""A word as part of a list: an example that holds it, "no chest pain", is none."""
_HEADING: Final = re.compile(r"^(#+)[ \t]*(?:Emergency|紧急情况)[ \t]*$", re.MULTILINE)


@rule()
def emergency_section(conversations: Conversations) -> Iterator[Found]:
    """An assistant's prompt has no section `## Emergency` or `## 紧急情况`.

    Whoever answers may be the one who hears it, so each assistant of a squad needs it.

    Do: Copy the section from another assistant of the same language.

    Example:
        ## Identity
        You are the receptionist.        (and no `## Emergency` below)
    """
    for assistant, _, prompts in conversations.assistants():
        if not any(_section(prompt) for _, prompt in prompts):
            yield Found(assistant, prompts[0][0] if prompts else (), "the prompt has no emergency section", 0)


@rule()
def emergency_keyword(conversations: Conversations) -> Iterator[Found]:
    """The emergency section's lists lack one of the words that mean danger, in English or in Chinese.

    A word counts where commas, line ends or the list's colon stand around it, not in a sentence. Callers in
    distress fall back on their first language, so both lists stand in every prompt.

    Do: Add the word to the section's list.

    Example:
        English: chest pain, stroke      (and nothing of `cannot breathe`)
    """
    for assistant, _, prompts in conversations.assistants():
        for path, prompt in prompts:
            if not (section := _section(prompt)):
                continue
            for words in (*KEYWORDS["en"], *KEYWORDS["zh"]):
                if not re.search(_ITEM.format(words), section[1], re.IGNORECASE | re.MULTILINE):
                    shown = " or ".join(words.split("|"))
                    yield Found(assistant, path, f"the emergency section lists no {shown}", section[0])


@rule()
def emergency_end_call(conversations: Conversations) -> Iterator[Found]:
    """The emergency rule stands where no tool of type `endCall` is linked, or doesn't name it.

    Having told the caller to dial 911, the assistant must be able to free their line.

    Do: Link the `endCall` tool, and say in the section when to call it.

    Example:
        toolIds: [transfer_call]         (and no `end_call`)
    """
    for assistant, links, prompts in conversations.assistants():
        ends = [link.name for link in links if link.tool.get("type") == "endCall"]
        for path, prompt in prompts:
            if not (section := _section(prompt)):
                continue
            if not ends:
                yield Found(assistant, path, "no endCall tool is linked", section[0])
            elif not any(name in section[1] for name in ends):
                yield Found(assistant, path, f"the emergency section never says {ends[0]}", section[0])


def _section(prompt: str) -> tuple[int, str] | None:
    """Where the emergency section begins, and its text."""
    heading = _HEADING.search(prompt)
    if heading is None:
        return None
    following = re.compile(rf"^#{{1,{len(heading[1])}}}[ \t]", re.MULTILINE).search(prompt, heading.end())
    return heading.start(), prompt[heading.start() : following.start() if following else None]
