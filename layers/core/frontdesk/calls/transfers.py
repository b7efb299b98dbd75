"""Handing a call to a person, and saying truthfully whether that worked."""

from typing import Any, Final, NamedTuple, Protocol

from frontdesk.call import Call
from frontdesk.calls.wire import TransferReason, TransferStatus
from frontdesk.db import queries
from frontdesk.errors import ProviderFailed
from frontdesk.logs import described, logger
from frontdesk.notifications import notices
from frontdesk.patients import identity
from frontdesk.speech import sentences
from frontdesk.speech.language import Language

SQL: Final = queries.beside(__file__)

_SENTENCES: Final = {
    "asked": sentences.TRANSFERRING,
    "accepted": sentences.TRANSFERRING,
    "failed": sentences.TRANSFER_FAILED,
    "nobody_there": sentences.NOBODY_THERE,
}


class LiveControl(Protocol):
    """What can pass a running call on."""

    def transfer(self, control_url: str, number: str, *, timeout_s: float) -> None:
        """Asks for the call to be passed to a number; raises `ProviderFailed` unless that was accepted."""
        ...


class Transfer(NamedTuple):
    """What came of asking for a person."""

    status: TransferStatus

    def said(self, language: Language) -> str:
        """What to tell the caller."""
        return _SENTENCES[self.status].say(language)


def transfer(call: Call[Any], control: LiveControl, reason: TransferReason, *, notes: str) -> Transfer:
    """Records the wish, asks the running call to be passed on, records what came of it.

    The record commits before Vapi is asked, so that nothing waits for another server inside a
    transaction, and a crash in between leaves a transfer that was asked for and not settled.
    """
    if under_way := call.db.value(SQL["transfer_under_way"], call_id=call.id):
        return Transfer(under_way)
    number = call.db.value(
        SQL["transfer_line"],
        reason=reason,
        weekday=call.now.isoweekday(),
        at=call.now.time(),
    )
    asked = call.db.value(
        SQL["ask_for_transfer"],
        call_id=call.id,
        reason=reason,
        notes=notes,
        is_flagged=identity.has_guessed_too_often(call),
        number=number,
        status="asked" if number else "nobody_there",
    )
    if number is None:
        _tell(call)
        return Transfer("nobody_there")
    status: TransferStatus = "accepted"
    with call.db.released():
        try:
            control.transfer(call.control_url, number, timeout_s=call.seconds_left / 2)
        except ProviderFailed as failed:
            logger.error("a transfer was not accepted", extra=described(failed))
            status = "failed"
    call.db.run(SQL["settle_transfer"], id=asked, status=status)
    if status == "accepted":
        call.db.run(SQL["let_go"], call_id=call.id)
    else:
        _tell(call)
    return Transfer(status)


def _tell(call: Call[Any]) -> None:
    """Tells the clinic that it has missed a caller."""
    notices.note(call.db, "transfer_missed", call_id=call.id, patient_id=call.proven_patient_id)
