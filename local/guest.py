"""A scripted call at a desk that runs elsewhere: all that is known of it is its address and Vapi's secret.

Whoever plays there is a guest: no database, no member, no stand-in of Vapi. What the call booked is cancelled
at its end, however it ended.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from local.addresses import Addresses, HmacPlan
from local.errors import ScriptWrong
from local.player import Answered, Event, Player, Stopped
from local.scripts import Ask, Ends, Handoff, Repeat, Rings, Says, Script, Tells, Together
from local.vapi_call import ToolCall

_PLAYED: Final = (Says, Handoff, Ask, Together, Repeat, Rings, Tells, Ends)
"""What Vapi itself tells a desk; any other turn is of the stack on one machine."""
_BOOKS: Final = "create_appointment"
_VAPI: Final = "https://api.vapi.ai"


@dataclass
class _Booking:
    """A booking that was asked for."""

    ask: Ask
    tool_call: ToolCall
    answer: dict[str, Any] | None = None
    """None: it never came."""


class Guest(Player):
    """One script at the desk at `url`, whose paths are those of the API; signed by `secret`."""

    def __init__(self, script: Script, url: str, secret: str) -> None:
        """Raises `ScriptWrong` for an address that isn't one, and for a script that needs the stack here."""
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
            raise ScriptWrong(f"{url} is not an https:// address, and what is said would travel in the open")
        for number, turn in enumerate(script.turns, start=1):
            if not isinstance(turn, _PLAYED):
                kind = next(iter(turn.model_fields_set - {"call"}), "")
                raise ScriptWrong(f"“{script.title}” is for `frontdesk dev` alone: turn {number}, {kind}")
        self._bookings: list[_Booking] = []
        super().__init__(
            script,
            Addresses(
                api_url=url.rstrip("/"),
                vapi_url=_VAPI,
                vapi_private_key="",
                vapi_secret="",
                vapi_hmac=HmacPlan(secret),
                database_url="",
                app_database_url="",
                organizations=[],
            ),
        )

    def _played(self) -> Iterator[Event]:
        yield from super()._played()
        try:
            for booking in self._bookings:
                yield from self._cancelled(booking)
        except (ScriptWrong, httpx.HTTPError) as error:
            yield Stopped("a", f"what was booked could not be cancelled: {error or type(error).__name__}")

    def _ask(self, name: str, pairs: Sequence[tuple[Ask, ToolCall]]) -> Iterator[Answered]:
        asked = {one.id: _Booking(ask, one) for ask, one in pairs if one.name == _BOOKS}
        known = {booking.tool_call.id for booking in self._bookings}
        self._bookings += [booking for key, booking in asked.items() if key not in known]
        for answered in super()._ask(name, pairs):
            for booking in self._bookings:
                if booking.tool_call.id == answered.tool_call_id:
                    booking.answer = answered.answer
            yield answered

    def _cancelled(self, booking: _Booking) -> Iterator[Answered]:
        """An answer that got lost is asked for again: the same tool call books nothing twice."""
        call = booking.ask.call
        if booking.answer is None:
            yield from self._ask(call, [(booking.ask.model_copy(update={"expect": {}}), booking.tool_call)])
        if booking.answer and booking.answer.get("booked"):
            asked = {"appointmentId": booking.answer["appointmentId"], "reason": "the line was tried"}
            wanted = {"cancelled": True}
            cancel = Ask.model_validate(
                {"tool": "cancel_appointment", "arguments": asked, "expect": wanted, "call": call}
            )
            yield from self._ask(call, [(cancel, self._tool_call(cancel))])
