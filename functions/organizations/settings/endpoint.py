"""`GET` and `PATCH /organization`: what a clinic says of itself, and the rules it books by."""

from datetime import time
from typing import Annotated, Literal

from pydantic import Field

from frontdesk.endpoint import Body, Endpoint, Line, Name, Nothing, Versioned, Words, maybe
from frontdesk.organizations.fields import (
    Caps,
    Languages,
    Number,
    Province,
    Purposes,
    Region,
    TimeZone,
    TransferLines,
    Wall,
)
from frontdesk.outbound.wire import Purpose
from frontdesk.patients.fields import Email
from frontdesk.speech.language import Language
from frontdesk.tool import Wire

Proof = Literal["standard", "phone"]
Mode = Literal["autonomous", "approval"]
AfterHours = Literal["agent", "message"]
Unknown = Literal["withhold", "offer"]
Moved = Literal["follow", "put_back"]
Deleted = Literal["cancel", "put_back"]
HoursText = Annotated[Words, Field(min_length=1)]


class ShownLine(Wire):
    """Where people answer; null is any, or always."""

    reason: str | None
    weekday: int | None
    starts: time | None
    ends: time | None
    number: str


class ShownCap(Wire):
    """The most visits of a period; null is all together, or any kind."""

    provider_id: int | None
    type_id: int | None
    period: str
    most: int


class Organization(Versioned):
    """All that can be changed, and the version."""

    name: str
    name_zh: str | None
    phone_number: str | None
    """The one the clinic says of itself; which numbers callers may dial is in `/phone-numbers`."""
    address: str
    region: str
    time_zone: str
    languages: list[Language]
    hours_text: str | None
    """The week in the clinic's own words, told to callers; null: made from working hours."""
    hours_text_zh: str | None
    accepting_new_patients: bool
    identity_proof: Proof
    """`standard`: a birth date before appointments are touched; `phone`: the caller's number is enough."""
    notice_min: int
    horizon_days: int
    slot_interval_min: int
    slot_offset_min: int
    packed: bool
    cleanup_min: int
    buffers_inside_hours: bool
    booking_mode: Mode
    approval_min: int
    waitlist_offer_min: int
    holiday_province: str | None
    retention_days: int
    archives_recordings: bool
    keeps_originals: bool
    original_days: int
    after_hours: AfterHours
    """Who answers outside hours: the agent, which knows the hours, or a message that says them."""
    legal_hold: bool
    memory_days: int
    digest_email: str | None
    digest_hour: int
    texts_enabled: bool
    outbound_purposes: list[Purpose]
    """What the clinic calls people for; none: it calls nobody."""
    outbound_from: time
    outbound_to: time
    outbound_attempts: int
    outbound_spacing_min: int
    outbound_concurrency: int
    reminder_days: int
    voicemail_is_enough: bool
    calendar_fresh_min: int
    calendar_unknown: Unknown
    calendar_moved: Moved
    calendar_deleted: Deleted
    calendar_titles: bool
    calendar_names: bool
    transfer_lines: list[ShownLine]
    caps: list[ShownCap]


