"""What our functions see of Google: Calendar v3, the consent page and the endpoint of tokens.

`google_account` is what it holds, `google_lists` what it shows, `google_series` the instances of what
repeats, `google_consent` the tokens, `google_push` the channels, `vapi_faults` what goes wrong when told to.
Calendar's own paths lie below `/calendar/v3`, as at Google; the rest is `/o/oauth2/v2/auth`, `/token` and
`/revoke`.

For tests and the demo, as the owners of the calendars, without a token:

    PUT /_account                   `{"email", "timeZone"}`: an account, with a calendar named by its address
    PUT /_calendar                  `{"owner", "id", "summary", "timeZone"}`: another calendar
    PUT /_share                     `{"calendar", "email", "role"}`: a role of null takes it away
    GET, POST /_events/{calendar}   all that is there, in UTC, a series once; a new event, or a list of them
    PATCH, DELETE /_events/{calendar}/{id}
    POST /_expire/{what}            `access` or `refresh` tokens, `sync` tokens (pages too), or `channels`
    PUT, DELETE /_options           some of `OPTIONS`, in place of what they were; DELETE: as at the start
    PUT, DELETE /_faults            failures made to order
    GET, DELETE /_requests          what was asked: `[{method, path, query, body, status}]`; 0 is no answer
    GET /_channels                  those that are open
"""

import json
import re
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NoReturn, cast
from urllib.parse import parse_qsl, unquote

from local import child
from local import google_series as series
from local.asgi import body_of
from local.google_account import ROLES, Account, View
from local.google_consent import Consent, OauthRefused
from local.google_lists import Lists
from local.google_push import Channels
from local.google_refused import Refused, not_found
from local.google_series import Item
from local.vapi_faults import Faults, struck
from local.vapi_refused import Refused as FaultRefused

OPTIONS: Final[Mapping[str, Any]] = {
    "account": None,  # who consents; None: who the request hints at, else the first account
    "denies": False,  # whether that person says no
    "grants": None,  # the scopes they leave ticked; None: all that were asked for
    "rotates": False,  # whether a refresh gives another refresh token
    "access_s": 3599,  # how long an access token lives
    "ahead_s": 0,  # how far Google's clock is ahead
    "told_days": None,  # of a series that is gone, how far ahead each instance is told of; None: all
    "page_size": None,  # entries of a page, at most; Google may give fewer than were asked for
    "unknown_busy": None,  # the reason why nobody's busy times can be told, e.g. "internalError"
    "channel_days": 30,  # the longest that a channel is granted
    "push_drops": 0.0,  # the share of messages that get lost
    "push_s": 0.0,  # how late the others are
}
API: Final = "/calendar/v3"
_EVENTS: Final = re.compile(r"/calendars/([^/]+)/events(?:/([^/]+))?(/instances)?")

Reply = tuple[int, Any, dict[str, str]]
"""Status, what becomes the JSON body (None: nothing), and headers."""


