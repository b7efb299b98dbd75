"""Invitations: an address that may join a clinic, in a role, for two weeks."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.endpoint import ROLES, Role
from frontdesk.errors import Declined, Unknown
from frontdesk.members import audit, membership
from frontdesk.members.membership import Member
from frontdesk.members.problems import Problem

_SQL: Final = queries.beside(__file__)
MOST_A_DAY: Final = 20
"""By one clinic in 24 hours: anybody may open one, and each invitation is a mail in our name."""


class Invitation(NamedTuple):
    """One that is still open."""

    id: UUID
    email: str
    role: Role
    created_at: datetime
    expires_at: datetime


class IsMember(Declined):
    fact = "Somebody of that address is a member of this clinic already."


class TooMany(Declined):
    fact = f"Your clinic has invited {MOST_A_DAY} times in the last day, which is the most. Go on tomorrow."


def check(db: Transaction, by: Member, email: str, role: Role) -> None:
    """Whether this member may invite that address in that role.

    Raises `Problem` (403) for a role above their own, `IsMember` for one who is in already,
    and `TooMany`.
    """
    own = membership.role_of(db, by.id)
    if own is None or ROLES.index(role) > ROLES.index(own):
        raise Problem(403, "Nobody can invite to a role above their own; ask an owner of your clinic.")
    if db.value(_SQL["is_address_of_member"], email=email):
        raise IsMember
    if db.value(_SQL["invited_today"]) >= MOST_A_DAY:
        raise TooMany


def invite(db: Transaction, by: Member, email: str, role: Role) -> Invitation:
    """The address's one invitation to this clinic, new or renewed."""
    made = db.one(Invitation, _SQL["invite"], email=email, role=role, invited_by=by.id)
    assert made is not None, "the statement gives the row it wrote"  # noqa: S101 - for the type alone
    audit.note(db, "invitation.made", role=role)
    return made


def still_open(db: Transaction) -> list[Invitation]:
    """The clinic's, oldest first."""
    return db.all(Invitation, _SQL["open_invitations"])


def withdraw(db: Transaction, invitation_id: UUID) -> None:
    """Takes one back. Raises `Unknown`, also once it has been taken."""
    if not db.run(_SQL["withdraw"], invitation_id=invitation_id):
        raise Unknown("There is no invitation of that id.")
    audit.note(db, "invitation.withdrawn")


def take(db: Transaction, user_id: str, email: str) -> None:
    """Makes whoever proved this address a member and removes the invitation; nothing if none is open."""
    role: Role | None = db.value(_SQL["take_invitation"], user_id=user_id, email=email)
    if role:
        audit.note(db, "member.joined", of=user_id, role=role)
