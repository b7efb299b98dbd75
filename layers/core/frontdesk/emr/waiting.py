"""Asking a clinic's EMR while somebody is on the line: how long, and what they hear when no answer comes."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from frontdesk.emr.emr import Emr, NoAnswer, Unsupported
from frontdesk.errors import Declined, ProviderFailed
from frontdesk.logs import described, logger
from frontdesk.speech import sentences

if TYPE_CHECKING:
    from frontdesk.call import Call

PATIENCE_S: Final = 4.0
"""Of all requests in one tool call together, from the first on."""
_LAST_WORDS_S: Final = 0.5
"""To write down and to say what came of it."""
_WAIT_FOR_CALL: Final = """
    SELECT FROM calls WHERE org_id = (SELECT auth.org_id()) AND id = %(call_id)s::text FOR UPDATE"""

T = TypeVar("T")


class EmrAway(Declined):
    """The clinic's own system doesn't answer, or not in time, or lets us in no more; nothing was done."""

    fact = (
        "The clinic's own system can't be reached at the moment, so nothing was looked up, booked or changed."
        " Offer a transfer with reason out_of_scope."
    )


class EmrUnsure(Declined):
    """It was told to do something and didn't say whether it has; the next reading of it will know."""

    fact = (
        "The clinic's own system did not say whether that was done. Don't try again and don't say that it is"
        " done: the clinic will look and call back. Offer a transfer with reason out_of_scope."
    )
    booking = "doubtful"


class EmrCannot(Declined):
    """That EMR, or our login there, can't do that at all."""

    fact = "The clinic's own system can't do that for us. Offer a transfer with reason out_of_scope."


@dataclass
class Patience:
    """Until when the EMR is waited for, in all of one tool call."""

    ends: float | None = None
    """On the clock of `time.monotonic`; None: it hasn't been asked yet."""
    may_stand: bool = False
    """Whether it was told to write something, and hasn't said no."""

    def until(self) -> float:
        """When it is over; begins now unless it has begun."""
        if self.ends is None:
            self.ends = time.monotonic() + PATIENCE_S
        return self.ends


def ask(call: "Call[Any]", request: Callable[[Emr, float], T], *, is_write: bool = False) -> T:
    """What the clinic's EMR answers; the transaction so far is committed first, and another open afterwards.

    `request` is given the EMR and the deadline; after one that `is_write`, whatever of ours fails later is
    told as a doubt (`Patience.may_stand`), unless the EMR has said no. Raises `EmrAway`, `EmrUnsure`,
    `EmrCannot`; `Conflict` and `Gone` are the caller's to understand.
    """
    from frontdesk.emr.asking import emr_of

    there, was_asked = emr_of(call.clinic.org_id), call.patience.may_stand
    call.patience.may_stand = was_asked or is_write
    ends = min(call.patience.until(), call.deadline - _LAST_WORDS_S)
    try:
        with call.db.released():
            answer = request(there, ends)
    except NoAnswer as failed:
        _note(call, failed)
        raise EmrUnsure(say=sentences.EMR_UNSURE.say(call.language), transfer=True) from failed
    except ProviderFailed as failed:
        _note(call, failed)
        if was_asked:  # by an earlier try of this tool call, of which nobody knows what came
            raise EmrUnsure(say=sentences.EMR_UNSURE.say(call.language), transfer=True) from failed
        call.patience.may_stand = False
        raise EmrAway(say=sentences.EMR_AWAY.say(call.language), transfer=True) from failed
    except Unsupported as failed:
        _note(call, failed)
        call.patience.may_stand = was_asked
        raise EmrCannot(say=sentences.EMR_CANNOT.say(call.language), transfer=True) from failed
    finally:
        # What one call asks twice at once is answered one after the other, from here on as before.
        call.db.run(_WAIT_FOR_CALL, call_id=call.id)
    return answer


def _note(call: "Call[Any]", failed: Exception) -> None:
    logger.warning("an EMR was of no help", extra={"org_id": str(call.clinic.org_id), **described(failed)})
