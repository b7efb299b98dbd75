"""Google Calendar v3 behind the protocol of `vendors`.

Paths, parameters and fields: Google's discovery document of the API, revision 20261030. What a refusal means
is told by the `reason` in it; the status alone doesn't: 403 is both "too many" and "never"
(developers.google.com/workspace/calendar/api/guides/errors, read 2026-11-21).
"""

import base64
import binascii
import hmac
import json
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast
from urllib.parse import quote, urlencode, urljoin
from uuid import UUID, uuid4

from frontdesk import secrets, zones
from frontdesk.calendars.vendors import (
    AccessExpired,
    Channel,
    ConsentGone,
    Days,
    Draft,
    Event,
    EventChanged,
    EventGone,
    Forbidden,
    Listed,
    MadeBefore,
    Mark,
    Page,
    Span,
    Throttled,
    TokenDead,
    Tokens,
    VendorName,
    Withdrawn,
    Written,
)
from frontdesk.errors import FrontdeskError, ProviderFailed
from frontdesk.settings import settings

if TYPE_CHECKING:
    import httpx

SCOPES: Final = tuple(
    f"https://www.googleapis.com/auth/calendar.{one}"
    for one in ("events", "freebusy", "calendarlist.readonly")
)
"""Events of calendars that are shared too, for a clinic's account often writes to its providers' ones."""
LARGEST: Final = 64 * 1024 * 1024
"""Bytes of an answer: a page of 2500 events with long descriptions stays below."""
_PAGE: Final = 2500
"""The most that Google gives at once."""
_FREE: Final = frozenset({"workingLocation", "birthday"})
_TOO_MANY: Final = frozenset(
    {
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "quotaExceeded",
        "dailyLimitExceeded",
        "rate_limit_exceeded",
    }
)
_MEANT: Final[Mapping[int, type[FrontdeskError]]] = {
    401: AccessExpired,
    403: Forbidden,
    404: Withdrawn,
    410: EventGone,
    412: EventChanged,
}
_TAG: Final = b"fd"
_APPOINTMENT: Final = 8
_GENERATION: Final = 4

Item = dict[str, Any]
"""As Google has it."""


class Hint(NamedTuple):
    """What a request to a channel's address says of itself; whoever knows the address can send one."""

    channel_id: str
    resource_id: str
    """What stopping the channel asks for, should nobody know it."""
    secret: str
    is_first: bool
    """The one that says only that the channel is open."""

    def proves(self, secret: str) -> bool:
        """Whether it knows what we told Google alone; takes as long whatever it says."""
        return hmac.compare_digest(self.secret.encode(), secret.encode())


class _Missing(FrontdeskError):
    """404 where it may be the event or its calendar that is not there."""


class _Taken(FrontdeskError):
    """409: there is, or was, an event of this id."""


