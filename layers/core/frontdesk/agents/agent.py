"""A clinic's agents: saved as one row each, whatever Vapi is doing."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from frontdesk.agents.choices import Sync, Template
from frontdesk.agents.definitions import SQL
from frontdesk.db.transaction import Transaction
from frontdesk.errors import Declined, Stale, Unknown


class Agent(NamedTuple):
    """What a clinic saved, and how far that has come at Vapi."""

    id: UUID
    org_id: UUID
    name: str
    template: Template
    languages: list[str]
    voice: str
    greeting: str
    greeting_zh: str
    instructions: str
    transfer_reasons: list[str] | None
    """For what a call is handed to a person; None: for all reasons there are."""
    model: str
    temperature: Decimal
    version: int
    synced_version: int
    synced_at: datetime | None
    sync_error: str | None
    vapi_assistant_id: str | None
    updated_at: datetime
    """Of the last save."""
    before: dict[str, Any] | None
    """As it was before that, by column; None: it was saved once."""

    @property
    def sync(self) -> Sync:
        """`degraded` until the next save or the next try that works."""
        if self.sync_error is not None:
            return "degraded"
        return "synced" if self.synced_version == self.version else "pending"


class TemplateFixed(Declined):
    """An agent keeps the template that it began with."""

    fact = "An agent's template can't be changed; make another agent, and delete this one."


def all_of(db: Transaction) -> list[Agent]:
    """The clinic's, the oldest first."""
    return db.all(Agent, SQL["agents"])


def one(db: Transaction, agent_id: UUID) -> Agent:
    """Raises `Unknown` for what is not there or is another clinic's."""
    found = db.one(Agent, SQL["agent"], agent_id=agent_id)
    if found is None:
        raise Unknown("There is no such agent.")
    return found


def save(db: Transaction, agent_id: UUID, fields: Mapping[str, Any], *, seen: int | None) -> Agent:
    """Makes or changes it, and gives it the next version.

    Args:
        db: under the clinic's claims.
        agent_id: chosen by whoever makes it.
        fields: the columns of a save, whole.
        seen: the version that it is built on; None when that doesn't matter.

    Raises:
        Unknown: the id is another clinic's, or was once this clinic's.
        Stale: `seen` is not the latest, or there is nothing yet.
        TemplateFixed: it was made from another template.
    """
    values = {**fields, "agent_id": agent_id}
    if seen is None and db.run(SQL["make"], **values):
        return one(db, agent_id)
    if db.run(SQL["change"], **values, seen=seen):
        return one(db, agent_id)
    held = one(db, agent_id)
    raise TemplateFixed if held.template != fields["template"] else Stale


def delete(db: Transaction, agent_id: UUID, *, seen: int | None) -> int:
    """Nobody sees it any more; its assistant goes next. Its last version; raises `Unknown` and `Stale`."""
    version: int | None = db.value(SQL["bury"], agent_id=agent_id, seen=seen)
    if version is None:
        one(db, agent_id)
        raise Stale
    return version
