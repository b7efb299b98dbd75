"""What the rest of frontdesk knows of an EMR: its patients, its providers' days, the visits in them.

OSCAR and FHIR are modules behind this; neither's words stand anywhere else. Instants are UTC here; how the
EMR writes them is its module's affair. Every method is given a deadline, which all its requests share, holds
no transaction, and raises `ProviderFailed` (and what derives from it) when no sure answer came.
"""

from datetime import date, datetime
from typing import Literal, NamedTuple, Protocol

from frontdesk.errors import FrontdeskError, ProviderFailed

EmrName = Literal["oscar", "fhir"]
Status = Literal["pending", "booked", "arrived", "fulfilled", "cancelled", "noshow"]
"""Ours; a status that the module doesn't know is `booked`, never `cancelled`."""
Gender = Literal["M", "F", "X", "U"]


class NotAllowed(ProviderFailed):
    """The login is no good, or its rights don't reach so far: a person has to look, no later try heals it."""


class Refused(ProviderFailed):
    """It answered, and with an error of its own: no sure answer, but no silence either."""


class NoAnswer(ProviderFailed):
    """Nothing came back of a request that writes: it may have been done. Look before repeating."""


class Away(ProviderFailed):
    """It hasn't answered for a while and wasn't asked (`emr.breaker`)."""


class Conflict(FrontdeskError):
    """Somebody else has that time, or has changed that visit since; nothing of ours stands there."""


class Gone(FrontdeskError):
    """There is no such patient, provider or visit there any more."""


class Unsupported(FrontdeskError):
    """This EMR, or its login, can't do that at all, such as registering a patient over SOAP."""


class HealthCard(NamedTuple):
    """As the EMR has it."""

    number: str
    version: str
    """Empty where there is none."""
    issuer: str
    """A province's letters, such as `ON`; empty where unknown."""


class Patient(NamedTuple):
    """One chart."""

    id: str
    last_name: str
    first_name: str
    birth_date: date | None
    gender: Gender
    phones: tuple[str, ...]
    """All of them, in E.164 where they can be read as numbers, home first."""
    email: str
    address: str
    """On one line."""
    health_card: HealthCard | None
    is_active: bool
    """Neither deceased, moved nor inactive, and not merged into another chart."""
    provider_id: str | None
    """Their own doctor."""


class NewPatient(NamedTuple):
    """Somebody to be registered."""

    last_name: str
    first_name: str
    birth_date: date
    gender: Gender
    phone: str
    """E.164."""
    email: str
    address: str
    city: str
    province: str
    postal_code: str
    health_card: HealthCard | None


class Provider(NamedTuple):
    """Somebody with a diary there."""

    id: str
    name: str
    specialty: str
    is_active: bool


class Opening(NamedTuple):
    """Time that may be booked, by the EMR's own template; what is booked in it is not taken out."""

    start: datetime
    end: datetime
    code: str
    """The EMR's, such as a template code or a service type, by which a clinic says what visits it is for."""
    minutes: int
    """Of one visit in it."""
    most: int
    """Visits at the same time in it; 1 nearly always."""


class Visit(NamedTuple):
    """One appointment there."""

    id: str
    provider_id: str
    patient_id: str | None
    """None: time that is blocked."""
    start: datetime
    end: datetime
    """Exclusive, as a clinic means it, whatever the EMR stores."""
    status: Status
    marker: str | None
    """What we wrote on it when it is ours (`Draft.marker`)."""
    version: str | None
    """By which the EMR tells whether it has changed since; None where it has no such thing."""
    type_name: str = ""
    """The EMR's own name of the kind of visit; empty where it has none."""


class Draft(NamedTuple):
    """A visit of ours to be written."""

    marker: str
    """Ours alone, at most 40 characters of ASCII: after a lost answer the earlier one is found by it."""
    provider_id: str
    patient_id: str
    patient_name: str
    """`LAST, FIRST`, for EMRs whose schedule shows what is written."""
    start: datetime
    end: datetime
    type_name: str
    """The EMR's own name of the kind of visit; may be empty."""
    reason: str


class Charts(NamedTuple):
    """A page of everybody there is."""

    patients: tuple[Patient, ...]
    """Inactive ones too, each with all their phones, wherever the EMR keeps them."""
    next: str | None
    """What to ask the next page by, in the EMR's words; None: this was the last."""


class Capabilities(NamedTuple):
    """What was found at connecting, for people to read."""

    name: str
    """Of the product and version, as it says itself."""
    can: frozenset[str]
    """Names of this protocol's methods that work here."""
    warnings: tuple[str, ...]


class Emr(Protocol):
    """One clinic's EMR. All may raise `NotAllowed`, `ProviderFailed`, `DeadlineExceeded`."""

    name: EmrName

    def capabilities(self, *, deadline: float) -> Capabilities:
        """Logs in and reads one of each; changes nothing."""
        ...

    def by_phone(self, number: str, *, deadline: float) -> list[Patient]:
        """Everybody with exactly this number (E.164) among their phones, inactive ones too."""
        ...

    def by_name(self, last: str, first: str, *, birth_date: date | None, deadline: float) -> list[Patient]:
        """Whose names begin so, and who was born that day; at most 50. Of a day alone everybody's."""
        ...

    def patient(self, patient_id: str, *, deadline: float) -> Patient:
        """Raises `Gone`."""
        ...

    def everybody(self, position: str | None, *, deadline: float) -> Charts:
        """A page of all charts, from a position on (None: from the beginning), at night: it may take minutes.

        Raises `Unsupported`, and `Gone` of a position that is no more.
        """
        ...

    def register(self, new: NewPatient, *, deadline: float) -> Patient:
        """Of somebody who is there by their health card, that chart. Raises `Unsupported`, `NoAnswer`."""
        ...

    def providers(self, *, deadline: float) -> list[Provider]:
        """Those who see patients, and who left."""
        ...

    def openings(self, provider_id: str, first: date, last: date, *, deadline: float) -> list[Opening]:
        """Of these days, both included, local to the clinic; ascending. None on a holiday or a day off."""
        ...

    def visits(self, provider_id: str, first: date, last: date, *, deadline: float) -> list[Visit]:
        """Of these days; cancelled ones too."""
        ...

    def visits_of(self, patient_id: str, since: datetime, *, deadline: float) -> list[Visit]:
        """A patient's, from then on; ascending; cancelled ones too."""
        ...

    def visit(self, visit_id: str, *, deadline: float) -> Visit:
        """Raises `Gone`."""
        ...

    def book(self, draft: Draft, most: int, *, deadline: float) -> Visit:
        """Writes it once, however often it is asked for the same marker, and looks again afterwards.

        `most` is what the opening allows at the same time. Raises `Conflict` when somebody else has the time
        (then ours is taken back), `NoAnswer` when it isn't known whether it stands.
        """
        ...

    def move(self, visit: Visit, draft: Draft, most: int, *, deadline: float) -> Visit:
        """The same visit at another time; what isn't ours in it is kept. Raises as `book`, and `Gone`."""
        ...

    def cancel(self, visit: Visit, *, deadline: float) -> None:
        """One that is cancelled already is no failure. Every field is kept. Raises `Conflict`, `Gone`."""
        ...
