"""Who belongs to a clinic, what they may do there, and that a clinic keeps an owner."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import psycopg

from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.endpoint import ROLES, Role
from frontdesk.errors import Declined, Unknown
from frontdesk.members.problems import Problem

_SQL: Final = queries.beside(__file__)


class Member(NamedTuple):
    """Somebody who works at a clinic, as their token says."""

    id: str
    """The token's `sub`: whose doing it is, in the audit log."""
    org_id: UUID


class Membership(NamedTuple):
    """A member as the others see them."""

    user_id: str
    email: str
    role: Role
    created_at: datetime


class LastOwner(Declined):
    fact = "A clinic keeps at least one owner. Make somebody else an owner first."


def check(db: Transaction, member: Member, least: Role) -> None:
    """Raises `Problem` (403) unless they have this role or a higher one today, whatever a token says."""
    role = role_of(db, member.id)
    if role is None:
        raise Problem(403, "You are not a member of this clinic, or not any more. Sign in again.")
    if ROLES.index(role) < ROLES.index(least):
        raise Problem(
            403, f"This takes the role `{least}`, and yours is `{role}`; ask an owner of your clinic."
        )


def role_of(db: Transaction, user_id: str) -> Role | None:
    """What somebody may do in this clinic; None: they are no member of it."""
    return db.value(_SQL["role"], user_id=user_id)


def all_of(db: Transaction) -> list[Membership]:
    """Everybody, those first who came first."""
    return db.all(Membership, _SQL["members"])


def change_role(db: Transaction, user_id: str, role: Role) -> Membership:
    """The member with their new role. Raises `Unknown`, and `LastOwner` for the only owner."""
    with _an_owner_stays():
        changed = db.one(Membership, _SQL["change_role"], user_id=user_id, role=role)
    if changed is None:
        raise Unknown("There is no member of that id.")
    note(db, "member.role_changed", user=user_id, role=role)
    return changed


def leave(db: Transaction, user_id: str, *, by: str) -> None:
    """Somebody goes, by themself or removed by another. Raises `Unknown` and `LastOwner`."""
    with _an_owner_stays():
        if not db.run(_SQL["leave"], user_id=user_id):
            raise Unknown("There is no member of that id.")
    note(db, "member.left" if by == user_id else "member.removed", user=user_id)


def note(db: Transaction, action: str, *, user: str | None = None, role: Role | None = None) -> None:
    """An entry of the audit log: what the claims' member did, to whom, by ids."""
    db.run(_SQL["note"], action=action, user=user, role=role)


@contextmanager
def _an_owner_stays() -> Generator[None]:
    """Says in our words what the trigger of that name refuses, also of two owners who go at once."""
    try:
        yield
    except psycopg.errors.CheckViolation as refused:
        if refused.diag.constraint_name == "an_owner_stays":
            raise LastOwner from refused
        raise
