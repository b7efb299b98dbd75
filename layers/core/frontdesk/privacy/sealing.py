"""Seals of the audit log: batches of a clinic's rows, chained by hash.

A batch is all rows whose transaction's id lies between two bounds. The upper one is taken where Postgres
says that every transaction below is over, so nothing can come into a batch after it was made, however long a
call's transaction was open, and no call ever waits: the log itself is only read. Ids of transactions go on
through restarts, snapshots, failovers and `pg_upgrade`; a dump that is restored elsewhere begins them anew.

The canonical form of a row is a JSON object without its nulls: keys sorted, no spaces, UTF-8, numbers as
Postgres writes them. A later column that is null in old rows so changes no digest.
"""

import json
import time
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID

from frontdesk.db import queries
from frontdesk.db.transaction import Transaction

SQL: Final = queries.beside(__file__)

MOST_ROWS: Final = 5000
"""In a batch, but that what one transaction wrote stays together."""
_LONGEST_S: Final = 1.5
"""Of one clinic's turn; the next run goes on."""
_ENTRY: Final = 48
"""Bytes of a row in a seal: id and microseconds, 8 each and big-endian, SHA-256."""


class Row(NamedTuple):
    """One row of the log."""

    id: int
    at_us: int
    """Microseconds since 1970, in UTC."""
    xid: str
    actor_kind: str
    actor: str
    source: str
    call_id: str | None
    action: str
    outcome: str
    patient_id: int | None
    patient_ids: list[int] | None
    appointment_id: int | None
    change: dict[str, Any] | None

    @property
    def digest(self) -> bytes:
        """Of all but the id, which stands beside it: so rows that changed places are told from others."""
        values = {name: value for name, value in self._asdict().items() if value is not None and name != "id"}
        return sha256(_canonical(values)).digest()


class Entry(NamedTuple):
    """One row, as a seal remembers it."""

    id: int
    at_us: int
    digest: bytes


class Seal(NamedTuple):
    """One batch."""

    batch: int
    """From 1, without a gap."""
    from_xid: str
    to_xid: str
    """Not included; where the next batch begins."""
    n_rows: int
    entries: bytes
    dropped_before: datetime | None
    """Of a closing seal: rows from before then may be gone by retention."""
    previous_hash: bytes
    """Empty in the first."""
    hash: bytes
    sealed_at: datetime

    @property
    def rows(self) -> list[Entry]:
        """What it remembers, by id."""
        found: list[Entry] = []
        for place in range(0, len(self.entries) // _ENTRY * _ENTRY, _ENTRY):
            one = self.entries[place : place + _ENTRY]
            found.append(Entry(int.from_bytes(one[:8]), int.from_bytes(one[8:16], signed=True), one[16:]))
        return found

    def own_hash(self, org_id: str) -> bytes:
        """What its hash must be, by all else in it and whose it is."""
        head = {
            "org_id": org_id,
            "batch": self.batch,
            "from_xid": self.from_xid,
            "to_xid": self.to_xid,
            "n_rows": self.n_rows,
            "dropped_before": self.dropped_before and _instant(self.dropped_before),
            "previous_hash": self.previous_hash.hex(),
            "sealed_at": _instant(self.sealed_at),
        }
        return sha256(_canonical(head) + b"\n" + self.entries).digest()


class Head(NamedTuple):
    """Where the chain ends."""

    batch: int
    to_xid: str
    hash: bytes


NOTHING: Final = Head(0, "0", b"")
"""The head of a chain that hasn't begun."""


class Sealed(NamedTuple):
    """What was sealed of one clinic."""

    org_id: str
    seals: list[Seal]


class _Clinic(NamedTuple):
    org_id: UUID


def clinics(db: Transaction) -> list[UUID]:
    """All of them; asked of the directory, so without any clinic's claims."""
    return [one.org_id for one in db.all(_Clinic, SQL["clinics"])]


def own_id(db: Transaction) -> str:
    """The clinic of the claims."""
    return str(db.value("SELECT auth.org_id()"))


def seal(db: Transaction) -> Sealed:
    """Seals what can be sealed of the clinic's rows, in as many batches as it takes; perhaps none."""
    began = time.monotonic()
    db.run(SQL["one_sealer"])
    head = db.one(Head, SQL["head"]) or NOTHING
    settled: str = db.value(SQL["settled"])
    made: list[Seal] = []
    while time.monotonic() - began < _LONGEST_S:
        until = db.value(SQL["batch_end"], from_xid=head.to_xid, settled=settled, most=MOST_ROWS) or settled
        rows = db.all(Row, SQL["rows_between"], from_xid=head.to_xid, to_xid=until)
        if not rows:
            break
        made.append(_add(db, head, until, rows))
        head = Head(made[-1].batch, made[-1].to_xid, made[-1].hash)
        if until == settled:
            break
    return Sealed(own_id(db), made)


def close(db: Transaction, cutoff: datetime) -> bool:
    """Says in the chain that rows from before `cutoff` may go; False, and nothing said, when it can't be.

    It can't while such a row is not sealed, and needn't when there is none, or when it has been said.
    """
    db.run(SQL["one_sealer"])
    head = db.one(Head, SQL["head"]) or NOTHING
    if not db.value(SQL["may_close"], before=cutoff, from_xid=head.to_xid):
        return False
    _add(db, head, head.to_xid, [], dropped_before=cutoff)
    return True


def _add(
    db: Transaction, head: Head, until: str, rows: list[Row], *, dropped_before: datetime | None = None
) -> Seal:
    one = Seal(
        batch=head.batch + 1,
        from_xid=head.to_xid,
        to_xid=until,
        n_rows=len(rows),
        entries=b"".join(
            row.id.to_bytes(8) + row.at_us.to_bytes(8, signed=True) + row.digest for row in rows
        ),
        dropped_before=dropped_before,
        previous_hash=head.hash,
        hash=b"",
        sealed_at=datetime.now(UTC),
    )
    one = one._replace(hash=one.own_hash(own_id(db)))
    db.run(SQL["add_seal"], **one._asdict())
    return one


def _canonical(values: dict[str, Any]) -> bytes:
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
