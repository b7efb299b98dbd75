"""The errors of frontdesk, told apart by who can put them right.

FrontdeskError
├── Declined             the caller can: its `fact` is what the model is told
│   ├── Unclear          the caller was not understood: the fact says what to ask
│   ├── Stale            somebody else changed it since it was read
│   └── Unknown          nothing of that id is this clinic's; whether it is another's is not said
├── ProviderFailed       a retry can: another server did not answer, or answered nonsense
│   ├── DatabaseFailed       Postgres was away, too slow, or out of room
│   └── DeadlineExceeded     the time a caller can be kept waiting is over
└── anything else is ours, and is answered as our own fault
"""

from typing import Any, ClassVar


class FrontdeskError(Exception):
    """Everything this package raises on purpose."""


class Declined(FrontdeskError):
    """The clinic's rules or the facts say no; what the handler did is undone, the record of it stays."""

    fact = "That is not possible."
    """One English sentence for the model: what is so, and what to do next. Never a caller's words."""
    booking: ClassVar[str] = "declined"
    """What it is among the outcomes of bookings (`measures.Booking`), where it ends an attempt at one."""

    def __init__(self, fact: str | None = None, *, say: str | None = None, **details: Any) -> None:
        """Keeps what the answer is made of.

        Args:
            fact: for the model; the class's own when left out.
            say: ready to speak, in the call's language; the fact is spoken when left out.
            details: further fields of the answer, under their wire names.
        """
        self.fact = fact or self.fact
        self.say = say
        self.details = details
        super().__init__(self.fact)


class Unclear(Declined, ValueError):
    """A word could mean several things or none; a `ValueError`, so pydantic reports it with its field."""

    fact = "That was not understood. Ask the caller to say it again."


class Unknown(Declined):
    """What was named isn't there, or is another clinic's, which is the same thing from here."""

    fact = "There is no such thing."


class Stale(Declined):
    """It was changed since the sender read it, so what they send may undo what they haven't seen."""

    fact = "Somebody else has changed it since you read it; read it again, and save on top of that."


class ProviderFailed(FrontdeskError):
    """Another server failed; nothing of ours is wrong, and a later try may work."""


class DatabaseFailed(ProviderFailed):
    """Postgres could not be reached, was too slow, or went away in mid-call."""


class DeadlineExceeded(ProviderFailed):
    """The function's own deadline passed before an answer was there."""
