"""Kinds of visit. What is booked keeps its length; one that is not offered any more is deactivated."""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import psycopg

from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.errors import Declined, Stale, Unknown
from frontdesk.members import audit

SQL: Final = queries.beside(__file__)


class NoSuchKind(Unknown):
    """The clinic has no appointment type of that id; another clinic may."""

    fact = "There is no appointment type of that id."


class NameTaken(Declined):
    """Callers could not tell the two apart."""

    fact = "There is an appointment type of that name already, perhaps one that is not active."


class Kind(NamedTuple):
    """One kind of visit, as its row."""

    id: int
    version: int
    name: str
    name_zh: str | None
    also_called: list[str]
    duration_min: int
    buffer_before_min: int
    buffer_after_min: int
    modes: list[str]
    is_for_new_patients: bool
    instructions: str | None
    instructions_zh: str | None
    is_active: bool


def every(db: Transaction) -> list[Kind]:
    """All that are or were offered, by id; without a word of the caller's the first is meant."""
    return db.all(Kind, SQL["types"], id=None)


def add(db: Transaction, fields: Mapping[str, Any]) -> Kind:
    """The new kind; the fields are JSON values by the names of their columns. Raises `NameTaken`."""
    made: int | None = db.value(SQL["add_type"], fields=json.dumps(fields))
    if made is None:
        raise NameTaken
    audit.note(db, "appointment_type.created", of=made)
    return _one(db, made)


def change(db: Transaction, kind_id: int, changes: Mapping[str, Any], *, seen: int | None) -> Kind:
    """The kind with these fields merged.

    Raises `NoSuchKind`, `NameTaken`, and `Stale` when `seen` is a version and not the latest.
    """
    try:
        changed = db.value(SQL["change_type"], id=kind_id, changes=json.dumps(changes), seen=seen)
    except psycopg.errors.UniqueViolation:
        raise NameTaken from None
    if changed is None:
        _one(db, kind_id)
        raise Stale
    audit.note(db, "appointment_type.changed", of=kind_id)
    return _one(db, kind_id)


def _one(db: Transaction, kind_id: int) -> Kind:
    found = db.one(Kind, SQL["types"], id=kind_id)
    if found is None:
        raise NoSuchKind
    return found
