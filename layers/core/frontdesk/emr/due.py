"""Whose EMR is to be read."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from pydantic import BaseModel

from frontdesk.db.transaction import Transaction


class Reading(BaseModel):
    """The message: a clinic whose EMR is to be read."""

    org_id: UUID
    found_at: datetime
    """When that was found, by the database's clock: a reading that began later has seen to it."""


class _Due(NamedTuple):
    org_id: UUID
    found_at: datetime


def emrs(db: Transaction) -> list[Reading]:
    """Those whose time has come; under nobody's claims."""
    found = db.all(_Due, "SELECT org_id, now() AS found_at FROM directory.emrs_due() AS org_id")
    return [Reading(org_id=one.org_id, found_at=one.found_at) for one in found]