class Changes(Body):
    """A JSON merge patch; a list replaces the whole list."""

    name: Name = maybe()
    name_zh: Name | None = maybe()
    phone_number: Number | None = maybe()
    address: Line = maybe()
    region: Region = maybe()
    time_zone: TimeZone = maybe()
    languages: Languages = maybe()
    hours_text: HoursText | None = maybe()
    hours_text_zh: HoursText | None = maybe()
    accepting_new_patients: bool = maybe()
    identity_proof: Proof = maybe()
    notice_min: Annotated[int, Field(ge=0, le=527_040)] = maybe()
    """Least time between the call and the start; equal is allowed."""
    horizon_days: Annotated[int, Field(ge=1, le=730)] = maybe()
    """Whole local days, counted from today."""
    slot_interval_min: Annotated[int, Field(ge=1, le=1440)] = maybe()
    slot_offset_min: Annotated[int, Field(ge=0, le=1440)] = maybe()
    packed: bool = maybe()
    """Leaves the grid: one visit right after the other."""
    cleanup_min: Annotated[int, Field(ge=0, le=240)] = maybe()
    """Kept free between two visits of a provider."""
    buffers_inside_hours: bool = maybe()
    booking_mode: Mode = maybe()
    """`approval`: a member answers each request, within `approvalMin`."""
    approval_min: Annotated[int, Field(ge=5, le=43_200)] = maybe()
    waitlist_offer_min: Annotated[int, Field(ge=5, le=1440)] = maybe()
    holiday_province: Province | None = maybe()
    """Whose public holidays are closed; null: nobody's."""
    retention_days: Annotated[int, Field(ge=30, le=36_500)] = maybe()
    """How long what calls leave behind is kept."""
    archives_recordings: bool = maybe()
    """Whether the sound of calls is copied from Vapi into the stage's own bucket."""
    keeps_originals: bool = maybe()
    """Whether transcripts are kept unredacted too, under a key of their own, for `originalDays`."""
    original_days: Annotated[int, Field(ge=1, le=3650)] = maybe()
    after_hours: AfterHours = maybe()
    """`message`: outside hours callers hear when the clinic is open, and no agent."""
    legal_hold: bool = maybe()
    """While it is true, nothing is deleted by age and nobody is erased."""
    memory_days: Annotated[int, Field(ge=0, le=3650)] = maybe()
    """How long a caller is remembered by their last call; 0: not at all."""
    digest_email: Email | None = maybe()
    """Who is mailed once a day how many notices nobody has read; null: nobody."""
    digest_hour: Annotated[int, Field(ge=0, le=23)] = maybe()
    """From when on, by the clinic's clock."""
    texts_enabled: bool = maybe()
    """Whether callers are asked if they would like the time as a text message."""
    outbound_purposes: Purposes = maybe()
    """What the clinic calls people for; none: it calls nobody."""
    outbound_from: Wall = maybe()
    """No call begins before, by the clock of the clinic and of whoever is called; 9:00 unless said."""
    outbound_to: Wall = maybe()
    """No call begins at or after; 20:00 unless said."""
    outbound_attempts: Annotated[int, Field(ge=1, le=6)] = maybe()
    outbound_spacing_min: Annotated[int, Field(ge=15, le=2880)] = maybe()
    """From the end of one attempt to the next."""
    outbound_concurrency: Annotated[int, Field(ge=1, le=10)] = maybe()
    """The most calls at once."""
    reminder_days: Annotated[int, Field(ge=1, le=14)] = maybe()
    """How many days before a visit its patient is reminded."""
    voicemail_is_enough: bool = maybe()
    """A message left on a machine is an end; else it is tried again."""
    calendar_fresh_min: Annotated[int, Field(ge=11, le=1440)] = maybe()
    """How old what is known of a provider's own calendar may be; when it is older, its vendor is asked about
    the day before a time is offered. It is pulled every ten minutes."""
    calendar_unknown: Unknown = maybe()
    """What becomes of times when that calendar doesn't answer: nobody is offered them, or what is known of
    it counts."""
    calendar_moved: Moved = maybe()
    """When an owner moves our event in their calendar: the visit moves there if it can be booked, or the
    event is put back."""
    calendar_deleted: Deleted = maybe()
    """When an owner deletes it: the visit is cancelled, or the event is put back."""
    calendar_titles: bool = maybe()
    """Whether titles of the owners' own events are kept, but of private ones."""
    calendar_names: bool = maybe()
    """Whether our events carry the patient's name."""
    transfer_lines: TransferLines = maybe()
    caps: Caps = maybe()


READ = Endpoint(method="GET", path="/organization", parameters=Nothing, answer=Organization)
CHANGE = Endpoint(
    method="PATCH",
    path="/organization",
    parameters=Nothing,
    body=Changes,
    answer=Organization,
    role="admin",
    raises=("ClinicChanged", "DigestOutdated"),
)
ENDPOINTS = (READ, CHANGE)
