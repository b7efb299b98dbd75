"""What was found, as a caller hears it and as a model is given it: a clinic's words, never an order.

A document may hold anything, also "ignore your rules": so what a model reads of one stands between tags that
the text can't close, without what Vapi would read as Liquid; and what reads like an order is never spoken by
the desk itself.
"""

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import Final

from frontdesk.knowledge.blocks import is_wide, weight
from frontdesk.knowledge.searching import Answered, Found, is_chinese
from frontdesk.knowledge.splitting import sentences as sentences_of
from frontdesk.speech import sentences
from frontdesk.speech.language import Language
from frontdesk.tool import clean

LONGEST_SAID: Final = 300
"""Characters of English, or 120 Chinese ones: some twenty seconds."""
_LONGEST_NAME: Final = 60
_LIQUID: Final = re.compile(r"\{(?=[{%])")
_TAG: Final = re.compile(r"<(?=\s*/?\s*clinic_document)", re.IGNORECASE)
_EXTENSION: Final = re.compile(r"\.\w{1,8}$")
_WORD: Final = re.compile(r"[^\W\u2e80-\ua4cf]+|[\u2e80-\ua4cf]")
_ENDED: Final = re.compile("[.!?…。！？；][\"'”’」』）)]*$")


def said(answered: Answered, question: str, language: Language) -> str:
    """One or two sentences that name their source; of what surely answers, the best that isn't suspicious.

    Of those about as good, one in the call's language. They never end in the middle of a sentence, nor are
    they longer than `LONGEST_SAID`: where that can't be, and where the passage is in another language, they
    say so, and the model tells it from the passages.
    """
    told = safe(answered.sure)
    if not told:
        if answered.sure:
            return sentences.TO_BE_CONFIRMED.say(language)
        return (sentences.NOT_SURE if safe(answered.passages) else sentences.NOT_IN_DOCUMENTS).say(language)
    best = next((one for one in told if is_chinese(one.text) == (language == "zh")), told[0])
    document = spoken_name(best.document)
    if is_chinese(best.text) != (language == "zh"):
        return sentences.IN_OTHER_LANGUAGE.say(language, document=document)
    source = (sentences.FROM_PAGE if best.page else sentences.FROM_DOCUMENT).say(
        language, document=document, page=best.page
    )
    if said := whole_sentences(in_context(best, question), question, LONGEST_SAID - weight(source) - 1):
        return said + ("" if is_wide(said[-1]) else " ") + source
    return sentences.TOO_LONG.say(language, document=document)


def safe(found: Sequence[Found]) -> list[Found]:
    """Without those that read like an order to a model: no model is given them, and the desk tells none."""
    return [one for one in found if not one.is_suspicious]


def in_context(one: Found, question: str) -> str:
    """The passage's text, after the question that it answers in its document if that isn't the one asked.

    "Yes, on Saturdays." is true of flu shots alone.
    """
    asked = plain(one.heading).rpartition(" > ")[2]
    of_it = _words(asked)
    is_told = not asked.endswith(("?", "？")) or 2 * len(of_it & _words(question)) >= len(of_it)
    return plain(one.text) if is_told else f"{asked} {plain(one.text)}"


def whole_sentences(text: str, question: str, room: float, measured: Callable[[str], float] = weight) -> str:
    """All of it if there is room; else the sentence nearest to the question, and the next as far as they fit.

    Empty where that sentence alone is too long.
    """
    parts = list(sentences_of(text))
    if measured(text) > room and parts:
        asked = _words(question)
        parts = parts[max(range(len(parts)), key=lambda place: (len(asked & _words(parts[place])), -place)) :]
    told = ""
    for part in parts:
        # The last may want a full stop.
        if measured((told + part).rstrip()) > room - 1:
            break
        told += part
    told = told.strip()
    if not told or _ENDED.search(told):
        return told
    return told + ("。" if is_wide(told[-1]) else ".")


def delimited(one: Found) -> str:
    """A passage, its heading first, between tags that name its source, as a model is given it."""
    where = f' page="{one.page}"' if one.page else ""
    text = plain(f"{one.heading}: {one.text}" if one.heading else one.text)
    return f'<clinic_document name="{escape(plain(one.document))}"{where}>{text}</clinic_document>'


def plain(text: str) -> str:
    """The text as it is, but it opens and closes no tag of ours, and Vapi finds no variable in it."""
    return _TAG.sub("‹", _LIQUID.sub("", clean(text)))


def spoken_name(document: str) -> str:
    """A document's name as it is said: `parking-guide.pdf` is "parking guide"."""
    return re.sub(r"[\s_-]+", " ", _EXTENSION.sub("", plain(document))).strip()[:_LONGEST_NAME]


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))
