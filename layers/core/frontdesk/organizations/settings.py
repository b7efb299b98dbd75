"""The clinic's own row, its lists of telephone lines and caps, read and changed under one version."""

import json
from collections.abc import Mapping
from typing import Any, Final

import psycopg

from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.errors import Stale
from frontdesk.members import audit
from frontdesk.members.problems import Problem, not_taken

SQL: Final = queries.beside(__file__)

_REFUSED: Final = {
    "quiet_hours": ("outboundFrom", "The hours in which people are called begin before they end."),
    "emr_books_at_once": ("bookingMode", "A clinic whose diary is in its EMR can't approve visits first."),
}
"""What is wrong, and where, by the constraint that says so."""


def read(db: Transaction) -> dict[str, Any]:
    """Everything by the names of the columns, as JSON has it; and `transfer_lines` and `caps`."""
    found = db.value(SQL["settings"])
    if found is None:
        raise Problem(404, "There is no such clinic.")
    return found


def change(db: Transaction, changes: Mapping[str, Any], *, seen: int | None) -> None:
    """Merges these fields, by the names of their columns, as JSON values; lists replace what is there.

    Raises `Stale` when `seen` is a version and not the latest, and `Problem` (422) for a cap on what is not
    there.
    """
    try:
        latest = db.value(SQL["change"], changes=json.dumps(changes), version=seen)
    except psycopg.errors.CheckViolation as error:
        wrong = _REFUSED.get(error.diag.constraint_name or "")
        if wrong is None:
            raise
        raise not_taken(wrong) from None
    if latest is None:
        raise Stale
    if "memory_days" in changes:
        db.run(SQL["set_expiry_of_memories"])
    if "transfer_lines" in changes:
        db.run(SQL["drop_transfer_lines"])
        db.run(SQL["add_transfer_lines"], lines=json.dumps(changes["transfer_lines"]))
    if "caps" in changes:
        db.run(SQL["drop_caps"])
        try:
            db.run(SQL["add_caps"], caps=json.dumps(changes["caps"]))
        except psycopg.errors.ForeignKeyViolation:
            raise not_taken(("caps", "One names a provider or a type that there isn't.")) from None
    audit.note(db, "organization.changed")
