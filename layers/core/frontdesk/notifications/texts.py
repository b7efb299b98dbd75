"""The text message that a caller agreed to, until it is sent: date, time and clinic, and nothing else.

It goes to the number they call from, and only when that is the one on the file of the patient whose visit it
is: who agreed has that telephone in their hands, and a number that was only said is nobody's. What is kept is
the wish; the words are made at sending, of what the diary says by then.
"""

from typing import Any, Final

from frontdesk.call import Call
from frontdesk.db import queries

_SQL: Final = queries.beside(__file__)


def can_text(call: Call[Any], phone: str) -> bool:
    """Whether the caller may be asked; `phone` is the one on the patient's file."""
    return (
        call.clinic.texts_enabled
        and "PhoneCall" in call.kind
        and call.caller_number is not None
        and phone == call.caller_number
    )


def agreed(call: Call[Any], appointment_id: int) -> None:
    """Writes down the wish, in the transaction of what it is about; the same news is not sent twice."""
    if call.clinic.texts_enabled and "PhoneCall" in call.kind:
        db = call.db
        db.run(_SQL["agree"], call_id=call.id, appointment_id=appointment_id, language=call.language)
