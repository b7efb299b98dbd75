"""The caller goes on in another language: who has the call from then on."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from frontdesk.answering import storable
from frontdesk.call import Clinic
from frontdesk.calls import flags
from frontdesk.calls.destinations import language_of
from frontdesk.calls.entries import SQL
from frontdesk.db.transaction import Transaction
from frontdesk.speech.language import language_heard
from frontdesk.vapi import live_control, messages, squads

_PATIENCE_S: Final = 5.0


def changed(db: Transaction, clinic: Clinic, message: Mapping[str, Any]) -> None:
    """Notes that another language was heard, if the clinic has it."""
    language = language_heard(message.get("language"))
    if language is None or language not in clinic.languages:
        return
    call_id = storable(messages.conversation(dict(message)).id)
    speaking = _speaking(message)
    known = speaking if speaking in squads.MEMBERS else None
    flags.note_event(db, call_id, None, "language", language=language, assistant=known)
    db.run(SQL["language_heard"], call_id=call_id, language=language)


def order(clinic: Clinic, message: Mapping[str, Any]) -> Callable[[], None] | None:
    """What is to be done once that is committed, if anything; it raises `ProviderFailed` unless Vapi took it.

    The call is handed to who does the same in the other language. That is nobody outside a squad, where one
    assistant speaks both; nor for the router, which does too; nor in a language that the clinic hasn't.
    """
    language = language_heard(message.get("language"))
    if language is None or language not in clinic.languages:
        return None
    speaking = _speaking(message)
    spoken = language_of(speaking)
    other = squads.member_in(language, speaking)
    control_url = messages.conversation(dict(message)).control_url
    call: dict[str, Any] = message.get("call") or {}
    if not call.get("squadId") or spoken in (None, language) or other is None or not control_url:
        return None
    return partial(live_control.handoff, control_url, other, timeout_s=_PATIENCE_S)


def _speaking(message: Mapping[str, Any]) -> str:
    assistant: dict[str, Any] = message.get("assistant") or {}
    return str(assistant.get("name", ""))
