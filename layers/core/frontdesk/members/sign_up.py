"""Coming in: a clinic for who signs up, a place in one for who is invited, told by Cognito's user pool.

Cognito repeats what takes it too long, so everything here may happen any number of times, and at once.
"""

import time
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

import psycopg

from frontdesk.db import queries
from frontdesk.db.claims import clinic_transaction, directory_transaction
from frontdesk.endpoint import Role
from frontdesk.members import audit, invitations, membership
from frontdesk.settings import settings
from frontdesk.tool import clean

_SQL: Final = queries.beside(__file__)
_MARGIN_S: Final = 0.5
"""Left to answer in before the Lambda itself is stopped."""
_LONGEST_NAME: Final = 200
NAME: Final = "New clinic"
TIME_ZONE: Final = "America/Vancouver"
LANGUAGES: Final = ("en",)
"""Of a clinic that has said nothing yet."""


class Person(NamedTuple):
    """A user of the pool."""

    id: str
    pool: str
    """Whose user it is; with the id it says which clinic is theirs."""
    email: str
    """In lower case; empty unless it is proven."""
    clinic_name: str
    was_invited: bool
    """Made by an invitation, not by signing up: they have no clinic of their own."""


class Place(NamedTuple):
    """Where somebody belongs, and as what."""

    org_id: UUID
    role: Role


def person(event: Mapping[str, Any]) -> Person:
    """Whom an event of the pool is about."""
    attributes: Mapping[str, str] = event["request"]["userAttributes"]
    is_proven = attributes.get("email_verified", "").lower() == "true"
    named = clean(attributes.get("custom:clinic_name") or attributes.get("name") or "")
    return Person(
        id=attributes["sub"],
        pool=event["userPoolId"],
        email=attributes.get("email", "").strip().lower() if is_proven else "",
        clinic_name=named[:_LONGEST_NAME] or NAME,
        was_invited=attributes.get("custom:invited") == "true",
    )


def deadline(context: Any) -> float:
    """Until when to try, on the clock of `time.monotonic`."""
    now = time.monotonic()
    return now + min(settings().deadline_s, context.get_remaining_time_in_millis() / 1000 - _MARGIN_S)


def sign_up(who: Person, ends: float) -> None:
    """Makes their clinic, them its owner, and what it needs to be answered; or nothing, if it was ever made.

    So who has left their clinic doesn't come back by signing in.
    """
    org_id = uuid5(NAMESPACE_URL, f"frontdesk:{who.pool}/{who.id}")
    try:
        with clinic_transaction(org_id, ends, member=who.id) as db:
            opened = {"name": who.clinic_name, "time_zone": TIME_ZONE, "languages": list(LANGUAGES)}
            if not db.run(_SQL["open_clinic"], **opened):
                return
            db.run(_SQL["own_clinic"], user_id=who.id, email=who.email)
            db.run(_SQL["first_type"])
            audit.note(db, "organization.created", of=who.id, role="owner")
    except psycopg.errors.UniqueViolation:
        return  # they have become a member elsewhere, and the clinic that was about to be is undone


def come_in(who: Person, ends: float) -> Place | None:
    """Where they belong at this sign-in, after joining or opening a clinic if they are to; None: nowhere."""
    sought = _sought(who, ends)
    if sought.member_of is None and not who.was_invited:
        # Before any invitation: when the sign-up failed, what it was to make is still owed.
        sign_up(who, ends)
        sought = _sought(who, ends)
    if sought.member_of is None and sought.invited_to:
        with clinic_transaction(sought.invited_to, ends, member=who.id) as db:
            invitations.take(db, who.id, who.email)
        sought = _sought(who, ends)
    if sought.member_of is None:
        return None
    with clinic_transaction(sought.member_of, ends, member=who.id) as db:
        role = membership.role_of(db, who.id)
    return Place(sought.member_of, role) if role else None


class _Sought(NamedTuple):
    member_of: UUID | None
    invited_to: UUID | None


def _sought(who: Person, ends: float) -> _Sought:
    with directory_transaction(ends) as db:
        found = db.one(_Sought, _SQL["sought"], user_id=who.id, email=who.email)
    assert found is not None, "a SELECT without a table has a row"  # noqa: S101 - for the type alone
    return found
