"""From a Lambda event to a page's own function and back: what the console's functions have in common.

Who is signed in, that a form is our own, a transaction under the clinic's claims, HTML, and an error that
loses nothing of what was typed.
"""

import base64
import binascii
import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from frontdesk import measures, traces
from frontdesk.call import between_calls
from frontdesk.console import rendering, session, words
from frontdesk.console.visit import Away, File, Form, Page, Shown, Shows, Visit
from frontdesk.endpoint import LARGEST_BODY, Role
from frontdesk.logs import described, logger
from frontdesk.members import membership
from frontdesk.members.problems import Problem, problem_of
from frontdesk.members.serving import MARGIN_S, Event, address, header, in_transaction, query
from frontdesk.settings import settings
from frontdesk.speech.language import Language
from frontdesk.trigger import Console

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self';"
    " media-src 'self' https:{more}; connect-src 'self'{more}; form-action 'self'{leaves}{more};"
    " base-uri 'none'; frame-ancestors 'none'"
)
SAFE: Final = {
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not `no-referrer`, under which browsers don't say of a form where it was.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_MOST_FIELDS: Final = 3_000


@dataclass(frozen=True)
class Screen:
    """One route of the console."""

    route: str
    least: Role
    shows: Shows
    again: "Screen | None"
    """What is shown when a form was not taken, with what was typed in it."""

    def page(self, asked: str, path: Mapping[str, str]) -> str:
        """Where a browser finds anew what it sees: of a form, the page that it stands on."""
        return asked if self.again is None else self.again.route.removeprefix("GET ").format_map(path)


def shows(route: str, *, least: Role = "viewer", again: Screen | None = None) -> Callable[[Shows], Screen]:
    """Makes a route of a page's own function, which members of a lower role than `least` don't reach.

    `again` is the page that a form stands on.
    """
    return lambda function: Screen(route, least, function, again)


def console(definition: Console, *screens: Screen) -> Callable[[Event, Any], Event]:
    """The Lambda handler of a folder of pages. Raises `ValueError` when the definition has other routes."""
    by_route = {screen.route: screen for screen in screens}
    if set(by_route) != set(definition.routes):
        raise ValueError(f"defined and not shown, or the reverse: {set(by_route) ^ set(definition.routes)}")

    def handler(event: Event, context: Any) -> Event:
        with traces.work(request_id=context.aws_request_id):
            began = time.monotonic()
            response = _Answering(event, by_route[event["routeKey"]], definition, context).answer()
            logger.info(
                "page shown",
                extra={
                    "endpoint": event["routeKey"],
                    "outcome": response["statusCode"],
                    "duration_ms": round((time.monotonic() - began) * 1000, 1),
                },
            )
            return response

    return handler


class _Unchanged(Exception):
    """Nothing new is shown, so that nobody read anything: what the audit log would say is undone."""

    def __init__(self, response: Event) -> None:
        self.response = response
        super().__init__()


class _Answering:
    """One request's way to a page."""

    def __init__(self, event: Event, screen: Screen, definition: Console, context: Any) -> None:
        self._event = event
        self._screen = screen
        now = time.monotonic()
        ends = now + context.get_remaining_time_in_millis() / 1000 - MARGIN_S
        self._deadline = min(now + max(settings().deadline_s, definition.deadline_s), ends)
        self._language: Language
        self._language, kept = words.chosen(event)
        self._csrf, made = session.csrf(event)
        self._cookies = [*kept, *made]
        self._form = Form()
        self._layout: dict[str, Any] = {}
        """What the frame around a page says of the clinic, once that is known."""

    def answer(self) -> Event:
        """The response, whatever happens."""
        try:
            self._form = typed(self._event)
            if not self._screen.route.startswith("GET "):
                session.check(self._event, self._form.one(session.FIELD))
            who = session.of(self._event)
            self._cookies += who.kept
            return self._answer_to(who)
        except session.Over:
            return self._signed_out()
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody is looking at a page
            return self._told(self._problem(error))

    def _answer_to(self, who: session.Session) -> Event:
        try:
            return self._shown(who, self._screen.shows)
        except _Unchanged as unchanged:
            return unchanged.response
        except Exception as error:
            if self._screen.again is None:
                raise
            return self._shown(who, self._screen.again.shows, self._problem(error))

    def _shown(self, who: session.Session, function: Shows, problem: Problem | None = None) -> Event:
        """Raises `_Unchanged`, and whatever the page's function does."""
        member = who.member

        def work(db: Any, afterwards: list[Callable[[], object]]) -> Event:
            role = membership.role_of(db, member.id)
            if role is None:
                raise Problem(403, "You are not a member of this clinic, or not any more. Sign in again.")
            visit = Visit(
                db=db,
                member=member,
                role=role,
                language=self._language,
                path=self._event.get("pathParameters") or {},
                query=query(self._event),
                form=self._form,
                deadline=self._deadline,
                problem=problem,
                afterwards=afterwards,
            )
            clinic = between_calls(db).clinic
            self._layout = {"clinic": clinic, "role": role, "visit": visit}
            visit.need(self._screen.least)
            shown = function(visit)
            if problem is not None and isinstance(shown, Page):
                shown = shown._replace(status=problem.status)
            response = self._response(shown)
            if response["statusCode"] == 304:
                raise _Unchanged(response)
            return response

        return in_transaction(member, self._deadline, address(self._event), work)

    def _problem(self, error: Exception) -> Problem:
        problem = problem_of(error)
        if problem.status >= 500:
            logger.error("a page failed", extra=described(error))
            measures.failed(error)
        return problem

    def _response(self, shown: Shown) -> Event:
        match shown:
            case Page():
                return self._html(shown)
            case Away(to, done):
                where = to + (("&" if "?" in to else "?") + urlencode({"done": done}) if done else "")
                return self._made(303, "", {"location": where})
            case File(name, media_type, text):
                disposition = f"attachment; filename*=UTF-8''{quote(name)}"
                return self._made(200, text, {"content-type": media_type, "content-disposition": disposition})

    def _form_at(self, path: str) -> tuple[Form, Problem | None]:
        """What was typed into the one of a page's forms that is posted there, and why it was not taken."""
        visit = self._layout.get("visit")
        is_this = self._event["rawPath"] == path
        return (self._form, visit.problem) if visit and is_this else (Form(), None)

    def _html(self, page: Page) -> Event:
        visit = self._layout.get("visit")
        html = rendering.render(
            page.template,
            self._language,
            {
                "csrf": self._csrf,
                "done": words.DONE.get(query(self._event).get("done", "")),
                "here": self._screen.page(self._event["rawPath"], self._event.get("pathParameters") or {}),
                "problem": visit.problem if visit else None,
                "typed": self._form,
                "form_at": self._form_at,
                **self._layout,
                **page.values,
            },
        )
        tag = f'"{hashlib.sha256(html.encode()).hexdigest()[:32]}"'
        headers = {
            "content-type": "text/html; charset=utf-8",
            "content-security-policy": policy(page.connects_to),
            "etag": tag,
        }
        if page.status == 200 and header(self._event, "if-none-match") == tag:
            return self._made(304, "", headers)
        return self._made(page.status, html, headers)

    def _told(self, problem: Problem) -> Event:
        try:
            return self._html(Page("problem.html", {"problem": problem}, problem.status))
        except Exception as error:  # noqa: BLE001 - a page that can't even say so
            logger.error("a page failed", extra=described(error))
            return self._made(500, "Something failed here.", {"content-type": "text/plain"})

    def _signed_out(self) -> Event:
        """To the sign-in; or, where something was typed, a page that holds it until they have signed in."""
        if self._screen.route.startswith("GET "):
            asked = self._event.get("rawQueryString") or ""
            to = self._event["rawPath"] + (f"?{asked}" if asked else "")
            return self._made(303, "", {"location": "/console/sign-in?" + urlencode({"to": to})})
        fields = [
            (name, text) for name, texts in self._form.items() for text in texts if name != session.FIELD
        ]
        values = {"fields": fields, "to": self._event["rawPath"]}
        return self._html(Page("session_over.html", values, 401))

    def _made(self, status: int, body: str, headers: dict[str, str]) -> Event:
        made: Event = {
            "statusCode": status,
            # Nothing of a clinic stays in a cache, not even in the browser's own.
            "headers": {**SAFE, "cache-control": "no-store", **headers},
            "body": body,
        }
        return made | {"cookies": self._cookies} if self._cookies else made


def policy(more: Iterable[str] = ()) -> str:
    """What a page may load, and where it may send to: ourselves, those origins, and a form to the sign-in.

    Signing out is a form that leads there, and browsers follow a form nowhere else than it may go.
    """
    parts = urlsplit(settings().sign_in_url)
    leaves = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return _POLICY.format(more="".join(f" {origin}" for origin in more), leaves=leaves)


def typed(event: Event) -> Form:
    """What was typed. Raises `Problem`: 413, or 400 for what no form of ours sends."""
    text: str = event.get("body") or ""
    try:
        raw = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
        if len(raw) > LARGEST_BODY:
            raise Problem(413, "That is more than a page can take at once.")
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except (ValueError, binascii.Error):
        raise Problem(400, "What was sent can't be read. Go back and send it again.") from None
    form = Form()
    for name, value in pairs:
        form.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return form
