"""The telephone numbers that callers dial: whose each is, and that Vapi asks us who answers it.

One number, one organization. It is moved by its owner only, who releases it; then another may attach it. The
row is there before Vapi is asked, and Vapi is never waited for in a transaction.
"""

import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from psycopg.types.json import Jsonb

from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.errors import Declined, ProviderFailed, Unclear, Unknown
from frontdesk.logs import described, logger
from frontdesk.members import audit
from frontdesk.members.problems import Problem
from frontdesk.patients import phones
from frontdesk.vapi.phone_numbers import ANSWERED_BY, VapiNumber, VapiNumbers

SQL: Final = queries.beside(__file__)

_PATIENCE_S: Final = 10
"""For all that is asked of Vapi in one request."""
_GONE: Final = "Vapi's account doesn't have this number."


class NotToBeHad(Declined):
    """Another clinic's, or none that the platform has: which of the two is nobody's business."""

    fact = "This number can't be had. Ask the platform's operator for one, or its clinic to release it."


class NoSuchNumber(Unknown):
    """The clinic has no such number; another clinic may."""

    fact = "Your clinic has no such number."


class NoNumber(Unclear):
    """What stands in the path is no telephone number."""

    fact = "That is no telephone number; write it as +16045550100."


class PhoneNumber(NamedTuple):
    """One of the clinic's."""

    e164: str
    status: str
    """`attaching`, `attached`, `failed` or `releasing`."""
    failure: str | None


class _Row(NamedTuple):
    e164: str
    status: str
    failure: str | None
    vapi_id: str | None
    vapi_provider: str | None
    vapi_before: dict[str, Any] | None
    attempt: int


def everyone(db: Transaction) -> list[PhoneNumber]:
    """All of the clinic's numbers."""
    return [_shown(one) for one in db.all(_Row, SQL["phone_numbers"], e164=None)]


def attach(
    db: Transaction, text: str, vapi: Callable[[float], VapiNumbers], *, server_url: str
) -> PhoneNumber:
    """Takes the number, has Vapi ask us about its calls, and says what came of it; again, it tries again.

    One that answers somebody else's calls is not to be had, unless the clinic had it already. `vapi` makes a
    client that gives up at the time it is given. Raises `NoNumber`, `NotToBeHad`, and `Problem` (503) when
    Vapi can't say whether it has a number that is new to the clinic.
    """
    e164 = _read(text)
    taken: int | None = db.value(SQL["take_number"], e164=e164)
    attempt: int | None = taken or db.value(SQL["try_number_again"], e164=e164)
    if attempt is None:
        raise NotToBeHad
    deadline = time.monotonic() + _PATIENCE_S
    with db.released():
        found, server, failure = _looked_up(vapi, deadline, e164, server_url)
    is_free = found is not None and _is_free(db, found, server_url)
    if not is_free and db.run(SQL["drop_unproven_number"], e164=e164, attempt=attempt):
        with db.released():
            pass  # what is raised would undo it
        if failure is not None:
            raise Problem(503, f"{failure} So the number isn't your clinic's yet; try again.")
        # As if it were another's: nobody learns here which numbers others have.
        raise NotToBeHad
    if found is None:
        db.run(SQL["settle_number"], e164=e164, attempt=attempt, failure=failure or _GONE)
        audit.note(db, "phone_number.failed", of=e164)
        return _one(db, e164)
    held: dict[str, Any] = {"e164": e164, "vapi_id": found.id, "vapi_provider": found.provider}
    # What was there is written down before it is gone.
    before: dict[str, Any] | None = db.value(
        SQL["remember_number"], **held, attempt=attempt, vapi_before=Jsonb(found.answered_by)
    )
    if before is None:
        return _one(db, e164)  # released, or asked for again, since
    with db.released():
        failure = _answered_by(vapi, deadline, found, {"server": server}, gone=_GONE)
    if db.run(SQL["settle_number"], e164=e164, attempt=attempt, failure=failure):
        audit.note(db, "phone_number.attached" if failure is None else "phone_number.failed", of=e164)
        return _one(db, e164)
    # Released, or asked for again, since. A release's answer of Vapi may have been the earlier one: then the
    # number has ours and nobody has the number, so it is held until it has again what it had.
    if again := db.value(SQL["take_number"], e164=e164):
        db.run(SQL["remember_number"], **held, attempt=again, vapi_before=Jsonb(before))
    elif _one(db, e164).status != "releasing":
        return _one(db, e164)
    return _let_go(db, e164, vapi, deadline)


