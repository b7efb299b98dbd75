"""One tool call's way through the database: opened, worked, closed, whatever happens to it.

The opening and the closing are a round trip each (`db/replaceable/40_tool_calls.sql`). Between them the
handler runs in a savepoint: a decline undoes what it did, while the record of the tool call, the audit
entry and failed proofs of identity stay. A connection that died is tried once more, whole.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple, TypeVar
from uuid import uuid4

import psycopg
from psycopg.rows import dict_row
from pydantic import ValidationError

from frontdesk import measures
from frontdesk.arguments import Heard
from frontdesk.call import Call, Clinic
from frontdesk.db import connection as database
from frontdesk.db.connection import Connection
from frontdesk.db.transaction import Transaction
from frontdesk.emr.waiting import PATIENCE_S, Patience
from frontdesk.errors import Declined, ProviderFailed
from frontdesk.logs import described, logger
from frontdesk.measures import Booking
from frontdesk.patients import phones
from frontdesk.settings import settings
from frontdesk.speech import sentences
from frontdesk.speech.language import Language
from frontdesk.tool import STATEMENT_SHARE, Answer, Tool, ToolArguments, Wire
from frontdesk.vapi import messages

A = TypeVar("A", bound=ToolArguments)
Handler = Callable[[Call[A]], Answer]
"""A tool's own function."""

_TRIED_AGAIN: Final = ("40001", "40P01")
"""Postgres gave up one of several transactions that were in each other's way: the next try finds it alone."""

_OPEN: Final = b"""
    SELECT organization, call_language, proven_patient_id, failed_proofs, is_new, is_same, earlier, at
    FROM desk.open_call(%s::text, %s::text[], %s::text, %s::text, %s::text, %s::text, %s::text,
        %s::bytea, %s::int, %s::text)"""
_CLOSE: Final = b"""
    SELECT desk.close_call(%s::text, %s::text, %s::text, %s::text, %s::int, %s::text, %s::bigint,
        %s::int, %s::text, %s::bigint, %s::bigint, %s::jsonb, %s::bigint[])"""


class Result(NamedTuple):
    """What one tool call came to: a result the model acts on, or an error."""

    text: str
    """One line: JSON of a result, a sentence of an error."""
    outcome: str
    """`done`, `refused`, `unclear`, `repeated`, `failed`, `no_line`."""
    is_error: bool = False
    booking: Booking | None = None
    """What it was as an attempt to book, to move or to cancel."""


class _LineNotSetUp(Exception):
    """The number that was called belongs to no clinic here."""


