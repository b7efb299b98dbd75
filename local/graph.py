"""What our functions see of Microsoft: the calendars of Graph, and the tokens behind them.

`graph_mailbox` is what an account holds, `graph_calendars` and `graph_deltas` how it is read and written,
`graph_subscriptions` what is told of changes, `graph_oauth` the consent and its tokens, `vapi_faults` what
goes wrong when told to. For tests and the demo, without a token:

    PUT, DELETE /_faults      failures made to order (`vapi_faults`)
    GET, DELETE /_requests    what was asked: `[{method, path, query, prefer, body, status}]`; 0: no answer
    PUT, DELETE /_clock       `{"at": "2026-03-02T09:00:00Z"}`: this is now
    PUT /_consent             how the consent page answers next: `{"account"?, "deny"?: "user" or "admin"}`;
                              `{"refuse_tokens": "AADSTS65001"}`: what the token endpoint says
    DELETE /_mailboxes        all is as at the start
    PUT /_mailboxes/{email}   makes one: `{"kind": "work" or "personal", "zone"?}`
    GET /_mailboxes/{email}   its calendars, events and subscriptions
    POST /_mailboxes/{email}/{verb}, as its owner, or as Microsoft:
        put {"event", "calendar"?}, fill {"events"} (many, told of as one change),
        change {"id", "event"}, delete {"id"}, move {"id", "calendar"},
        add_calendar {"name"}, unshare {"calendar"}, expire_tokens, revoke, forget_deltas, lapse,
        admin {"is_needed"}, lifecycle {"event"}
"""

import json
import secrets
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import parse_qsl, unquote

from local import child
from local.asgi import body_of
from local.directory import write_private
from local.graph_calendars import Calendars, Reply
from local.graph_events import Json, Reader, Refused, shown
from local.graph_mailbox import Mailbox
from local.graph_oauth import Consents, GrantRefused
from local.graph_subscriptions import HANDSHAKE_S, Subscriptions
from local.vapi_faults import Faults, struck
from local.vapi_refused import Refused as FaultRefused

AT_ONCE: Final = 4
"""Requests of one mailbox; one more is turned away."""
_OWNERS_READER: Final = Reader(is_immutable=True)


