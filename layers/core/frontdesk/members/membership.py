"""Whether somebody belongs to the clinic that their token names, and what they may do there."""

from typing import Final

from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.endpoint import ROLES, Role
from frontdesk.members.problems import Problem
from frontdesk.members.tokens import Member

_SQL: Final = queries.beside(__file__)


def check(db: Transaction, member: Member, least: Role) -> None:
    """Raises `Problem` (403) unless they have this role or a higher one today, whatever a token says."""
    role: Role | None = db.value(_SQL["role"], user_id=member.id)
    if role is None:
        raise Problem(403, "You are not a member of this clinic, or not any more. Sign in again.")
    if ROLES.index(role) < ROLES.index(least):
        raise Problem(
            403, f"This takes the role `{least}`, and yours is `{role}`; ask an owner of your clinic."
        )