class Answering:
    """One tool call's way through the database: two tries at most, for a connection may have died."""

    def __init__(
        self,
        tool: Tool[Any],
        handler: Handler[Any],
        asked: messages.ToolCall,
        of: messages.Conversation,
        deadline: float,
        told: Language | None,
        ends: float,
    ) -> None:
        """Keeps what was asked.

        Args:
            tool: whose definition says what is understood and what a refusal looks like.
            handler: the tool's own function.
            asked: the tool call as Vapi sent it.
            of: the conversation it belongs to.
            deadline: on the clock of `time.monotonic`; whatever is waited for is over by then.
            told: the language among the arguments, the call's from now on.
            ends: when Lambda cuts it off, on the same clock; at a clinic with an EMR there is patience with
                that one beside the deadline, and none beyond this.
        """
        self.tool, self.handler, self.asked, self.of = tool, handler, asked, of
        self.began, self.deadline, self._ends = time.monotonic(), deadline, ends
        self.language: Language = told or "en"
        self.call_id = storable(of.id) or f"unnamed-{uuid4()}"
        self.org_id: str | None = None
        self.told = told
        self.is_commit_sent = False
        self.patience = Patience()
        self.may_stand = False
        """Whether a connection was lost after COMMIT had been sent, so that nobody here knows."""

    @cached_property
    def caller_number(self) -> str | None:
        """The caller's number as E.164, when there is one."""
        return phones.carrier_number(self.of.caller_number)

    def answer(self) -> Result:
        """The tool's answer, a refusal, or a true sentence about what failed; raises nothing."""
        try:
            try:
                return self._try()
            except psycopg.OperationalError as lost:
                if database.is_connected() and lost.sqlstate not in _TRIED_AGAIN:
                    raise
                # Whatever was not committed is undone; what was, the record of this tool call gives again.
                logger.warning("trying once more", extra=described(lost))
                self._note_what_is_known()
                database.settle()
                return self._try()
        except _LineNotSetUp:
            logger.error(
                "a called number or Vapi id belongs to no organization", extra={"call_id": self.of.id}
            )
            return Result(sentences.LINE_NOT_SET_UP.say(self.language), "no_line", is_error=True)
        except (ProviderFailed, psycopg.OperationalError) as failed:
            logger.error("a provider failed", extra=described(failed))
            measures.failed(failed)
            return self._failed()
        except Exception as ours:  # noqa: BLE001 - whatever it is, the caller is owed a true sentence
            logger.error("our own fault", extra=described(ours))
            measures.failed(ours)
            return self._failed()
        finally:
            database.settle()

    def _failed(self) -> Result:
        self._note_what_is_known()
        is_unsure = self.may_stand or self.patience.may_stand
        if self.tool.writes:
            sentence = sentences.UNSURE if is_unsure else sentences.NOTHING_DONE
        else:
            sentence = sentences.UNREACHABLE
        came_to = _counted(self.tool, Booking.DOUBTFUL if is_unsure else Booking.FAILED)
        return Result(sentence.say(self.language), "failed", is_error=True, booking=came_to)

    def _note_what_is_known(self) -> None:
        self.may_stand = self.may_stand or (self.is_commit_sent and not database.is_connected())
        self.is_commit_sent = False

    def _try(self) -> Result:
        connection = database.connection(self.deadline)
        opened = self._open(connection)
        if opened["organization"] is None:
            connection.execute(b"ROLLBACK")
            raise _LineNotSetUp
        clinic = Clinic.from_row(opened["organization"])
        self.org_id, self.language = str(clinic.org_id), opened["call_language"]
        if not opened["is_new"]:
            if not opened["is_same"]:
                connection.execute(b"ROLLBACK")
                text = (
                    "This tool call id was used before, for something else; nothing was done now. Call again."
                )
                return Result(text, "unclear", is_error=True)
            if opened["earlier"] is not None:
                connection.execute(b"ROLLBACK")
                return Result(opened["earlier"], "repeated")
        if clinic.emr and self.patience.ends is None:
            # What the EMR takes isn't our own work's to lose: it has its last words in any case.
            self.deadline = min(self.deadline + PATIENCE_S, self._ends)
        connection.deadline = self.deadline
        call: Call[Any] = Call(
            args=ToolArguments(),
            db=Transaction(connection),
            clinic=clinic,
            id=self.call_id,
            kind=self.of.kind,
            caller_number=self.caller_number,
            is_inbound=self.of.kind == messages.INBOUND,
            language=self.language,
            now=opened["at"].astimezone(clinic.zone),
            proven_patient_id=opened["proven_patient_id"],
            failed_proofs=opened["failed_proofs"],
            control_url=self.of.control_url,
            deadline=self.deadline,
            patience=self.patience,
        )
        result, answer = worked(self.tool, self.handler, self.asked.arguments, call)
        due = self._close(connection, call, result, undo=answer is None)
        if due:
            from frontdesk.calendars import ringing  # only for who has a calendar

            ringing.ring(clinic.org_id, due, deadline=self.deadline)
        return result

    def _open(self, connection: Connection) -> dict[str, Any]:
        called = phones.carrier_number(self.of.called_number) or self.of.called_number[:40] or None
        values = (
            called and storable(called),
            [] if "PhoneCall" in self.of.kind else [storable(i) for i in self.of.vapi_ids],
            self.call_id,
            self.of.kind[:40] or "unknown",
            self.caller_number,
            storable(self.asked.id),
            self.tool.name,
            self._fingerprint(),
            round(settings().deadline_s * STATEMENT_SHARE * 1000),
            self.told,
        )
        try:
            with connection.pipeline():
                connection.execute(b"BEGIN")
                cursor = connection.cursor(row_factory=dict_row).execute(_OPEN, values, prepare=True)
                connection.execute(b"SAVEPOINT handler")
        except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled):
            # The call's row is held by another of its tool calls, perhaps by this one's twin.
            self.may_stand = True
            raise
        row = cursor.fetchone()
        assert row is not None  # noqa: S101 - the function gives one row
        return row

    def _fingerprint(self) -> bytes:
        """Of what was asked; the language it was asked in makes no other request of it."""
        asked = {name: value for name, value in (self.asked.arguments or {}).items() if name != "language"}
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).digest()

    def _close(self, connection: Connection, call: Call[Any], result: Result, *, undo: bool) -> list[int]:
        """The connections of calendars that are to hear of it."""
        took_ms = round((time.monotonic() - self.began) * 1000)
        values = (
            self.call_id,
            storable(self.asked.id),
            result.text if self.tool.writes else None,
            result.outcome,
            took_ms,
            call.language,
            call.proven_patient_id,
            call.newly_failed_proofs,
            self.tool.name,
            call.patient_id,
            call.appointment_id,
            call.sought,
            call.patient_ids or None,
        )
        with connection.pipeline():
            if undo:
                connection.execute(b"ROLLBACK TO SAVEPOINT handler")
            closed = connection.execute(_CLOSE, values, prepare=True)
            self.is_commit_sent = True
            connection.execute(b"COMMIT")
        [due] = closed.fetchone() or [None]
        return due or []


