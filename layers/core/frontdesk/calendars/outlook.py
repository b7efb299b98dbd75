"""Outlook, by Microsoft Graph: everything in UTC, by immutable ids, without attendees (who would be mailed).

Our mark travels twice: as `transactionId`, by which a repeated creation makes no second event and which every
answer tells, and as an extended property, which alone can be searched for. Microsoft's pages on `event`,
`event: delta` and "Outlook extended properties", read 2026-11-22.
"""

import json
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast
from urllib.parse import quote, urlencode

from frontdesk import secrets
from frontdesk.calendars import outlook_wire as wire
from frontdesk.calendars.vendors import (
    AccessExpired,
    Channel,
    ConsentGone,
    Days,
    Draft,
    Event,
    EventGone,
    Forbidden,
    Listed,
    MadeBefore,
    Page,
    Span,
    Throttled,
    Tokens,
    VendorName,
    Withdrawn,
    Written,
)
from frontdesk.errors import ProviderFailed
from frontdesk.settings import settings

SCOPES: Final = "offline_access Calendars.ReadWrite"
_TIMEOUT_S: Final = 10.0
_HANDSHAKES_S: Final = 25.0
"""A subscription is answered after both our addresses were asked, each for up to 10 s."""
_LARGEST: Final = 16 * 1024 * 1024
"""Bytes of an answer."""
_PAGE: Final = 500
_PREFER: Final = 'IdType="ImmutableId", outlook.timezone="UTC"'
_PROPERTY: Final = "String {6b3c8f6e-52d1-4a1e-9d0b-4f1d7c7a2e90} Name frontdesk"
_DUPLICATE: Final = "ErrorDuplicateTransactionId"
_ASK_A_PERSON: Final = frozenset(
    {"invalid_grant", "interaction_required", "login_required", "consent_required"}
)

_ADMIN: Final = frozenset({"65001", "90093", "90094"})
"""AADSTS numbers: only an administrator of the tenant may consent."""