class Graph:
    """The accounts of one Microsoft, as an ASGI application."""

    def __init__(
        self,
        *,
        client: tuple[str, str],
        mailboxes: Mapping[str, Json],
        file: Path | None,
        handshake_s: float,
    ) -> None:
        self._client, self._first, self._file, self._handshake_s = client, mailboxes, file, handshake_s
        self._begin(json.loads(file.read_text()) if file and file.exists() else {})

    def _begin(self, kept: Json) -> None:
        for name in ("mailboxes", "oauth", "subscriptions"):
            kept.setdefault(name, {})
        self._kept = kept
        self._frozen: datetime | None = None
        self._consents = Consents(kept["oauth"], client=self._client, clock=self._now)
        self._subscriptions = Subscriptions(
            kept["subscriptions"], clock=self._now, handshake_s=self._handshake_s
        )
        self._calendars = Calendars(self._subscriptions.changed)
        for email, one in kept["mailboxes"].items():
            self._calendars.add(Mailbox(email, one))
        self._faults = Faults()
        self._requests: list[Json] = []
        self._inside: Counter[str] = Counter()
        for email, about in self._first.items():
            self.mailbox(email, **about)

    def _now(self) -> datetime:
        return self._frozen or datetime.now(UTC)

    def mailbox(self, email: str, **about: Any) -> Mailbox:
        """The account of that address, made if there is none."""
        if email not in self._calendars.mailboxes:
            kept = self._kept["mailboxes"][email] = about
            self._calendars.add(Mailbox(email, kept))
        return self._calendars.mailboxes[email]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serves one request."""
        text = await body_of(receive)
        query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        path = scope["raw_path"].decode().partition("?")[0]
        if path.startswith("/_"):
            try:
                reply = self._told(scope["method"], path, json.loads(text or b"null"))
            except (Refused, FaultRefused) as refused:
                reply = _error(refused.status, "BadRequest", str(refused.message))
        else:
            headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
            reply = await self._served(scope["method"], path, query, headers, text)
        if scope["method"] != "GET" and self._file:
            write_private(self._file, json.dumps(self._kept))
        if reply is None:
            # ASGI has no way to hang up; the method is bound to uvicorn's side of this one connection.
            send.__self__.transport.abort()
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        await _answer(send, reply)

    async def _served(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], text: bytes
    ) -> Reply | None:
        """The answer to a client, or None where the connection breaks instead."""
        is_graph = path.startswith("/v1.0/")
        who = self._consents.who(headers.get("authorization", "")) if is_graph else None
        email = who["email"] if who else ""
        try:
            body: Any = json.loads(text or b"{}") if is_graph else {}
        except ValueError:
            return _error(400, "BadRequest", "Unable to read JSON request payload.")
        asked: Json = {"method": method, "path": path, "query": query, "prefer": headers.get("prefer", "")}
        asked |= {"body": body, "status": 0}
        self._requests.append(asked)
        self._inside[email] += 1
        try:
            faults = self._faults.striking(method, path)
            fault = await struck(faults, "before")
            reply = Reply(0)
            if fault is None:
                reply = await self._reply(method, path, query, headers, body, text, who)
                fault = await struck(faults, "after")
        finally:
            self._inside[email] -= 1
        if fault and fault.reset:
            return None
        if fault and fault.status:
            reply = _error(fault.status, "serviceNotAvailable", "as told by /_faults", fault.headers)
        asked["status"] = reply.status
        return reply

    async def _reply(
        self,
        method: str,
        path: str,
        query: dict[str, str],
        headers: dict[str, str],
        body: Any,
        text: bytes,
        who: Json | None,
    ) -> Reply:
        if path.endswith("/oauth2/v2.0/authorize"):
            address, wrong = self._consents.page(query, list(self._calendars.mailboxes))
            return Reply(302, None, {"location": address}) if address else Reply(400, {"error": wrong})
        if path.endswith("/oauth2/v2.0/token"):
            try:
                return Reply(200, self._consents.token(dict(parse_qsl(text.decode()))))
            except GrantRefused as no:
                return Reply(no.status, {"error": no.error, "error_description": no.description})
        if who is None:
            return _error(
                401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."
            )
        mailbox = self._calendars.mailboxes[who["email"]]
        if self._inside[mailbox.email] > AT_ONCE:
            return _error(
                429,
                "ApplicationThrottled",
                "Application is over its MailboxConcurrency limit.",
                {"Retry-After": "1"},
            )
        if mailbox.kept.get("needs_admin"):
            return _error(
                403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
            )
        if method != "GET" and "Calendars.ReadWrite" not in who["scopes"]:
            return _error(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        try:
            if path.startswith("/v1.0/subscriptions"):
                return await self._subscription(method, path.split("/")[3:], body, mailbox)
            return self._calendars.answer(method, path, query, headers, body, mailbox)
        except Refused as refused:
            return _error(refused.status, refused.code, refused.message, refused.headers)

    async def _subscription(self, method: str, rest: list[str], body: Json, mailbox: Mailbox) -> Reply:
        match method, rest:
            case "POST", []:
                return Reply(201, await self._subscriptions.create(mailbox.email, body))
            case "GET", []:
                return Reply(200, {"value": self._subscriptions.listed(mailbox.email)})
            case "PATCH", [key]:
                return Reply(200, self._subscriptions.renew(mailbox.email, key, body))
            case "DELETE", [key]:
                self._subscriptions.delete(mailbox.email, key)
                return Reply(204)
            case "POST", [key, "reauthorize"]:
                self._subscriptions.reauthorize(mailbox.email, key)
                return Reply(204)
            case _:
                raise Refused(404, "ResourceNotFound", f"Cannot {method} it.")

    # What tests and the demo ask for

    def _told(self, method: str, path: str, body: Any) -> Reply:
        match method, path.split("/")[1:]:
            case _, ["_faults"]:
                self._faults.put(body if method == "PUT" else [])
            case "DELETE", ["_requests"]:
                self._requests.clear()
            case _, ["_requests"]:
                return Reply(200, self._requests.copy())
            case _, ["_clock"]:
                self._frozen = datetime.fromisoformat(body["at"]) if method == "PUT" else None
            case _, ["_consent"]:
                self._consents.consent = body or {}
            case "DELETE", ["_mailboxes"]:
                self._begin({})
            case "PUT", ["_mailboxes", email]:
                mailbox = self.mailbox(unquote(email))
                mailbox.kept |= body or {}
                return Reply(200, self._all_of(mailbox))
            case "GET", ["_mailboxes", email]:
                return Reply(200, self._all_of(self.mailbox(unquote(email))))
            case "POST", ["_mailboxes", email, verb]:
                return Reply(200, self._done(self.mailbox(unquote(email)), verb, body or {}))
            case _:
                return _error(404, "NotFound", f"Cannot {method} {path}")
        return Reply(200, {})

    def _done(self, mailbox: Mailbox, verb: str, told: Json) -> Any:
        match verb:
            case "put":
                item, _ = mailbox.create(told.get("calendar", mailbox.default), told["event"])
                one = mailbox.instance(f"I-{item['key']}=", calendar=None)
                self._calendars.hint(["created", "updated"], one, _OWNERS_READER)
            case "fill":
                made = [mailbox.create(mailbox.default, event)[0] for event in told["events"]]
                one = mailbox.instance(f"I-{made[-1]['key']}=", calendar=None)
                self._calendars.hint(["created", "updated"], one, _OWNERS_READER)
            case "change":
                one = mailbox.change(told["id"], told["event"], calendar=None)
                self._calendars.hint(["updated", "updated"], one, _OWNERS_READER)
            case "move":
                one = mailbox.move(told["id"], told["calendar"])
                self._calendars.hint(["updated"], one, _OWNERS_READER)
            case "delete":
                self._calendars.hint(["deleted"], mailbox.delete(told["id"], calendar=None), _OWNERS_READER)
                return {}
            case _:
                return self._by_microsoft(mailbox, verb, told)
        return shown(one, _OWNERS_READER)

    def _by_microsoft(self, mailbox: Mailbox, verb: str, told: Json) -> Json:
        match verb:
            case "add_calendar":
                key = f"AAMk{secrets.token_hex(8)}="
                mailbox.kept["calendars"][key] = told
                return mailbox.calendar(key)
            case "unshare":
                del mailbox.kept["calendars"][told["calendar"]]
            case "expire_tokens":
                self._consents.expire(mailbox.email)
            case "revoke":
                self._consents.revoke(mailbox.email)
            case "forget_deltas":
                self._calendars.deltas[mailbox.email].forget_rounds()
            case "lapse":
                for one in self._subscriptions.listed(mailbox.email):
                    self._subscriptions.delete(mailbox.email, one["id"])
            case "admin":
                mailbox.kept["needs_admin"] = told["is_needed"]
            case "lifecycle":
                self._subscriptions.lifecycle(mailbox.email, told["event"])
            case _:
                raise Refused(404, "NotFound", f"There is no {verb}.")
        return {}

    def _all_of(self, mailbox: Mailbox) -> Json:
        """Series are shown as themselves."""
        alive = [one for one in mailbox.kept["items"].values() if not one["is_gone"]]
        return {
            "calendars": mailbox.calendars(),
            "events": [
                shown(mailbox.instance(f"I-{one['key']}=", calendar=None), _OWNERS_READER)
                | {"calendar": one["calendar"]}
                for one in alive
            ],
            "subscriptions": self._subscriptions.listed(mailbox.email),
        }


def _error(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    inner = {"date": "2026-01-01T00:00:00", "request-id": secrets.token_hex(8)}
    return Reply(status, {"error": {"code": code, "message": message, "innerError": inner}}, headers)


async def _answer(send: Any, reply: Reply) -> None:
    body = b"" if reply.content is None else json.dumps(reply.content, ensure_ascii=False).encode()
    sent = [(b"content-length", b"%d" % len(body))]
    if body:
        sent.append((b"content-type", b"application/json"))
    sent += [(name.lower().encode(), value.encode()) for name, value in reply.headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": sent})
    await send({"type": "http.response.body", "body": body})


def make(config: dict[str, Any]) -> Graph:
    """The stand-in as told: `client` (id and secret); if wanted `file`, `handshake_s` and `mailboxes`."""
    file = config.get("file")
    return Graph(
        client=tuple(config["client"]),
        mailboxes=config.get("mailboxes", {}),
        file=Path(file) if file else None,
        handshake_s=config.get("handshake_s", HANDSHAKE_S),
    )


def main() -> NoReturn:
    """Serves what the parent wants."""
    sys.exit(child.serve(make))


if __name__ == "__main__":
    main()
