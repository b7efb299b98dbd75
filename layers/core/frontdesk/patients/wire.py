"""Patients as the searches answer with them."""

from datetime import date

from frontdesk.tool import Answer, Wire


class PatientLine(Wire):
    """One possible patient: enough to greet, no more."""

    id: int
    first_name: str
    last_name: str
    date_of_birth: date | None = None
    """Null until the caller's own birth date has matched in this call."""
    phone: str | None = None
    """Null until then, too."""


class PatientAnswer(Answer):
    """Whom a search found."""

    found: bool
    id: int | None = None
    """The patient's `demographicId`; null when it could be several."""
    first_name: str | None = None
    last_name: str | None = None
    date_of_birth: date | None = None
    phone: str | None = None
    proven: bool = False
    """Whether this caller is now known to be that patient."""
    can_text: bool = False
    """Whether this caller may be asked if they'd like the time of a visit as a text message."""
    patients: tuple[PatientLine, ...] = ()
    """Everybody it could be, at most five; of a shared telephone, nobody until a first name is known."""
    next_question: str | None = None
    """`firstName` or `dateOfBirth`: what to ask for to go on."""
    memory: tuple[str, ...] = ()
    """What is remembered of the proven patient's earlier calls: for the model to go by, not to read out."""