class Google:
    """All of Google's calendars; one connection is kept open between requests."""

    name: VendorName = "google"

    def __init__(self, *, timeout_s: float = 10.0) -> None:
        """`timeout_s` is for a whole request, its answer read to the end."""
        self._timeout_s = timeout_s
        self._http: httpx.Client | None = None
        self._is_made = threading.Lock()

    def close(self) -> None:
        """Gives the connection back."""
        if self._http:
            self._http.close()

    # ------------------------------------------------------------------ consent

    def consent_url(self, *, state: str, challenge: str, redirect_url: str) -> str:
        """Where a member consents. Without `prompt` a second consent gives no refresh token."""
        query = {
            "client_id": settings().google_client_id,
            "redirect_uri": redirect_url,
            "response_type": "code",
            "scope": " ".join(SCOPES),
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "access_type": "offline",
            "prompt": "consent",
        }
        return f"{settings().google_consent_url}?{urlencode(query)}"

    def tokens(self, *, code: str, verifier: str, redirect_url: str) -> Tokens:
        """For the code that the consent gave. Raises `ConsentGone`."""
        return self._tokens(
            grant_type="authorization_code", code=code, code_verifier=verifier, redirect_uri=redirect_url
        )

    def refreshed(self, refresh: str) -> Tokens:
        """Raises `ConsentGone`."""
        return self._tokens(grant_type="refresh_token", refresh_token=refresh)

    def revoke(self, refresh: str) -> None:
        """Ends all that the consent gave; one that is gone already is no failure."""
        status, _, answer = self._sent(
            "POST", urljoin(settings().google_token_url, "revoke"), form={"token": refresh}
        )
        if status != 200 and _word(answer.get("error")) != "invalid_token":
            raise ProviderFailed(f"status {status}")

    # ------------------------------------------------------------------ reading

    def calendars(self, access: str) -> list[Listed]:
        """All in the account's list."""
        found: list[Listed] = []
        page: Item = {}
        while True:
            answer = self._asked("GET", "/users/me/calendarList", access, query={"maxResults": 250, **page})
            with _sure():
                found += [
                    Listed(
                        id=one["id"],
                        name=one.get("summaryOverride") or one.get("summary", ""),
                        time_zone=one["timeZone"] if zones.is_known(one.get("timeZone", "")) else None,
                        is_primary=one.get("primary", False),
                        is_writable=one["accessRole"] in ("writer", "owner"),
                    )
                    for one in answer.get("items", [])
                ]
            if "nextPageToken" not in answer:
                return found
            page = {"pageToken": answer["nextPageToken"]}

    def changes(
        self, access: str, calendar_id: str, *, window: Span, token: str | None, page: str | None
    ) -> Page:
        """One page; a series comes as its instances. A token's window is that of the first listing.

        Raises `TokenDead`, `Withdrawn`.
        """
        # But for the window, all must be the same in each request that goes on from a token.
        query: Item = {"singleEvents": "true", "maxAttendees": 1, "maxResults": _PAGE, "timeZone": "UTC"}
        if token is None:
            query |= {"timeMin": _text(window.start), "timeMax": _text(window.end)}
        else:
            query["syncToken"] = token
        if page is not None:
            query["pageToken"] = page
        # One that Google can't read comes as 400; a listing anew puts that right too.
        dead = {410: TokenDead} | ({} if token is page is None else {400: TokenDead})
        answer = self._asked("GET", _events(calendar_id), access, query=query, meant=dead)
        with _sure():
            events = [_event(one) for one in answer.get("items", [])]
            next_page: str | None = answer.get("nextPageToken")
            return Page(events, next_page, None if next_page else answer["nextSyncToken"])

    def busy(
        self,
        access: str,
        calendar_id: str,
        within: Span,
        *,
        lookup: str | None = None,  # noqa: ARG002 - Google needs none
    ) -> list[Span]:
        """What blocks, right now. Raises `Withdrawn`, and `ProviderFailed` where Google says nothing."""
        body = {
            "timeMin": _text(within.start),
            "timeMax": _text(within.end),
            "timeZone": "UTC",
            "items": [{"id": calendar_id}],
        }
        answer = self._asked("POST", "/freeBusy", access, body=body)
        with _sure():
            found = answer["calendars"][calendar_id]
            if found.get("errors"):
                reason = _word(found["errors"][0].get("reason"))
                error = Withdrawn if reason == "notFound" else ProviderFailed
                raise error(f"busy times are unknown: {reason}")
            return [Span(_instant(one["start"]), _instant(one["end"])) for one in found["busy"]]

    def event(self, access: str, calendar_id: str, event_id: str) -> Event:
        """Raises `EventGone`, `Withdrawn`."""
        try:
            return self._got(access, calendar_id, event_id)
        except _Missing:
            self._look(access, calendar_id)
            raise EventGone from None

    # ------------------------------------------------------------------ writing

    def create(self, access: str, calendar_id: str, draft: Draft) -> Written:
        """Makes it once, for its id is made of its mark.

        Raises `EventGone`, `MadeBefore`, `Withdrawn`, `Forbidden`.
        """
        body = _body(draft) | {
            "id": event_id(draft.mark),
            "visibility": "private",
            "reminders": {"useDefault": False},
            "extendedProperties": {
                "private": {
                    "frontdeskOrg": draft.mark.org_id,
                    "frontdeskAppointment": str(draft.mark.appointment_id),
                    "frontdeskGeneration": str(draft.mark.generation),
                }
            },
        }
        try:
            answer = self._asked(
                "POST", _events(calendar_id), access, query=_UNTOLD, body=body, meant={409: _Taken}
            )
        except _Taken:
            return self._made_before(access, calendar_id, draft)
        return _written(answer)

    def update(self, access: str, calendar_id: str, written: Written, draft: Draft) -> Written:
        """Raises `EventChanged`, `EventGone`, `Withdrawn`, `Forbidden`."""
        path = _events(calendar_id, written.id)
        try:
            answer = self._asked(
                "PATCH",
                path,
                access,
                query=_UNTOLD,
                body=_body(draft),
                if_match=written.etag,
                meant={404: _Missing},
            )
        except (Forbidden, _Missing) as refused:
            # Google forbids to change a deleted event; only looking tells that from a right we haven't.
            self.event(access, calendar_id, written.id)
            raise (Forbidden if isinstance(refused, Forbidden) else ProviderFailed)(
                "but it is there"
            ) from None
        return _written(answer)

    def delete(self, access: str, calendar_id: str, written: Written) -> None:
        """One that is gone already is no failure. Raises `EventChanged`, `Withdrawn`, `Forbidden`."""
        path = _events(calendar_id, written.id)
        try:
            with suppress(EventGone):
                self._asked(
                    "DELETE", path, access, query=_UNTOLD, if_match=written.etag, meant={404: _Missing}
                )
        except _Missing:
            self._look(access, calendar_id)

    def _made_before(self, access: str, calendar_id: str, draft: Draft) -> Written:
        try:
            found = self._got(access, calendar_id, event_id(draft.mark))
        except _Missing:  # not to be seen yet, or no longer
            raise ProviderFailed("an event's id is taken, and nothing is there") from None
        if found.when != draft.when:
            raise MadeBefore(found)
        return Written(found.id, found.etag)

    def _got(self, access: str, calendar_id: str, key: str) -> Event:
        query = {"timeZone": "UTC", "maxAttendees": 1}
        answer = self._asked("GET", _events(calendar_id, key), access, query=query, meant={404: _Missing})
        with _sure():
            found = _event(answer)
        if found.is_gone:
            raise EventGone
        return found

    def _look(self, access: str, calendar_id: str) -> None:
        """Raises `Withdrawn` if it's the calendar that is not there."""
        self._asked("GET", _events(calendar_id), access, query={"maxResults": 1})

    # ------------------------------------------------------------------ hints

    def watch(self, access: str, calendar_id: str, *, address: str, secret: str, until: datetime) -> Channel:
        """Google posts to `address` with the secret in a header. Raises `Withdrawn`, `Forbidden`."""
        body = {
            "id": str(uuid4()),
            "type": "web_hook",
            "address": address,
            "token": secret,
            "expiration": str(_milliseconds(until)),
        }
        answer = self._asked("POST", f"{_events(calendar_id)}/watch", access, body=body)
        with _sure():
            granted = datetime.fromtimestamp(int(answer["expiration"]) / 1000, UTC)
            return Channel(answer["id"], answer["resourceId"], granted)

    def renew(self, access: str, channel: Channel, *, until: datetime) -> Channel | None:  # noqa: ARG002 - the protocol's
        """None: a channel of Google's can't be lengthened."""
        return None

    def stop(self, access: str, channel: Channel) -> None:
        """One that is gone already is no failure."""
        body = {"id": channel.id, "resourceId": channel.resource_id}
        with suppress(Withdrawn):
            self._asked("POST", "/channels/stop", access, body=body)

    # ------------------------------------------------------------------ the wire

    def _tokens(self, **form: str) -> Tokens:
        given, asked_at = settings(), datetime.now(UTC)
        form |= {"client_id": given.google_client_id or "", "client_secret": secrets.google_client_secret()}
        status, after_s, answer = self._sent("POST", given.google_token_url, form=form)
        error = _word(answer.get("error"))
        if error == "invalid_grant":
            raise ConsentGone("invalid_grant")
        if error in ("access_denied", "admin_policy_enforced"):
            raise Forbidden(error)
        if status == 429 or error in _TOO_MANY:
            raise Throttled(after_s)
        if status != 200:
            raise ProviderFailed(f"status {status}: {error}")
        with _sure():
            return Tokens(
                access=answer["access_token"],
                expires_at=asked_at + timedelta(seconds=int(answer["expires_in"])),
                refresh=answer.get("refresh_token"),
                scopes=frozenset(answer.get("scope", "").split()),
            )

    def _asked(
        self,
        method: str,
        path: str,
        access: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Item | None = None,
        if_match: str | None = None,
        meant: Mapping[int, type[FrontdeskError]] | None = None,
    ) -> Item:
        """The answer's JSON, empty if there is none. `meant` says what a status means here."""
        headers = {"authorization": f"Bearer {access}"} | ({"if-match": if_match} if if_match else {})
        url = f"{settings().google_api_url}{path}"
        status, after_s, answer = self._sent(method, url, query=query, body=body, headers=headers)
        if status in (200, 204):
            return answer
        reason = _reason(answer)
        if status == 429 or (status == 403 and reason in _TOO_MANY):
            raise Throttled(after_s)
        if reason.startswith("push"):  # an address it won't post to, or a calendar that can't be watched
            raise Forbidden(reason)
        error = {**_MEANT, **(meant or {})}.get(status, ProviderFailed)
        raise error(f"status {status}: {reason}")

    def _sent(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Item | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, float | None, Item]:
        """Status, seconds to wait if it says so, and the JSON object that came. Raises `ProviderFailed`."""
        import httpx  # 165 ms that only who asks Google pays

        with self._is_made:
            if self._http is None:
                self._http = httpx.Client(trust_env=False, verify=url.startswith("https:"))
        ends = time.monotonic() + self._timeout_s
        text = bytearray()
        try:
            with self._http.stream(
                method, url, params=query, json=body, data=form, headers=headers, timeout=self._timeout_s
            ) as answer:
                for part in answer.iter_bytes():
                    text += part
                    # httpx' own timeout starts anew with each part.
                    if len(text) > LARGEST or time.monotonic() > ends:
                        raise ProviderFailed("too large or too slow")
                after = answer.headers.get("retry-after", "")
                found = _object(text) if text else {}
                if found is None and answer.is_success:
                    raise ProviderFailed("the answer is no JSON object")
                return answer.status_code, float(after) if after.isdecimal() else None, found or {}
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ProviderFailed(type(error).__name__) from error