class Outlook:
    """Microsoft's calendars, of organizations and of persons. Keeps no tokens; its connections are reused."""

    name: VendorName = "outlook"

    def __init__(self, *, timeout_s: float = _TIMEOUT_S) -> None:
        """`timeout_s` is for each request as a whole."""
        import httpx  # 165 ms that only the few calls which leave this house pay

        logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log addresses, with what is in them
        self._http = httpx.Client(follow_redirects=False, trust_env=False)
        self._timeout_s = timeout_s
        # Of the calendar that was pulled last: series, by id, for a delta tells little of their occurrences.
        self._series: tuple[str, dict[str, wire.Json | None]] = ("", {})

    def consent_url(self, *, state: str, challenge: str, redirect_url: str) -> str:
        """Where a member consents; they choose which of their accounts."""
        asked = {
            "client_id": settings().microsoft_client_id,
            "response_type": "code",
            "response_mode": "query",
            "redirect_uri": redirect_url,
            "scope": SCOPES,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "prompt": "select_account",
        }
        return f"{settings().microsoft_consent_url}?{urlencode(asked)}"

    def tokens(self, *, code: str, verifier: str, redirect_url: str) -> Tokens:
        """For the code that the consent gave. Raises `ConsentGone` for one that is no good."""
        return self._tokens(
            {
                "grant_type": "authorization_code",
                "code": code,
                "code_verifier": verifier,
                "redirect_uri": redirect_url,
            }
        )

    def refreshed(self, refresh: str) -> Tokens:
        """New tokens, the refresh token too: the one given is dead soon after. Raises `ConsentGone`."""
        return self._tokens({"grant_type": "refresh_token", "refresh_token": refresh, "scope": SCOPES})

    def revoke(self, refresh: str) -> None:
        """Nothing: Microsoft has no way to give back one app's consent, only to end all sessions."""

    def calendars(self, access: str) -> list[Listed]:
        """All of the account's; a second request finds out whether `getSchedule` answers for it."""
        found: list[wire.Json] = []
        params: Mapping[str, str] | None = {"$top": "100"}
        while params is not None:
            told = self._graph("GET", "me/calendars", access, params=params, gone=Withdrawn)
            with wire.understood():
                found += told["value"]
                params = wire.next_page(told, {"$top": "100"})
        with wire.understood():
            listed = [
                Listed(
                    id=one["id"],
                    name=one["name"],
                    time_zone=None,
                    is_primary=one.get("isDefaultCalendar") is True,
                    is_writable=one.get("canEdit") is True,
                    owner=one["owner"]["address"],
                )
                for one in found
            ]
        return [
            one._replace(lookup=one.owner)
            if one.is_primary and one.owner and self._is_answered(access, one.owner)
            else one
            for one in listed
        ]

    def changes(
        self, access: str, calendar_id: str, *, window: Span, token: str | None, page: str | None
    ) -> Page:
        """One page; a further request for each series in it of which this pull was not told yet.

        The window lies in the token, so a later one needs a pull without. Raises `TokenDead`, `Withdrawn`.
        """
        if page is not None:
            params = {"$skiptoken": page}
        else:
            params = {"$deltatoken": token} if token is not None else wire.window(window)
        told = self._graph(
            "GET",
            f"{_calendar(calendar_id)}/calendarView/delta",
            access,
            params=params,
            prefer=f"odata.maxpagesize={_PAGE}",
            gone=Withdrawn,
        )
        last, series = self._series
        if page is None or last != calendar_id:
            series: dict[str, wire.Json | None] = {}
            self._series = (calendar_id, series)
        with wire.understood():
            items: list[wire.Json] = told["value"]
            series |= {one["id"]: one for one in items if one.get("type") == "seriesMaster"}
            next_page, next_token = wire.state_token(told, "nextLink"), wire.state_token(told, "deltaLink")
            if (next_page is None) == (next_token is None):
                raise ValueError("neither more nor done")
            wanted: set[str] = {one["seriesMasterId"] for one in items if one.get("type") == "occurrence"}
        for master in sorted(wanted - series.keys()):
            try:
                series[master] = self._event(access, calendar_id, master)
            except EventGone:
                series[master] = None  # deleted since
        with wire.understood():
            events = [wire.event(one, series) for one in items if one.get("type") != "seriesMaster"]
        return Page(events, next_page, next_token)

    def busy(
        self, access: str, calendar_id: str, within: Span, *, lookup: str | None = None
    ) -> Sequence[Span | Days]:
        """What blocks, right now: by `getSchedule` where that answers for the calendar, else by its view."""
        if lookup is not None:
            return self._schedule(access, lookup, within)
        asked = wire.window(within) | {
            "$top": str(_PAGE),
            "$select": "start,end,isAllDay,showAs,isCancelled,responseStatus,type",
        }
        blocking: list[Span | Days] = []
        params: Mapping[str, str] | None = asked
        while params is not None:
            told = self._graph(
                "GET", f"{_calendar(calendar_id)}/calendarView", access, params=params, gone=Withdrawn
            )
            with wire.understood():
                read = [wire.event(one, {}) for one in told["value"]]
                blocking += [one.when for one in read if one.when and one.blocks and not one.is_gone]
                params = wire.next_page(told, asked)
        return blocking

    def event(self, access: str, calendar_id: str, event_id: str) -> Event:
        """Raises `EventGone`, also when it is in another calendar now; `Withdrawn`."""
        told = self._event(access, calendar_id, event_id)
        with wire.understood():
            return wire.event(told, {})

    def create(self, access: str, calendar_id: str, draft: Draft) -> Written:
        """Makes it once however often it is asked for the same mark; nobody is on it, so nobody is mailed.

        Raises `EventGone` when that very event was made and then deleted; `MadeBefore` when it was made
        and is at another time now; `Withdrawn`, `Forbidden`.
        """
        mark = wire.mark_text(draft.mark)
        body = wire.body(draft) | {
            "transactionId": mark,
            "singleValueExtendedProperties": [{"id": _PROPERTY, "value": mark}],
            "showAs": "busy",
            "sensitivity": "private",
            "isReminderOn": False,
        }
        path = f"{_calendar(calendar_id)}/events"
        answer = self._ask("POST", path, access, body=body)
        if answer.code != _DUPLICATE:
            return _as_asked(wire.checked(answer, gone=Withdrawn), draft)
        # It was made before, and is not what it was: changed, or deleted.
        by_mark = f"singleValueExtendedProperties/any(ep: ep/id eq '{_PROPERTY}' and ep/value eq '{mark}')"
        told = self._graph("GET", path, access, params={"$filter": by_mark}, gone=Withdrawn)
        with wire.understood():
            found: list[wire.Json] = told["value"]
        if not found:
            raise EventGone("it was made, and then deleted")
        return _as_asked(found[0], draft)

    def update(self, access: str, calendar_id: str, written: Written, draft: Draft) -> Written:
        """If nobody changed it meanwhile. Raises `EventChanged`, `EventGone`, `Withdrawn`, `Forbidden`."""
        path = _event_path(calendar_id, written.id)
        answer = self._ask("PATCH", path, access, body=wire.body(draft), if_match=written.etag)
        if answer.status == 404:
            self._raise_gone(access, calendar_id)
        return wire.written(wire.checked(answer, gone=EventGone))

    def delete(self, access: str, calendar_id: str, written: Written) -> None:
        """One that is gone already is no failure. Raises `EventChanged`, `Withdrawn`, `Forbidden`."""
        answer = self._ask("DELETE", _event_path(calendar_id, written.id), access, if_match=written.etag)
        try:
            if answer.status == 404:
                self._raise_gone(access, calendar_id)
            wire.checked(answer, gone=EventGone)
        except EventGone:
            return

    def watch(
        self,
        access: str,
        calendar_id: str,  # noqa: ARG002 - Google's are of one
        *,
        address: str,
        secret: str,
        until: datetime,
    ) -> Channel:
        """Hints of changes of any calendar of the mailbox: Graph has none of one alone.

        `address` is asked at once, twice, whether it wants them, and told what becomes of the subscription.
        """
        body = {
            "changeType": "created,updated,deleted",
            "notificationUrl": address,
            "lifecycleNotificationUrl": address,
            "resource": "me/events",
            "expirationDateTime": wire.lasting(until),
            "clientState": secret,
        }
        return wire.channel(
            self._graph("POST", "subscriptions", access, body=body, gone=Withdrawn, timeout_s=_HANDSHAKES_S)
        )

    def renew(self, access: str, channel: Channel, *, until: datetime) -> Channel | None:
        """Lengthens it, and authorizes it anew. Raises `EventGone` if it lapsed."""
        body = {"expirationDateTime": wire.lasting(until)}
        path = f"subscriptions/{quote(channel.id, safe='')}"
        return wire.channel(self._graph("PATCH", path, access, body=body, gone=EventGone))

    def stop(self, access: str, channel: Channel) -> None:
        """No more hints; one that is gone already is no failure."""
        try:
            self._graph("DELETE", f"subscriptions/{quote(channel.id, safe='')}", access, gone=EventGone)
        except EventGone:
            return

    def close(self) -> None:
        """Its connections; one that lives as long as its process needs none of this."""
        self._http.close()

    def _is_answered(self, access: str, address: str) -> bool:
        now = datetime.now(UTC)
        try:
            self._schedule(access, address, Span(now, now + timedelta(hours=1)))
        except (Throttled, AccessExpired):
            raise
        except (ProviderFailed, Forbidden, Withdrawn):  # personal accounts, and mailboxes it can't resolve
            return False
        return True

    def _schedule(self, access: str, address: str, within: Span) -> list[Span]:
        body = {
            "schedules": [address],
            "startTime": wire.edge(within.start),
            "endTime": wire.edge(within.end),
            "availabilityViewInterval": 30,
        }
        told = self._graph("POST", "me/calendar/getSchedule", access, body=body, gone=Withdrawn)
        with wire.understood():
            (schedule,) = told["value"]
            if schedule.get("error"):
                raise ProviderFailed("the schedule is not known")
            return [
                Span(wire.instant(one["start"]), wire.instant(one["end"]))
                for one in schedule["scheduleItems"]
                if one["status"] not in wire.FREE
            ]

    def _event(self, access: str, calendar_id: str, event_id: str) -> wire.Json:
        answer = self._ask("GET", _event_path(calendar_id, event_id), access)
        if answer.status == 404:
            self._raise_gone(access, calendar_id)
        return wire.checked(answer, gone=EventGone)

    def _raise_gone(self, access: str, calendar_id: str) -> None:
        # Graph says the same of an event and of its whole calendar.
        self._graph("GET", _calendar(calendar_id), access, gone=Withdrawn)
        raise EventGone("there is no such event")

    def _tokens(self, form: Mapping[str, str]) -> Tokens:
        given = settings()
        client = {
            "client_id": given.microsoft_client_id,
            "client_secret": secrets.microsoft_client_secret(),
        }
        answer = self._sent(given.microsoft_token_url, "POST", {}, data={**form, **client})
        if not _ADMIN.isdisjoint(wire.aadsts(answer.body)):
            raise Forbidden("an administrator has to consent")
        if answer.code in _ASK_A_PERSON:
            raise ConsentGone(answer.code)
        if answer.status in (401, 403):  # our app's own secret
            raise ProviderFailed(f"status {answer.status} {answer.code}")
        told = wire.checked(answer, gone=ProviderFailed)
        with wire.understood():
            return Tokens(
                access=told["access_token"],
                expires_at=datetime.now(UTC) + timedelta(seconds=int(told["expires_in"])),
                refresh=told.get("refresh_token"),
                scopes=frozenset(told["scope"].split()),
            )

    def _graph(
        self,
        method: str,
        path: str,
        access: str,
        *,
        gone: type[Exception],
        params: Mapping[str, str] | None = None,
        body: wire.Json | None = None,
        prefer: str = "",
        timeout_s: float | None = None,
    ) -> wire.Json:
        """The body of a good answer; `gone` is what a 404 means here."""
        answer = self._ask(method, path, access, params=params, body=body, prefer=prefer, timeout_s=timeout_s)
        return wire.checked(answer, gone=gone)

    def _ask(
        self,
        method: str,
        path: str,
        access: str,
        *,
        params: Mapping[str, str] | None = None,
        body: wire.Json | None = None,
        prefer: str = "",
        if_match: str | None = None,
        timeout_s: float | None = None,
    ) -> wire.Answer:
        headers = {
            "authorization": f"Bearer {access}",
            "prefer": f"{_PREFER}, {prefer}" if prefer else _PREFER,
        }
        if if_match is not None:
            headers["if-match"] = if_match
        url = f"{settings().graph_api_url}/{path}"
        return self._sent(url, method, headers, params=params, json=body, timeout_s=timeout_s)

    def _sent(
        self,
        url: str,
        method: str,
        headers: Mapping[str, str],
        *,
        timeout_s: float | None = None,
        **content: Any,
    ) -> wire.Answer:
        import httpx

        wait_s = timeout_s or self._timeout_s
        ends = time.monotonic() + wait_s
        whole = bytearray()
        try:
            with self._http.stream(method, url, headers=headers, timeout=wait_s, **content) as answer:
                for part in answer.iter_bytes():
                    whole += part
                    # httpx' own timeout starts anew with each part.
                    if len(whole) > _LARGEST or time.monotonic() > ends:
                        raise ProviderFailed("too large or too slow")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ProviderFailed(type(error).__name__) from error
        try:
            told = json.loads(whole or b"{}")
        except ValueError:
            told = None
        if not isinstance(told, dict):
            if answer.is_success:
                raise ProviderFailed("the answer is not JSON")
            told = {}
        return wire.Answer(answer.status_code, cast("wire.Json", told), answer.headers.get("retry-after", ""))


def _as_asked(told: wire.Json, draft: Draft) -> Written:
    """An event that a creation was answered with, which may be one that was made before."""
    with wire.understood():
        event = wire.event(told, {})
        if event.when != draft.when:
            raise MadeBefore(event)
        return wire.written(told)


def _calendar(calendar_id: str) -> str:
    return f"me/calendars/{quote(calendar_id, safe='')}"


def _event_path(calendar_id: str, event_id: str) -> str:
    return f"{_calendar(calendar_id)}/events/{quote(event_id, safe='')}"
