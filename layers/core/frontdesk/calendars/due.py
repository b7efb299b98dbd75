"""Which connections are to be synced, and how one asks for that."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from pydantic import BaseModel

from frontdesk.db import queries
from frontdesk.db.transaction import Transaction

SQL: Final = queries.beside(__file__)


class Sync(BaseModel):
    """The message: a connection that is due."""

    org_id: UUID
    connection_id: int
    found_at: datetime | None = None
    """When it was found to be due, by the database's clock: a sync that began later has seen to it."""


class _Due(NamedTuple):
    org_id: UUID
    connection_id: int
    found_at: datetime


def connections(db: Transaction) -> list[Sync]:
    """Those whose time has come, and those that somebody asks for; under nobody's claims."""
    return [Sync(**one._asdict()) for one in db.all(_Due, SQL["connections_due"])]


def want(db: Transaction, connection_id: int) -> bool:
    """Leaves word that it is to be synced; whether nobody had before, so that a message has to be sent."""
    return db.value(SQL["want"], id=connection_id) is not None
