"""Vapi's `knowledge-base-request`: what the clinic's documents say to the caller's last words.

Asked before each of the model's turns, where an assistant's `model.knowledgeBase` names this server. What
is given back goes to the model beside the conversation, so each passage stands between tags that name its
source.
"""

import time
from collections.abc import Mapping
from itertools import dropwhile, takewhile
from typing import Any, Final, Literal, NamedTuple, cast
from uuid import UUID

from frontdesk.answering import storable
from frontdesk.db import connection as database
from frontdesk.db.claims import clinic_transaction, directory_transaction
from frontdesk.knowledge import answers, searching
from frontdesk.logs import described, logger
from frontdesk.patients import phones
from frontdesk.tool import LONGEST_WORDS, clean
from frontdesk.vapi import messages

PATIENCE_S: Final = 3.0
"""The caller waits for this before the model has begun to think."""


class Answer(NamedTuple):
    """The body, and what to log of it."""

    body: dict[str, Any]
    how: Literal["found", "not_found", "no_question", "no_line", "failed"]
    org_id: str | None = None


def answer(message: Mapping[str, Any], ends: float) -> Answer:
    """`{"documents": [...]}`, empty whatever fails; within `PATIENCE_S`. Raises nothing."""
    try:
        return _answer(dict(message), min(ends, time.monotonic() + PATIENCE_S))
    except Exception as failed:  # noqa: BLE001 - the model goes on without documents, and the call with it
        logger.error("a question was not looked up", extra=described(failed))
        return Answer({"documents": []}, "failed")
    finally:
        database.settle()


def last_words(message: Mapping[str, Any]) -> str:
    """What the caller said since somebody else spoke: Vapi parts one question into several turns."""
    for name in ("messagesOpenAIFormatted", "messages"):
        backwards = dropwhile(lambda turn: turn[0] != "user", reversed(_turns(message.get(name))))
        said = [words for _, words in takewhile(lambda turn: turn[0] == "user", backwards)]
        if words := clean(" ".join(reversed(said))):
            # Of very much the end: what was said last.
            return words[-LONGEST_WORDS:]
    return ""


def _turns(listed: Any) -> list[tuple[str, str]]:
    """Role and words, in order."""
    turns = cast("list[Any]", listed) if isinstance(listed, list) else []
    objects = [cast("dict[str, Any]", one) for one in turns if isinstance(one, dict)]
    said = [(one.get("role"), one.get("content") or one.get("message")) for one in objects]
    return [(role, words) for role, words in said if isinstance(role, str) and isinstance(words, str)]


def _answer(message: dict[str, Any], deadline: float) -> Answer:
    question = last_words(message)
    if not question:
        return Answer({"documents": []}, "no_question")
    org_id = _clinic(messages.conversation(message), deadline)
    if org_id is None:
        return Answer({"documents": []}, "no_line")
    with clinic_transaction(org_id, deadline) as db:
        found = answers.safe(searching.ask(db, question, deadline=deadline).passages)
    documents = [
        {
            "content": answers.delimited(one),
            # Vapi wants one of each; of words alone nobody knows it, but it was alike enough to be found.
            "similarity": 0.5 if one.similarity is None else round(min(max(one.similarity, 0.0), 1.0), 3),
            "uuid": str(one.chunk_id),
        }
        for one in found
    ]
    return Answer({"documents": documents}, "found" if found else "not_found", str(org_id))


def _clinic(of: messages.Conversation, deadline: float) -> UUID | None:
    """By the called number; of a test call that dialled none, by the squad or the assistant."""
    called = phones.carrier_number(of.called_number)
    with directory_transaction(deadline) as db:
        if called or "PhoneCall" in of.kind:
            return db.value("SELECT directory.organization_of_number(%(called)s::text)", called=called)
        for one in of.vapi_ids:
            found = db.value("SELECT directory.organization_of_vapi_id(%(id)s::text)", id=storable(one))
            if found is not None:
                return found
    return None
