"""What the rest of frontdesk knows of a calendar's vendor: its calendars, their changes, our events in them.

Google and Microsoft are two modules behind this; neither's words stand anywhere else. Instants go out and
come in as UTC: zone names are never sent, for theirs are not ours (docs/calendars.md). Each method is one
request, or one page of several, with a timeout, and another where a refusal can mean two things; who asks
holds no transaction.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple, Protocol

from frontdesk.errors import FrontdeskError, ProviderFailed

VendorName = Literal["google", "outlook"]


class Throttled(ProviderFailed):
    """Too many requests."""

    def __init__(self, after_s: float | None = None) -> None:
        """`after_s` is what the vendor asked for, if it said."""
        self.after_s = after_s
        super().__init__("too many requests")


class TokenDead(FrontdeskError):
    """Changes can't be told from where we were: everything is to be read anew."""


class AccessExpired(FrontdeskError):
    """The access token is over: refresh it, once."""


class ConsentGone(FrontdeskError):
    """Nobody's consent stands behind the refresh token: a person has to connect again. Never retried."""


class Withdrawn(FrontdeskError):
    """This calendar, or the right to it, is no longer there."""


class Forbidden(FrontdeskError):
    """The consent doesn't reach so far, or the tenant's administrator has to give it; never retried."""


class EventGone(FrontdeskError):
    """The event was deleted by somebody."""


class EventChanged(FrontdeskError):
    """The event is not the one that the etag names any more: read it again."""


class Tokens(NamedTuple):
    """What a consent or a refresh gives."""

    access: str
    expires_at: datetime
    refresh: str | None
    """None: the one there was stays."""
    scopes: frozenset[str]


class Listed(NamedTuple):
    """One calendar that the account may write to or read."""

    id: str
    name: str
    time_zone: str | None
    """An IANA name, if it is one."""
    is_primary: bool
    is_writable: bool
    owner: str | None = None
    """The mailbox it lies in, as an address, where the vendor counts requests by it: Microsoft."""
    lookup: str | None = None
    """What `busy` is to be given with this calendar, if anything."""


class Span(NamedTuple):
    """Half-open, UTC."""

    start: datetime
    end: datetime


class Days(NamedTuple):
    """All-day: half-open, in the calendar's own zone, whatever that is."""

    first: date
    until: date


class Mark(NamedTuple):
    """What we write on our own events, where nobody sees it."""

    org_id: str
    appointment_id: int
    generation: int
    """Goes up with each event that is made for the same appointment."""


class Event(NamedTuple):
    """What we know of an event in somebody's calendar."""

    id: str
    etag: str
    is_gone: bool
    """Deleted, cancelled, or no longer in the window that is pulled; then nothing below is sure.

    Of an event of ours, `Vendor.event` tells which.
    """
    when: Span | Days | None
    blocks: bool
    """False where it is marked as free, as a working location, a birthday, or was declined."""
    title: str | None
    """None of private ones."""
    mark: Mark | None
    """Of our own events."""


class Page(NamedTuple):
    """Some changes, and how to go on: exactly one of the two is there."""

    events: list[Event]
    next_page: str | None
    token: str | None
    """After the last page: from where the next pull goes on."""


class Draft(NamedTuple):
    """An event of ours as it is to be."""

    mark: Mark
    when: Span
    title: str
    description: str


class Written(NamedTuple):
    """An event of ours as it is there."""

    id: str
    etag: str


class MadeBefore(EventChanged):
    """The event was made before, and is at another time now: somebody moved it."""

    def __init__(self, event: Event) -> None:
        """`event` is as it is there."""
        self.event = event
        super().__init__("it was made, and then moved")


class Channel(NamedTuple):
    """A push channel or subscription."""

    id: str
    resource_id: str
    """Google's, which stopping asks for; else empty."""
    expires_at: datetime
    """What was granted, not what was asked for."""


class Vendor(Protocol):
    """One vendor. All may raise `ProviderFailed` and `Throttled`; with an access token, `AccessExpired`."""

    name: VendorName

    def consent_url(self, *, state: str, challenge: str, redirect_url: str) -> str:
        """Where a member consents: offline, the fewest scopes that do, PKCE with S256. Asks nobody."""
        ...

    def tokens(self, *, code: str, verifier: str, redirect_url: str) -> Tokens:
        """For the code that the consent gave. Raises `ConsentGone` for one that is no good, `Forbidden`."""
        ...

    def refreshed(self, refresh: str) -> Tokens:
        """Raises `ConsentGone`, `Forbidden`."""
        ...

    def revoke(self, refresh: str) -> None:
        """Gives the consent back, where the vendor has a way to; one that is gone already is no failure."""
        ...

    def calendars(self, access: str) -> list[Listed]:
        """All of the account's."""
        ...

    def changes(
        self, access: str, calendar_id: str, *, window: Span, token: str | None, page: str | None
    ) -> Page:
        """One page of everything in the window (no token), or of what changed since the token's pull.

        Raises `TokenDead`, `Withdrawn`.
        """
        ...

    def busy(
        self, access: str, calendar_id: str, within: Span, *, lookup: str | None = None
    ) -> Sequence[Span | Days]:
        """What blocks, right now, our own events too.

        `lookup` is the calendar's own, as listed. Raises `Withdrawn`, and `ProviderFailed` unless the
        answer is sure: unknown isn't free.
        """
        ...

    def event(self, access: str, calendar_id: str, event_id: str) -> Event:
        """Raises `EventGone`, `Withdrawn`."""
        ...

    def create(self, access: str, calendar_id: str, draft: Draft) -> Written:
        """Makes it once however often it is asked for the same mark; mails nobody.

        Raises `EventGone` when that very event was made and then deleted; `MadeBefore` when it was made and
        is at another time now, so that somebody's move isn't taken for our own; `Withdrawn`, `Forbidden`.
        """
        ...

    def update(self, access: str, calendar_id: str, written: Written, draft: Draft) -> Written:
        """If nobody changed it meanwhile. Raises `EventChanged`, `EventGone`, `Withdrawn`, `Forbidden`."""
        ...

    def delete(self, access: str, calendar_id: str, written: Written) -> None:
        """One that is gone already is no failure. Raises `EventChanged`, `Withdrawn`, `Forbidden`."""
        ...

    def watch(self, access: str, calendar_id: str, *, address: str, secret: str, until: datetime) -> Channel:
        """Asks for hints of changes, posted to `address` with the secret. Raises `Withdrawn`, `Forbidden`."""
        ...

    def renew(self, access: str, channel: Channel, *, until: datetime) -> Channel | None:
        """Lengthens it; None: this vendor's can't be, make another. Raises `EventGone` if it lapsed."""
        ...

    def stop(self, access: str, channel: Channel) -> None:
        """No more hints; one that is gone already is no failure."""
        ...
