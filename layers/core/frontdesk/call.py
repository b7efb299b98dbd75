"""The call as the domain sees it: which clinic, whose voice as far as is proven, and when."""

import time
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from frontdesk import zones
from frontdesk.db.transaction import Transaction
from frontdesk.emr.emr import EmrName
from frontdesk.emr.waiting import Patience
from frontdesk.errors import Unknown
from frontdesk.speech.language import Language
from frontdesk.tool import ToolArguments

if TYPE_CHECKING:
    from frontdesk.scheduling.ranges import Range

_CLINIC: Final = """
    SELECT jsonb_build_object('organization', to_jsonb(o), 'at', now())
    FROM organizations o
    WHERE o.id = (SELECT auth.org_id())"""

_OURS: Final = "outboundPhoneCall"
"""Vapi's `call.type`."""

A_co = TypeVar("A_co", bound=ToolArguments, covariant=True)


class NoSuchClinic(Unknown):
    """The claims name a clinic that is not here, or not any more."""

    fact = "There is no such clinic."


class Clinic(NamedTuple):
    """The organization that was called."""

    org_id: UUID
    name: str
    name_zh: str | None
    phone_number: str | None
    """E.164; None at a clinic that has just signed up."""
    address: str
    region: str
    """ISO 3166; how a number without a country code is read."""
    zone: ZoneInfo
    languages: tuple[Language, ...]
    hours_text: str | None
    """The week in the clinic's own words; None: made from its working hours."""
    hours_text_zh: str | None
    accepting_new_patients: bool
    identity_proof: str
    """`standard`: birth date before appointments are touched; `phone`: the caller's number is enough."""
    notice_min: int
    horizon_days: int
    slot_interval_min: int
    slot_offset_min: int
    packed: bool
    cleanup_min: int
    """Kept free between two visits of a provider; 0 is back to back."""
    buffers_inside_hours: bool
    booking_mode: str
    """`autonomous`, or `approval`: a member of the clinic answers each request."""
    approval_min: int
    """How long they have to answer."""
    waitlist_offer_min: int
    """How long a freed time is kept for one person on the waitlist."""
    holiday_province: str | None
    """ISO 3166-2 without the country: whose public holidays are written down; None: nobody's."""
    texts_enabled: bool
    """Whether a caller may be sent the time as a text message."""
    calendar_fresh_min: int
    """How old what we know of a provider's own calendar may be, before a time in it is offered unasked."""
    calendar_unknown: str
    """What becomes of times that such a calendar would know of and can't be asked: `withhold` or `offer`."""
    emr: EmrName | None
    """Where its diary and charts are; None: here."""

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> "Clinic":
        """From the row of `organizations`, as `desk.open_call` returns it."""
        names = row.keys() & cls._fields
        return cls(
            org_id=UUID(row["id"]),
            zone=zones.zone(row["time_zone"]),
            languages=tuple(row["languages"]),
            **{name: row[name] for name in names if name != "languages"},
        )

    def name_in(self, language: Language) -> str:
        """The clinic's name as it is said in that language."""
        return self.name_zh or self.name if language == "zh" else self.name

    def hours_in(self, language: Language) -> str | None:
        """The week in the clinic's own words, if it has any in that language."""
        return self.hours_text_zh if language == "zh" else self.hours_text


class Freed(NamedTuple):
    """A time that somebody gave back."""

    provider_id: int
    starts_at: datetime


class Kept(NamedTuple):
    """A freed time that waits for a caller who is on the waitlist."""

    hold_id: int
    waitlist_id: int
    provider_id: int
    location_id: int | None
    type_id: int
    starts_at: datetime
    kept_at: datetime


@dataclass
class Call(Generic[A_co]):
    """One tool call: what was asked, by whom, of which clinic, in the open transaction."""

    args: A_co
    db: Transaction
    clinic: Clinic
    id: str
    """Of the conversation."""
    kind: str
    caller_number: str | None
    """E.164. From the envelope; may be forged, so it narrows and never proves."""
    is_inbound: bool
    """Whether it is a phone call to us; only then does the caller's number count as a match."""
    language: Language
    now: datetime
    """The transaction's instant, in the clinic's zone."""
    proven_patient_id: int | None = None
    """Whom this call has proven to be, by what the server itself compared."""
    failed_proofs: int = 0
    """In the whole call, before this tool call."""
    control_url: str = ""
    deadline: float = float("inf")
    """On the clock of `time.monotonic`; what is waited for must be over by then."""
    patience: Patience = field(default_factory=Patience)
    """With the clinic's EMR, which is waited for beyond that."""
    newly_failed_proofs: int = field(default=0, init=False)
    """Kept even when this tool call is declined."""
    sought: str | None = field(default=None, init=False)
    """What the finder was asked for, as JSON; kept likewise, for the waitlist."""
    kept: list[Kept] = field(default_factory=list[Kept], init=False)
    """What the waitlist keeps for the caller, once somebody has asked (`scheduling.holds`)."""
    freed: list[Freed] = field(default_factory=list[Freed], init=False)
    """What became free in passing, and the waitlist is yet to be asked about."""
    seen: "dict[tuple[int, date], list[Range] | None]" = field(
        default_factory=dict["tuple[int, date]", "list[Range] | None"], init=False
    )
    """What blocks in a provider's own calendar on a local day, just now; None: it couldn't be seen."""
    trusts_calendars: bool = field(default=False, init=False)
    """Whether what we know of providers' own calendars counts for all there is, however old."""
    patient_id: int | None = field(default=None, init=False)
    """Whom it was about, for the audit log."""
    patient_ids: list[int] = field(default_factory=list[int], init=False)
    """Whose files were looked at when it was more than one person's, or nobody's."""
    appointment_id: int | None = field(default=None, init=False)

    @property
    def is_ours(self) -> bool:
        """Whether we called: then `caller_number` was dialled, and says nothing of who answered."""
        return self.kind == _OURS

    @cached_property
    def today(self) -> date:
        """The clinic's local date."""
        return self.now.date()

    @property
    def kept_for(self) -> list[int]:
        """The caller's entries of the waitlist for which a time is kept."""
        return [kept.waitlist_id for kept in self.kept]

    @property
    def midnight(self) -> datetime:
        """When the clinic's day began; what caps per day are counted from."""
        return zones.midnight(self.today, self.clinic.zone)

    @property
    def seconds_left(self) -> float:
        """Until the deadline; never below zero."""
        return max(0.0, self.deadline - time.monotonic())

    @property
    def capped_as(self) -> str:
        """What caps are counted by: the caller's number, or the call where there is none."""
        return self.caller_number or f"call:{self.id}"


def between_calls(db: Transaction) -> Call[ToolArguments]:
    """What the desk does when nobody is on the line, in the transaction of one clinic.

    A sweep, or what follows from a member's decision. Raises `NoSuchClinic`.
    """
    found = db.value(_CLINIC)
    if found is None:
        raise NoSuchClinic
    clinic = Clinic.from_row(found["organization"])
    return Call(
        args=ToolArguments(),
        db=db,
        clinic=clinic,
        id="",  # the id of no conversation, so that no hold counts as its own
        kind="",
        caller_number=None,
        is_inbound=False,
        language=clinic.languages[0],
        now=datetime.fromisoformat(found["at"]).astimezone(clinic.zone),
    )
