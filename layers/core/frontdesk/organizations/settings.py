"""The clinic's own row, its lists of telephone lines and caps, read and changed under one version."""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import psycopg

from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.members import audit
from frontdesk.members.problems import Problem, not_taken

SQL: Final = queries.beside(__file__)


class Settings(NamedTuple):
    """Everything, as the columns have it; times in lists are text."""

    version: int
    name: str
    name_zh: str | None
    phone_number: str | None
    address: str
    region: str
    time_zone: str
    languages: list[str]
    hours_text: str | None
    hours_text_zh: str | None
    accepting_new_patients: bool
    identity_proof: str
    notice_min: int
    horizon_days: int
    slot_interval_min: int
    slot_offset_min: int
    packed: bool
    cleanup_min: int
    buffers_inside_hours: bool
    booking_mode: str
    approval_min: int
    waitlist_offer_min: int
    holiday_province: str | None
    retention_days: int
    archives_recordings: bool
    keeps_originals: bool
    original_days: int
    legal_hold: bool
    memory_days: int
    digest_email: str | None
    digest_hour: int
    texts_enabled: bool
    transfer_lines: list[dict[str, Any]]
    caps: list[dict[str, Any]]


def read(db: Transaction) -> Settings:
    """The settings as they stand."""
    found = db.one(Settings, SQL["settings"])
    if found is None:
        raise Problem(404, "There is no such clinic.")
    return found


def change(db: Transaction, changes: Mapping[str, Any], *, seen: int | None) -> None:
    """Merges these fields, by the names of their columns, as JSON values; lists replace what is there.

    Raises `Problem`: 412 when `seen` is a version and not the latest, 422 for a cap on what is not there.
    """
    if db.value(SQL["change"], changes=json.dumps(changes), version=seen) is None:
        raise Problem(412, "Somebody has changed it meanwhile; read it again.")
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