def release(db: Transaction, text: str, vapi: Callable[[float], VapiNumbers]) -> PhoneNumber:
    """Gives Vapi's number back what it had and lets go of it; `released`, or what hindered it.

    Raises `NoNumber` and `NoSuchNumber`.
    """
    return _let_go(db, _read(text), vapi, time.monotonic() + _PATIENCE_S)


def _let_go(db: Transaction, e164: str, vapi: Callable[[float], VapiNumbers], deadline: float) -> PhoneNumber:
    row = db.one(_Row, SQL["release_number"], e164=e164)
    if row is None:
        raise NoSuchNumber
    if row.vapi_id is not None:
        number = VapiNumber(row.vapi_id, row.vapi_provider or "vapi", {})
        with db.released():
            failure = _answered_by(vapi, deadline, number, row.vapi_before or {}, gone=None)
        if failure is not None:
            db.run(SQL["settle_number"], e164=e164, attempt=row.attempt, failure=failure)
            return _one(db, e164)
    db.run(SQL["drop_number"], e164=e164, attempt=row.attempt)
    audit.note(db, "phone_number.released", of=e164)
    return PhoneNumber(e164, "released", None)


def _is_free(db: Transaction, found: VapiNumber, server_url: str) -> bool:
    """Whether nobody answers it yet, or agents of this clinic alone do."""
    names = [
        found.answered_by[name] for name in ANSWERED_BY if name in found.answered_by and name != "server"
    ]
    ours = db.value(SQL["entries_of_ours"], vapi_ids=names)
    return ours == len(names) and found.answered_by.get("server", {}).get("url") != server_url


def _looked_up(
    vapi: Callable[[float], VapiNumbers], deadline: float, e164: str, server_url: str
) -> tuple[VapiNumber | None, dict[str, Any], str | None]:
    """Vapi's number, if it has it; the server that is to be asked; why neither could be found out."""
    try:
        with vapi(deadline) as asked:
            found = asked.find(e164)
            return found, {"url": server_url, "credentialId": asked.credential()} if found else {}, None
    except ProviderFailed as error:
        return None, {}, _told(error)


def _answered_by(
    vapi: Callable[[float], VapiNumbers],
    deadline: float,
    number: VapiNumber,
    answered_by: dict[str, Any],
    *,
    gone: str | None,
) -> str | None:
    """Why it could not be done, or None; `gone` when the account has the number no more."""
    try:
        with vapi(deadline) as asked:
            return None if asked.answer_by(number, answered_by) else gone
    except ProviderFailed as error:
        return _told(error)


def _told(error: ProviderFailed) -> str:
    """The reason, in our own words; the log has where it came from."""
    logger.error("a telephone number could not be changed at Vapi", extra=described(error))
    text = str(error)
    return f"{text[0].upper()}{text[1:]}." if text else "Vapi failed."


def _read(text: str) -> str:
    number = phones.spoken_number(text)
    if number is None:
        raise NoNumber
    return number


def _one(db: Transaction, e164: str) -> PhoneNumber:
    found = db.one(_Row, SQL["phone_numbers"], e164=e164)
    if found is None:
        raise NoSuchNumber
    return _shown(found)


def _shown(row: _Row) -> PhoneNumber:
    return PhoneNumber(row.e164, row.status, row.failure)
