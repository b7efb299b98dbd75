"""What follows from a message of Vapi's once it has been taken: done once, in one transaction of its clinic.

A message comes at least once and in no order. It is written down in the transaction that does it, so the
second time finds it done. What other servers are asked for comes after the commit, and is asked again the
second time: copies unless the rows say that they are there, a handover of the running call for 20 s.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from frontdesk.answering import storable
from frontdesk.call import between_calls
from frontdesk.calls import ending
from frontdesk.calls.allowed import plain_type
from frontdesk.calls.ending import Told
from frontdesk.db import queries
from frontdesk.db.claims import clinic_transaction, directory_transaction
from frontdesk.errors import ProviderFailed
from frontdesk.logs import logger
from frontdesk.outbound import items
from frontdesk.patients import phones
from frontdesk.vapi import messages

SQL: Final = queries.beside(__file__)

Doing = Callable[[Told], None]

_BY_TYPE: Final[Mapping[str, Doing]] = {
    "end-of-call-report": ending.settle,
    "status-update": ending.status,
    "transcript": ending.said,
    "transfer-update": ending.handed_over,
    "hang": ending.hung,
    "language-change-detected": ending.language_changed,
}


class NoClinic(ProviderFailed):
    """A message says of nothing whose call it is. An earlier one of the call may yet come."""

    def __init__(self) -> None:
        super().__init__("a message does not say whose call it is")


def follow(message: dict[str, Any], content_hash: str, deadline: float) -> None:
    """Does what the message's type asks for, unless that was done before.

    Args:
        message: as `calls.allowed` keeps it.
        content_hash: of its content, hexadecimal; the same for the same message delivered again.
        deadline: on the clock of `time.monotonic`.

    Raises `NoClinic`, `DatabaseFailed`, `DeadlineExceeded` and whatever else a later try may heal.
    """
    told = messages.conversation(message)
    type_ = plain_type(message)
    doing = _BY_TYPE.get(type_)
    if doing is None or not told.id:
        return
    call_id = storable(told.id)
    org_id = _clinic_of(told, call_id, deadline)
    if org_id is None and not told.called_number and not told.kind.startswith("web"):
        raise NoClinic
    if org_id is None:
        logger.warning("a message is of no clinic's call", extra={"call_id": call_id, "type": type_})
        return
    with clinic_transaction(org_id, deadline) as db:
        desk = between_calls(db)
        one = Told(db, desk.clinic, call_id, message, desk.now, deadline)
        db.run(
            SQL["take_up_call"],
            call_id=call_id,
            kind=told.kind[:40] or "unknown",
            caller_number=phones.carrier_number(told.caller_number),
        )
        marks = items.of_call(message.get("call"))
        item_id = marks.item_id if marks and marks.org_id == str(org_id) else None
        if db.run(SQL["drop_erased"], call_id=call_id, item_id=item_id):
            logger.info("a message is of an erased call", extra={"call_id": call_id, "type": type_})
            return
        hashed = hashlib.sha256(content_hash.encode()).digest()
        message_id = {"call_id": call_id, "type": type_, "content_hash": hashed}
        if db.run(SQL["take_message"], **message_id):
            doing(one)
        elif type_ == "end-of-call-report":
            ending.copies(one)
        elif type_ == "language-change-detected" and db.value(SQL["was_taken_lately"], **message_id):
            ending.hand_over(one)
    for do in one.afterwards:
        do()


def _clinic_of(told: messages.Conversation, call_id: str, deadline: float) -> UUID | None:
    called = phones.carrier_number(told.called_number)
    # As a tool call finds it: only a call that dialled no number is found by its squad or assistant.
    ids = [] if "PhoneCall" in told.kind and called else [storable(one) for one in told.vapi_ids]
    with directory_transaction(deadline) as db:
        return db.value(SQL["clinic_of_call"], called=called, vapi_ids=ids, call_id=call_id)