def hint(headers: Mapping[str, str]) -> Hint | None:
    """Of a request's headers, whose names are in lower case; None for one that isn't from a channel."""
    channel_id, state = headers.get("x-goog-channel-id"), headers.get("x-goog-resource-state")
    if not channel_id or not state:
        return None
    resource_id, secret = headers.get("x-goog-resource-id", ""), headers.get("x-goog-channel-token", "")
    return Hint(channel_id, resource_id, secret, state == "sync")


def event_id(mark: Mark) -> str:
    """The id of our event with this mark: 48 characters of Google's alphabet, another for each mark."""
    packed = (
        _TAG
        + UUID(mark.org_id).bytes
        + mark.appointment_id.to_bytes(_APPOINTMENT, "big")
        + mark.generation.to_bytes(_GENERATION, "big")
    )
    return base64.b32hexencode(packed).decode().lower()


def mark_of(key: str) -> Mark | None:
    """The mark that an id was made of; None for an event that isn't ours, a copy of one of ours included."""
    if len(key) != 48:
        return None
    try:
        packed = base64.b32hexdecode(key.upper())
    except binascii.Error:
        return None
    org, appointment = packed[2:18], packed[18 : 18 + _APPOINTMENT]
    if packed[:2] != _TAG:
        return None
    generation = packed[18 + _APPOINTMENT :]
    return Mark(str(UUID(bytes=org)), int.from_bytes(appointment, "big"), int.from_bytes(generation, "big"))