class GoogleCalendar:
    """One Google with all its accounts."""

    def __init__(self, account: Account, client_id: str, client_secret: str) -> None:
        self._options = dict(OPTIONS)
        self._account = account
        self._consent = Consent(account, client_id, client_secret, self._options)
        self._channels = Channels(account, self._options)
        self._faults = Faults()
        self._requests: list[dict[str, Any]] = []
        self._lists = Lists(account, self._options)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serves one request (ASGI)."""
        text = await body_of(receive)
        path = (scope.get("raw_path") or scope["path"].encode()).decode().partition("?")[0]
        if path.startswith("/_"):
            await _answer(send, *self._told(scope["method"], path, text))
            return
        query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        request = {"method": scope["method"], "path": unquote(path), "query": query, "status": 0}
        if path.startswith(API):
            request["body"] = _parsed(text)
        self._requests.append(request)
        faults = self._faults.striking(scope["method"], path)
        reply: Reply = (0, None, {})
        fault = await struck(faults, "before")
        if fault is None:
            reply = self._reply(scope["method"], path, query, headers, text)
            fault = await struck(faults, "after")
        if fault and fault.reset:
            # ASGI has no way to hang up; the method is bound to uvicorn's side of this one connection.
            send.__self__.transport.abort()
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        if fault and fault.status:
            reason = fault.reason or "backendError"
            domain = "usageLimits" if reason.endswith("Exceeded") else "global"
            refused = Refused(fault.status, reason, "as told by /_faults", domain=domain)
            reply = fault.status, refused.body, dict(fault.headers)
        request["status"] = reply[0]
        await _answer(send, *reply)

    # ------------------------------------------------------------------ the door for tests

    def _told(self, method: str, path: str, text: bytes) -> Reply:
        body: Any = _parsed(text)
        parts = [unquote(part) for part in path.split("/")[1:]]
        try:
            told: Any = self._tell(method, parts[0], parts[1:], body)
        except Refused as refused:
            return refused.status, refused.body, {}
        except FaultRefused as refused:
            return refused.status, {"error": refused.message}, {}
        return 200, {} if told is None else told, {}

    def _tell(self, method: str, what: str, of: list[str], body: Any) -> Any:
        account = self._account
        match method, what, of:
            case "PUT", "_account", []:
                return account.add(body["email"], body["timeZone"])
            case "PUT", "_calendar", []:
                return account.add_calendar(body["owner"], body["id"], body["summary"], body["timeZone"])
            case "PUT", "_share", []:
                return account.share(body["calendar"], body["email"], body["role"])
            case _, "_events", [calendar, *event]:
                return self._owner(method, calendar, event, body)
            case "POST", "_expire", [kind]:
                return self._expire(kind)
            case _, "_options", []:
                self._options |= body if method == "PUT" else OPTIONS
                account.ahead = timedelta(seconds=self._options["ahead_s"])
                account.told_days = self._options["told_days"]
                return self._options
            case _, "_faults", []:
                return self._faults.put(body if method == "PUT" else [])
            case _, "_requests", []:
                asked = self._requests.copy()
                if method == "DELETE":
                    self._requests.clear()
                return asked
            case "GET", "_channels", []:
                return list(self._channels.open.values())
            case _:
                raise not_found()

    def _owner(self, method: str, calendar: str, event: list[str], body: Any) -> Any:
        account, view = self._account, View(calendar, "owner", "UTC")
        match method, event:
            case "GET", []:
                listed = account.listed(calendar, (None, None), since=None, singly=False, deleted=False)
                return [account.rendered(one, view) for one in listed]
            case "POST", []:
                if isinstance(body, list):
                    return account.add_many(calendar, cast("list[Item]", body))
                return account.rendered(account.insert(calendar, body), view)
            case "PATCH", [key]:
                # Somebody who drags an event leaves nothing of the time it had.
                bare: Item = {"date": None, "dateTime": None, "timeZone": None}
                edges = {edge: bare | body[edge] for edge in ("start", "end") if edge in body}
                return account.rendered(account.change(calendar, key, body | edges, if_match=None), view)
            case "DELETE", [key]:
                return account.delete(calendar, key, if_match=None)
            case _:
                raise not_found()

    def _expire(self, kind: str) -> None:
        match kind:
            case "access" | "refresh":
                self._consent.expire(kind)
            case "sync":
                self._lists.kill_tokens()
            case "channels":
                self._channels.open.clear()
            case _:
                raise not_found()

    # ------------------------------------------------------------------ Google's side

    def _reply(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], text: bytes
    ) -> Reply:
        try:
            match method, path:
                case "GET", "/o/oauth2/v2/auth":
                    return 302, None, {"location": self._consent.page(query)}
                case "POST", "/token":
                    return 200, self._consent.tokens(dict(parse_qsl(text.decode()))), {}
                case "POST", "/revoke":
                    self._consent.revoke((query | dict(parse_qsl(text.decode()))).get("token", ""))
                    return 200, {}, {}
                case _ if path.startswith(f"{API}/"):
                    content = self._api(method, path.removeprefix(API), query, headers, text)
                    etag = {"etag": content["etag"]} if content and "etag" in content else {}
                    return 200 if content is not None else 204, content, etag
                case _:
                    raise not_found()
        except (Refused, OauthRefused) as refused:
            return refused.status, refused.body, {}

    def _api(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], text: bytes
    ) -> Item | None:
        def who(scope: str) -> str:
            return self._consent.who(headers.get("authorization", ""), scope)

        parsed = _parsed(text)
        if text and not isinstance(parsed, dict):
            raise Refused(400, "parseError", "Parse Error")
        body = cast("Item", parsed)
        match method, path:
            case "GET", "/users/me/calendarList":
                items = self._account.calendars(who("calendarList.list"))
                return self._lists.page({"kind": "calendar#calendarList", "etag": '"1"'}, items, query, {})
            case "POST", "/freeBusy":
                return self._free_busy(who("freebusy.query"), body)
            case "POST", "/channels/stop":
                who("")
                return self._channels.stop(body)
            case _ if match := _EVENTS.fullmatch(path):
                calendar = unquote(match[1])
                if (method, match[2]) == ("POST", "watch"):
                    email = who("events.read")
                    self._view(calendar, email, query, "reader")
                    base_url = f"http://{headers.get('host', '')}{API}"
                    return self._channels.watch(self._own(calendar, email), email, body, base_url)
                is_read = method == "GET"
                email = who("events.read" if is_read else "events.write")
                view = self._view(calendar, email, query, "reader" if is_read else "writer")
                event = unquote(match[2]) if match[2] else None
                if is_read:
                    return self._read(view, event, query, is_instances=bool(match[3]))
                return self._write(method, view, event, body, headers.get("if-match"))
            case _:
                raise not_found()

    @staticmethod
    def _own(calendar: str, email: str) -> str:
        return email if calendar == "primary" else calendar

    def _view(self, calendar: str, email: str, query: Mapping[str, str], least: str) -> View:
        calendar = self._own(calendar, email)
        role = self._account.role(calendar, email)
        if role is None:
            raise not_found()
        if ROLES.index(role) < ROLES.index(least):
            message = f"You need to have {least} access to this calendar."
            raise Refused(403, "requiredAccessLevel", message, domain="calendar")
        most = query.get("maxAttendees")
        return View(
            calendar, role, query.get("timeZone", self._account.zone(calendar)), int(most) if most else None
        )

    def _read(self, view: View, event: str | None, query: dict[str, str], *, is_instances: bool) -> Item:
        account = self._account
        if event is None:
            return self._lists.events(view, query)
        found = account.get(view.calendar_id, event)
        if not is_instances:
            return account.rendered(found, view)
        return self._lists.instances(view, event, query)

    def _write(
        self, method: str, view: View, event: str | None, body: Any, if_match: str | None
    ) -> Item | None:
        account, calendar = self._account, view.calendar_id
        match method, event:
            case "POST", None:
                return account.rendered(account.insert(calendar, body), view)
            case "PATCH" | "PUT", str():
                is_whole = method == "PUT"
                changed = account.change(calendar, event, body, if_match=if_match, whole=is_whole)
                return account.rendered(changed, view)
            case "DELETE", str():
                account.delete(calendar, event, if_match=if_match)
                return None
            case _:
                raise not_found()

    def _free_busy(self, email: str, body: Item) -> Item:
        within = series.instant(body["timeMin"]), series.instant(body["timeMax"])
        most = min(int(body.get("calendarExpansionMax", 50)), 50)
        calendars: dict[str, Item] = {}
        for count, one in enumerate(body.get("items", [])):
            own = self._own(one["id"], email)
            if self._options["unknown_busy"]:
                reason = self._options["unknown_busy"]
            elif count >= most:
                reason = "tooManyCalendarsRequested"
            elif self._account.role(own, email) is None:
                reason = "notFound"
            else:
                spans = [[_zulu(edge) for edge in span] for span in self._account.busy(own, within)]
                calendars[one["id"]] = {"busy": [{"start": start, "end": end} for start, end in spans]}
                continue
            calendars[one["id"]] = {"errors": [{"domain": "global", "reason": reason}], "busy": []}
        return {
            "kind": "calendar#freeBusy",
            "timeMin": _zulu(within[0]),
            "timeMax": _zulu(within[1]),
            "calendars": calendars,
        }


def _zulu(at: Any) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text or b"null")
    except ValueError:
        return None


async def _answer(send: Callable[..., Any], status: int, content: Any, headers: Mapping[str, str]) -> None:
    body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
    sent = [(b"content-length", b"%d" % len(body))] if status != 204 else []
    if body:
        sent.append((b"content-type", b"application/json; charset=UTF-8"))
    sent += [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": body})


def make(config: dict[str, Any]) -> GoogleCalendar:
    """The stand-in as told: `client_id`, `client_secret`, and `file` if it is to keep what it holds."""
    file = config.get("file")
    return GoogleCalendar(Account(Path(file) if file else None), config["client_id"], config["client_secret"])


def main() -> NoReturn:
    """Serves what the parent wants."""
    sys.exit(child.serve(make))


if __name__ == "__main__":
    main()
