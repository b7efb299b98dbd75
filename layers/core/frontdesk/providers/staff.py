"""Providers and their hours. Who leaves is deactivated: their visits stand, and nobody is offered to them."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any, Final, NamedTuple

import psycopg

from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.errors import Stale, Unknown
from frontdesk.members import audit
from frontdesk.members.problems import not_taken

SQL: Final = queries.beside(__file__)


class NoSuchProvider(Unknown):
    """The clinic has no provider of that id; another clinic may."""

    fact = "There is no provider of that id."


class Provider(NamedTuple):
    """Somebody who sees patients, or did."""

    id: int
    version: int
    """Of the hours too."""
    name: str
    name_zh: str | None
    specialty: str
    languages: list[str]
    is_active: bool
    future_visits: int


class WeeklyHours(NamedTuple):
    """One shift of every week."""

    weekday: int
    starts: time
    ends: time
    location_id: int | None


class DateHours(NamedTuple):
    """One shift of one date, or, without times, that there is none."""

    day: date
    starts: time | None
    ends: time | None
    location_id: int | None


def everybody(db: Transaction) -> list[Provider]:
    """All who are or were the clinic's, by id."""
    return db.all(Provider, SQL["providers"], id=None)


def read(db: Transaction, provider_id: int) -> Provider:
    """One of them. Raises `NoSuchProvider`."""
    found = db.one(Provider, SQL["providers"], id=provider_id)
    if found is None:
        raise NoSuchProvider
    return found


def add(db: Transaction, fields: Mapping[str, Any]) -> Provider:
    """The new provider; the fields are JSON values by the names of their columns."""
    provider_id: int = db.value(SQL["add_provider"], fields=json.dumps(fields))
    audit.note(db, "provider.created", of=provider_id)
    return read(db, provider_id)


def change(db: Transaction, provider_id: int, changes: Mapping[str, Any], *, seen: int | None) -> Provider:
    """The provider with these fields merged.

    Raises `NoSuchProvider`, and `Stale` when `seen` is a version and not the latest.
    """
    if db.value(SQL["change_provider"], id=provider_id, changes=json.dumps(changes), seen=seen) is None:
        read(db, provider_id)
        raise Stale
    audit.note(db, "provider.changed", of=provider_id)
    return read(db, provider_id)


def hours(db: Transaction, provider_id: int) -> tuple[int, list[WeeklyHours], list[DateHours]]:
    """The provider's version, week, and the dates that differ from it. Raises `NoSuchProvider`."""
    return (
        read(db, provider_id).version,
        db.all(WeeklyHours, SQL["weekly_hours"], provider_id=provider_id),
        db.all(DateHours, SQL["date_hours"], provider_id=provider_id),
    )


def replace_hours(
    db: Transaction, provider_id: int, *, weekly: Sequence[Any], dates: Sequence[Any], seen: int | None
) -> None:
    """Puts these rows, JSON values by column, in place of all there were.

    Raises as `change` does, and `Problem` (422) for a location that is not there.
    """
    if db.value(SQL["next_version"], id=provider_id, seen=seen) is None:
        read(db, provider_id)
        raise Stale
    for name, rows in (("weekly", weekly), ("date", dates)):
        db.run(SQL[f"drop_{name}_hours"], provider_id=provider_id)
        try:
            db.run(SQL[f"add_{name}_hours"], provider_id=provider_id, hours=json.dumps(rows))
        except psycopg.errors.ForeignKeyViolation:
            field = "weekly" if name == "weekly" else "dates"
            raise not_taken((field, "One names a location that there isn't.")) from None
    audit.note(db, "hours.changed", of=provider_id)
