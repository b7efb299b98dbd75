"""The audit log looked at: whether it is what was sealed, and as a table for people."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from frontdesk import zones
from frontdesk.call import between_calls
from frontdesk.db.transaction import Transaction
from frontdesk.members import audit
from frontdesk.privacy.sealing import NOTHING, SQL, Entry, Head, Row, Seal, own_id

_LONGEST: Final = timedelta(hours=1)
"""What a transaction of ours can't last: an entry that is so much older than its batch was forged."""
COLUMNS: Final = (
    *("id", "at", "actor_kind", "actor", "source", "action", "outcome"),
    *("patient_ids", "appointment_id", "call_id", "change"),
)


class Fault(NamedTuple):
    """Something that isn't as it was sealed."""

    batch: int
    row: int | None
    """The row's id; None: the seal itself."""
    kind: str
    """Of a row `changed`, `missing`, `added`, `reordered`, `backdated`; `seal_changed`, `seal_missing`."""


class Verified(NamedTuple):
    """What was found of a clinic's chain."""

    head: Head
    """Compare its hash with what the sealer logged: a chain that was replaced whole shows only there."""
    sealed: int
    """Rows that the seals remember."""
    gone: int
    """Of these, those that retention has dropped."""
    unsealed: int
    """Rows written since the last seal."""
    faults: list[Fault]


def verify(db: Transaction) -> Verified:
    """Compares every row with what its seal remembers, and every seal with the one before."""
    dropped_before: datetime | None = db.value(SQL["dropped_before"])
    org_id, head, last_at = own_id(db), NOTHING, None
    sealed = gone = 0
    faults: list[Fault] = []
    for seal in _seals(db):
        faults += [Fault(batch, None, "seal_missing") for batch in range(head.batch + 1, seal.batch)]
        is_next = seal.batch == head.batch + 1
        is_chained = not is_next or (seal.previous_hash, seal.from_xid) == (head.hash, head.to_xid)
        if seal.hash != seal.own_hash(org_id) or not is_chained or len(seal.entries) != 48 * seal.n_rows:
            faults.append(Fault(seal.batch, None, "seal_changed"))
        # A chain that has a hole still covers every row: what it doesn't remember was added.
        rows = db.all(Row, SQL["rows_between"], from_xid=head.to_xid, to_xid=seal.to_xid)
        found, n_gone = _compared(seal, rows, dropped_before)
        faults += found
        faults += [
            Fault(seal.batch, row.id, "backdated")
            for row in rows
            if last_at and row.at_us < _us(last_at - _LONGEST)
        ]
        sealed, gone = sealed + seal.n_rows, gone + n_gone
        head, last_at = Head(seal.batch, seal.to_xid, seal.hash), seal.sealed_at
    return Verified(head, sealed, gone, db.value(SQL["unsealed"], from_xid=head.to_xid), faults)


def _seals(db: Transaction) -> Iterator[Seal]:
    batch = 0
    while page := db.all(Seal, SQL["seals_after"], batch=batch):
        yield from page
        batch = page[-1].batch


def _compared(seal: Seal, rows: list[Row], dropped_before: datetime | None) -> tuple[list[Fault], int]:
    """What is wrong with a batch's rows, and how many retention has dropped."""
    expected = {entry.id: entry for entry in seal.rows}
    there = {row.id: Entry(row.id, row.at_us, row.digest) for row in rows}
    missing = expected.keys() - there.keys()
    dropped = {id_ for id_ in missing if dropped_before and expected[id_].at_us < _us(dropped_before)}
    changed = {id_ for id_ in expected.keys() & there.keys() if expected[id_] != there[id_]}
    of_others = {expected[id_].digest for id_ in changed | missing - dropped}
    faults = [Fault(seal.batch, id_, "missing") for id_ in missing - dropped]
    faults += [Fault(seal.batch, id_, "added") for id_ in there.keys() - expected.keys()]
    faults += [
        Fault(seal.batch, id_, "reordered" if there[id_].digest in of_others else "changed")
        for id_ in changed
    ]
    return sorted(faults, key=lambda fault: (fault.row or 0, fault.kind)), len(dropped)


def _us(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


class _Entry(NamedTuple):
    id: int
    at: datetime
    actor_kind: str
    actor: str
    source: str
    action: str
    outcome: str
    patient_id: int | None
    patient_ids: list[int] | None
    appointment_id: int | None
    call_id: str | None
    change: dict[str, Any] | None


def table(db: Transaction, first: date, last: date, *, most: int) -> tuple[str, int]:
    """The entries of these days of the clinic's as CSV, by time, and how many; `most` + 1 stands for more.

    That they were asked for is an entry, too. Times in the table are in UTC. A cell
    that a spreadsheet would take for a formula begins with an apostrophe.
    """
    zone = between_calls(db).clinic.zone
    since, until = zones.midnight(first, zone), zones.midnight(last + timedelta(days=1), zone)
    entries = db.all(_Entry, SQL["entries"], since=since, until=until, limit=most + 1)
    audit.note(db, "audit.exported")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in _line(entry)] for entry in entries)
    return text.getvalue(), len(entries)


def _line(entry: _Entry) -> list[object]:
    patients = entry.patient_ids or ([] if entry.patient_id is None else [entry.patient_id])
    shown = entry._asdict() | {
        "at": entry.at.isoformat(),
        "patient_ids": " ".join(map(str, patients)),
        "change": entry.change and json.dumps(entry.change, sort_keys=True, ensure_ascii=False),
    }
    return [shown[name] for name in COLUMNS]


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