def worked(
    tool: Tool[A], handler: Handler[A], arguments: Mapping[str, Any] | None, call: Call[A]
) -> tuple[Result, Answer | None]:
    """What a tool's own handler makes of the arguments, in the call's transaction.

    The handler's answer; or None and the refusal, after which its work is to be undone.
    """
    try:
        call.args = tool.arguments.model_validate(
            arguments, context=Heard(today=call.today, region=call.clinic.region)
        )
        answer = handler(call)
    except ValidationError as invalid:
        return Result(_refusal(tool, call, _unclear(invalid, call.language)), "unclear"), None
    except Declined as declined:
        came_to = _counted(tool, declined.booking)
        return Result(_refusal(tool, call, declined), "refused", booking=came_to), None
    answer.today = call.today
    is_asked_for = getattr(answer, "status", None) == "PENDING"
    came_to = _counted(tool, Booking.ASKED_FOR if is_asked_for else tool.counts or "")
    return Result(_one_line(answer.model_dump_json(by_alias=True)), "done", booking=came_to), answer


def _refusal(tool: Tool[Any], call: Call[Any], declined: Declined) -> str:
    fields = {
        **tool.refused,
        **declined.details,
        "fact": declined.fact,
        "say": declined.say or declined.fact,
        "today": call.today.isoformat(),
    }
    return _one_line(json.dumps(fields, ensure_ascii=False, default=_plain))


def _counted(tool: Tool[Any], came_to: str) -> Booking | None:
    return Booking(came_to) if tool.counts else None


def storable(text: str) -> str:
    """The id itself, or a stand-in of the same identity where Postgres could not keep it."""
    if len(text) <= 200 and text.isprintable():
        return text
    return f"sha256-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _unclear(invalid: ValidationError, language: Language) -> Declined:
    """What to ask the caller, from what pydantic found; never with the words that were sent."""
    wrong = [
        (str(error["loc"][0]) if error["loc"] else "", error) for error in invalid.errors(include_url=False)
    ]
    facts: list[str] = []
    for name, error in wrong:
        cause = error.get("ctx", {}).get("error")
        if isinstance(cause, Declined):
            facts.append(f"{name}: {cause.fact}")
        else:
            facts.append(
                f"{name} is missing." if error["type"] == "missing" else f"{name} was not understood."
            )
    ask = next(
        (sentences.ASK[key] for name, _ in wrong if (key := _snake(name)) in sentences.ASK),
        sentences.SAY_AGAIN,
    )
    return Declined(
        " ".join(facts), say=ask.say(language), problem="unclear", fields=[name for name, _ in wrong]
    )


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def _plain(value: Any) -> Any:
    if isinstance(value, Wire):
        return value.model_dump(mode="json", by_alias=True)
    raise TypeError(type(value).__name__)


def _one_line(text: str) -> str:
    """JSON text without the two characters that JSON allows and line readers break at."""
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085")
