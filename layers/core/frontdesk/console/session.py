"""Who is looking: the member of the token that their browser keeps, renewed where it is over."""

import hmac
import secrets as random
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from frontdesk import secrets
from frontdesk.console import cookies, sign_in
from frontdesk.errors import ProviderFailed
from frontdesk.members import tokens
from frontdesk.members.membership import Member
from frontdesk.members.problems import Problem
from frontdesk.members.serving import Event, header

FIELD: Final = "csrf"
"""Of every form: what only a page of ours can know, for only ours are told what the cookie says."""


class Over(Exception):
    """There is no session, or not any more: they have to sign in."""


class Session(NamedTuple):
    """Somebody who is signed in."""

    member: Member
    kept: list[str]
    """Cookies to be sent with the answer: of a session that was just renewed."""


def of(event: Event) -> Session:
    """Raises `Over`, and `Problem`: 403 for somebody of no clinic, 503 while the pool can't be asked."""
    token, refresh = cookies.read(event, "session"), cookies.read(event, "refresh")
    if token:
        try:
            return Session(_member(token), [])
        except Problem as problem:
            if problem.status != 401 or not refresh:
                raise (Over() if problem.status == 401 else problem) from None
    if not refresh:
        raise Over
    try:
        renewed = sign_in.renew(refresh)
    except sign_in.Refused:
        raise Over from None
    except ProviderFailed as failed:
        raise Problem(503, "Who you are can't be checked just now. Try again.") from failed
    try:
        return Session(_member(renewed.access), kept(renewed))
    except Problem as problem:
        raise (Over() if problem.status == 401 else problem) from None


def kept(given: sign_in.Tokens) -> list[str]:
    """The cookies of a session."""
    made = [cookies.keep("session", given.access)]
    return [*made, cookies.keep("refresh", given.refresh)] if given.refresh else made


def csrf(event: Event) -> tuple[str, list[str]]:
    """What this browser's forms carry, and the cookie that keeps it, where it has none yet."""
    if known := cookies.read(event, "csrf"):
        return known, []
    made = random.token_urlsafe(24)
    return made, [cookies.keep("csrf", made)]


def check(event: Event, sent: str) -> None:
    """Whether a form was sent by a page of ours: by the token in it, and by where the browser says it was.

    Raises `Problem` (403).
    """
    known = cookies.read(event, "csrf")
    origin = header(event, "origin")
    is_here = not origin or urlsplit(origin).netloc == header(event, "host")
    is_same_site = header(event, "sec-fetch-site") in ("", "same-origin", "none")
    is_known = bool(known) and hmac.compare_digest(known.encode(), sent.encode())
    if not (is_known and is_here and is_same_site):
        raise Problem(403, "This form was open too long, or not one of this page's. Send it again.")


def _member(token: str) -> Member:
    return tokens.member(f"Bearer {token}", secrets.member_secrets)
