"""Which texts stand for a passage, and for a question, when they are compared by meaning."""

import re
from typing import Final

from frontdesk.knowledge.splitting import sentences

# What people say before they come to the point; a model takes it for part of the point.
_FILLER: Final = re.compile(
    r"\b(?:hi|hello|hey|um+|uh+|er|well|okay|please|thanks|thank you|just|maybe|actually"
    r"|you guys|you folks|do you know|(?:can|could) you tell me|I was wondering(?: if)?"
    r"|I'm calling (?:to|about)|I (?:just )?want(?:ed)? to (?:know|ask))\b,?\s*"
    r"|[请請][问問](?:一下)?|我?想(?:[问問](?:一下)?|知道)|麻烦|麻煩|[你您]好|那[个個]|就是|一下|你们|你們|[呢啊吗嗎呀嗯]",
    re.IGNORECASE,
)


def of_passage(heading: str, text: str) -> list[str]:
    """What is embedded of a passage: all of it, then its sentences if there are some, each under its heading.

    The nearest of them counts, so that what a long passage says in passing is found as well.
    """
    under = heading.rsplit(" > ", 1)[-1]
    said = [sentence.strip() for sentence in sentences(text)]
    return [f"{under}. {part}" if under else part for part in (text, *(said if len(said) > 1 else []))]


def of_question(question: str) -> str:
    """What is embedded of a question, without what is said around it."""
    return " ".join(_FILLER.sub("", question).split()) or question
