"""A Google of a test's own: the stand-in, with its accounts' owners at hand, and every answer checked.

What the calendar's API answers is held against Google's discovery document, so that no test passes on a field
that Google doesn't have.
"""

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
import jsonschema_rs

from local import google_calendar
from tests.served import served

CLIENT = {"client_id": "a-client", "client_secret": "a-client-secret"}
MEMBER = "wei@clinic.example"
ZONE = "America/Vancouver"
REDIRECT = "http://127.0.0.1/calendars/google/callback"

Item = dict[str, Any]


@dataclass(frozen=True)
class GoogleAccount:
    """Where it is, and what its owner does in the browser. Dates are the calendar's own wall time."""

    url: str
    http: httpx.Client

    def put(self, start: str | Item, end: str | Item, *, calendar: str = MEMBER, **more: Any) -> Item:
        """The owner makes an event; `2026-12-01` is a whole day, `2026-12-01 09:00` a time in the zone."""
        body = {"summary": "Private matter", "start": _edge(start), "end": _edge(end), **more}
        return self.told("POST", f"/_events/{quote(calendar)}", body)

    def change(self, event: str, *, calendar: str = MEMBER, **change: Any) -> Item:
        """The owner changes one."""
        return self.told("PATCH", f"/_events/{quote(calendar)}/{event}", change)

    def remove(self, event: str, *, calendar: str = MEMBER) -> None:
        """The owner deletes one."""
        self.told("DELETE", f"/_events/{quote(calendar)}/{event}")

    def events(self, calendar: str = MEMBER) -> list[Item]:
        """All that is there."""
        return self.told("GET", f"/_events/{quote(calendar)}")

    def options(self, **options: Any) -> None:
        """`local.google_calendar.OPTIONS`."""
        self.told("PUT", "/_options", options)

    def expire(self, what: str) -> None:
        """`access`, `refresh`, `sync`, `channels`."""
        self.told("POST", f"/_expire/{what}")

    def share(self, role: str | None, *, calendar: str, email: str = MEMBER) -> None:
        """Somebody lets the account into their calendar, or no longer."""
        self.told("PUT", "/_share", {"calendar": calendar, "email": email, "role": role})

    def faults(self, *faults: Item) -> None:
        """As of `local.vapi_faults`; none: all is well."""
        self.told("PUT", "/_faults", list(faults))

    def requests(self) -> list[Item]:
        """What was asked since the last time."""
        return self.told("DELETE", "/_requests")

    def told(self, method: str, path: str, body: Any = None) -> Any:
        """By the door for tests."""
        answer = self.http.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def consents(self, consent_url: str) -> dict[str, str]:
        """Somebody opens the page: what comes back with the redirect."""
        answer = self.http.get(consent_url)
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def _edge(at: str | Item) -> Item:
    return when(at) if isinstance(at, str) else at


def when(text: str) -> Item:
    """Of a date or a wall time."""
    if len(text) == 10:
        return {"date": text}
    return {"dateTime": f"{text.replace(' ', 'T')}:00", "timeZone": ZONE}


@dataclass(frozen=True)
class Server:
    """A socket that serves one Google after another: to start it anew takes 0.2 s."""

    url: str
    http: httpx.Client
    app: "_Checked"

    @contextmanager
    def account(self, file: Path | None = None) -> Generator[GoogleAccount]:
        """A Google with one account, `MEMBER`, and their calendar."""
        self.app.inner = google_calendar.make({**CLIENT, "file": file and str(file)})
        account = GoogleAccount(self.url, self.http)
        account.told("PUT", "/_account", {"email": MEMBER, "timeZone": ZONE})
        yield account
        wrong, self.app.wrong = self.app.wrong, []
        assert wrong == []


@contextmanager
def google_server() -> Generator[Server]:
    """One for several tests."""
    app = _Checked()
    with served(app) as url, httpx.Client(base_url=url, timeout=30) as http:
        yield Server(url, http, app)


@lru_cache(maxsize=1)
def discovery() -> Item:
    """Google's own document of the API."""
    packed = resources.files("googleapiclient") / "discovery_cache" / "documents" / "calendar.v3.json"
    return json.loads(packed.read_text(encoding="utf-8"))


@cache
def _validator(name: str) -> jsonschema_rs.Validator:
    strict = {own: _strict(schema) for own, schema in discovery()["schemas"].items()}
    whole = {"$defs": strict, "$ref": f"#/$defs/{name}"}
    return jsonschema_rs.validator_for(whole, validate_formats=True)


def _strict(schema: Item) -> Item:
    """JSON Schema out of the document's own dialect; an object has no field that it doesn't name."""
    found: Item = {key: schema[key] for key in ("type", "enum", "pattern") if key in schema}
    if found.get("type") == "any":
        del found["type"]
    if "$ref" in schema:
        found["$ref"] = f"#/$defs/{schema['$ref']}"
    if schema.get("format") in ("date", "date-time"):
        found["format"] = schema["format"]
    if "items" in schema:
        found["items"] = _strict(schema["items"])
    if "properties" in schema:
        found["properties"] = {name: _strict(one) for name, one in schema["properties"].items()}
        found["additionalProperties"] = False
    if "additionalProperties" in schema:
        found["additionalProperties"] = _strict(schema["additionalProperties"])
    return found


class _Checked:
    """The stand-in, with what is wrong with its answers."""

    def __init__(self) -> None:
        self.inner: Any = None
        self.wrong: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        seen: list[Any] = []

        async def sending(message: Any) -> None:
            seen.append(message)
            await send(message)

        if not scope["path"].startswith(google_calendar.API):
            await self.inner(scope, receive, send)
            return
        # uvicorn's own side is found through it, for hanging up.
        sending.__dict__["__self__"] = send.__self__
        await self.inner(scope, receive, sending)
        if seen and seen[0]["status"] == 200:
            name = _answer_of(scope["method"], scope["path"].removeprefix(f"{google_calendar.API}/"))
            errors = _validator(name).iter_errors(json.loads(seen[1]["body"]))
            self.wrong += [f"{scope['method']} {scope['path']}: {error.message}" for error in errors]


def _answer_of(method: str, path: str) -> str:
    for resource in discovery()["resources"].values():
        for one in resource.get("methods", {}).values():
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(one["path"]))
            if one["httpMethod"] == method and re.fullmatch(pattern, path) and "response" in one:
                return one["response"]["$ref"]
    raise AssertionError(f"Google has no {method} {path}")