_UNTOLD: Final = {"sendUpdates": "none"}


def _events(calendar_id: str, key: str | None = None) -> str:
    path = f"/calendars/{quote(calendar_id, safe='')}/events"
    return f"{path}/{quote(key, safe='')}" if key else path


def _body(draft: Draft) -> Item:
    # The nulls: its owner may have made it last whole days, and a patch would keep those beside the times.
    start, end = ({"dateTime": _text(at), "timeZone": "UTC", "date": None} for at in draft.when)
    return {"summary": draft.title, "description": draft.description, "start": start, "end": end}


def _event(one: Item) -> Event:
    if one.get("status") == "cancelled":  # nothing but the id is sure to be there
        return Event(one["id"], one.get("etag", ""), True, None, False, None, mark_of(one["id"]))
    when = _when(one["start"], one["end"])
    is_free = one.get("transparency") == "transparent" or one.get("eventType") in _FREE
    is_declined = any(
        each.get("self") and each.get("responseStatus") == "declined" for each in one.get("attendees", [])
    )
    is_private = one.get("visibility") in ("private", "confidential")
    return Event(
        id=one["id"],
        etag=one["etag"],
        is_gone=False,
        when=when,
        blocks=not is_free and not is_declined and when[0] < when[1],
        title=None if is_private else one.get("summary"),
        mark=mark_of(one["id"]),
    )


def _when(start: Item, end: Item) -> Span | Days:
    if "date" in start:
        return Days(date.fromisoformat(start["date"]), date.fromisoformat(end["date"]))
    return Span(_instant(start["dateTime"]), _instant(end["dateTime"]))


def _written(answer: Item) -> Written:
    with _sure():
        return Written(answer["id"], answer["etag"])


def _text(at: datetime) -> str:
    return zones.utc(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def _instant(text: str) -> datetime:
    return zones.utc(datetime.fromisoformat(text))


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _object(text: bytes | bytearray) -> Item | None:
    """None: something else, such as the page of a gateway on the way."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast("Item", found) if isinstance(found, dict) else None


def _reason(answer: Item) -> str:
    try:
        return _word(answer["error"]["errors"][0]["reason"])
    except (LookupError, TypeError):
        return ""


def _word(found: object) -> str:
    """A word for machines, so that nothing else of an answer gets into an error's text."""
    is_one = isinstance(found, str) and len(found) < 60 and found.isascii() and found.isprintable()
    return str(found) if is_one and " " not in str(found) else ""


@contextmanager
def _sure() -> Generator[None]:
    """Turns an answer that isn't as Google documents it into `ProviderFailed`."""
    try:
        yield
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        raise ProviderFailed(f"the answer is not as documented: {type(error).__name__}") from None
