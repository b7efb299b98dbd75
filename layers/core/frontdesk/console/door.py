"""The console's own door: where one signs in and out, and what every page is drawn with."""

import time
from collections.abc import Callable
from pathlib import PurePath
from typing import Any, Final

from frontdesk import traces
from frontdesk.console import cookies, rendering, session, sign_in, words
from frontdesk.console.serving import SAFE, policy, typed
from frontdesk.errors import ProviderFailed
from frontdesk.logs import described, logger
from frontdesk.members.problems import Problem
from frontdesk.members.serving import Event, query
from frontdesk.trigger import Console

_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_YEAR_S: Final = 365 * 24 * 3600


def door(definition: Console) -> Callable[[Event, Any], Event]:
    """The Lambda handler of the routes that are there for everybody."""

    def handler(event: Event, context: Any) -> Event:
        with traces.work(request_id=context.aws_request_id):
            began = time.monotonic()
            try:
                response = _ROUTES[event["routeKey"]](event)
            except ProviderFailed as failed:
                logger.error("nobody can sign in", extra=described(failed))
                response = _said(event, 503, "The sign-in did not answer. Try again in a minute.")
            except Problem as problem:
                response = _said(event, problem.status, problem.detail)
            logger.info(
                "page shown",
                extra={
                    "endpoint": event["routeKey"],
                    "outcome": response["statusCode"],
                    "duration_ms": round((time.monotonic() - began) * 1000, 1),
                },
            )
            return response

    if set(definition.routes) != set(_ROUTES):
        raise ValueError("the door's definition has other routes than the door")
    return handler


def _welcome(event: Event) -> Event:
    if cookies.read(event, "session") or cookies.read(event, "refresh"):
        return _away(sign_in.HOME)
    csrf, kept = session.csrf(event)
    return _page(event, "welcome.html", {"csrf": csrf}, cookies_kept=kept)


def _begin(event: Event) -> Event:
    asked = query(event)
    started = sign_in.begin(asked.get("to", ""), signs_up=asked.get("new") == "1")
    return _away(started.url, cookies.keep("sign-in", started.kept))


def _finish(event: Event) -> Event:
    asked = query(event)
    try:
        given, to = sign_in.finish(
            cookies.read(event, "sign-in"), asked.get("state", ""), asked.get("code", "")
        )
    except sign_in.Refused:
        logger.warning("a sign-in was not ours, or too old")
        return _said(event, 400, "This sign-in was not begun here, or too long ago. Sign in again.")
    return _away(to, *session.kept(given), cookies.forget("sign-in"))


def _leave(event: Event) -> Event:
    session.check(event, typed(event).one(session.FIELD))
    if refresh := cookies.read(event, "refresh"):
        try:
            sign_in.revoke(refresh)
        except ProviderFailed as failed:  # this browser is signed out all the same
            logger.warning("a session lives on at the pool", extra=described(failed))
    return _away(
        sign_in.leave(), cookies.forget("session"), cookies.forget("refresh"), cookies.forget("csrf")
    )


def _asset(event: Event) -> Event:
    name: str = event["pathParameters"]["name"]
    media_type = _TYPES.get(PurePath(name).suffix)
    # Of what lies there, by its own name: no path leads anywhere else.
    there = {one.name: one for one in rendering.ASSETS.iterdir()}
    if media_type is None or name not in there:
        return _said(event, 404, "There is nothing of that id or name.")
    headers = {
        "content-type": f"{media_type}; charset=utf-8",
        "cache-control": f"public, max-age={_YEAR_S}, immutable",
        "x-content-type-options": "nosniff",
    }
    return {"statusCode": 200, "headers": headers, "body": there[name].read_text()}


def _said(event: Event, status: int, detail: str) -> Event:
    csrf, kept = session.csrf(event)
    values = {"csrf": csrf, "problem": Problem(status, detail)}
    return _page(event, "problem.html", values, status=status, cookies_kept=kept)


def _page(
    event: Event, template: str, values: dict[str, Any], *, status: int = 200, cookies_kept: list[str]
) -> Event:
    language, kept = words.chosen(event)
    frame: dict[str, Any] = {"done": None, "here": event["rawPath"], "problem": None, "typed": {}}
    html = rendering.render(template, language, frame | values)
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy(),
        "cache-control": "no-store",
    }
    made: Event = {"statusCode": status, "headers": SAFE | headers, "body": html}
    return made | {"cookies": [*cookies_kept, *kept]}


def _away(to: str, *kept: str) -> Event:
    made: Event = {
        "statusCode": 303,
        "headers": {**SAFE, "location": to, "cache-control": "no-store"},
        "body": "",
    }
    return made | {"cookies": list(kept)}


_ROUTES: Final[dict[str, Callable[[Event], Event]]] = {
    "GET /console": _welcome,
    "GET /console/sign-in": _begin,
    f"GET {sign_in.CALLBACK}": _finish,
    "POST /console/sign-out": _leave,
    "GET /console/assets/{name}": _asset,
}
