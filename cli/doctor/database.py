"""Postgres: whether it is there, as the last deploy left it, with its walls; and what holds of clinics' rows.

One connection of the functions' own role, on which nothing can be written. Clinics' rows are asked for clinic
by clinic, under each one's claims: no role of ours sees across them, and no doctor is a reason for one.
"""

import json
import time
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.conninfo import make_conninfo

from cli.doctor import questions
from cli.doctor.finding import Finding, State, unknown, well
from cli.doctor.questions import EXAMPLES, Question
from frontdesk.db import migrate
from frontdesk.db.connection import Connection
from frontdesk.db.transaction import Transaction
from frontdesk.privacy import audit

_SCHEMA, _WALLS, _ROWS = "schema", "walls", "clinics"
_VECTOR: Final = (0, 8)
"""The first pgvector whose index scans go on until enough rows pass a filter."""
_APART_S: Final = 30
_POSTGRES: Final = 17
"""The oldest major version that the suite and Aurora run."""
_PATIENCE: Final = "-c default_transaction_read_only=on -c statement_timeout=30s -c TimeZone=UTC"
_MIGRATE: Final = "deploy, which migrates; here: `frontdesk db migrate`"


def look(url: str | None, org_id: UUID | None) -> Iterator[Finding]:
    """Everything, of one clinic's rows or of all."""
    if url is None:
        yield unknown(
            _SCHEMA, "reachable", "nobody said where it is", "set FRONTDESK_DATABASE_URL to frontdesk_app's"
        )
        return
    try:
        with connected(url) as connection:
            yield from schema(connection)
            yield from _weighed(_WALLS, questions.read(questions.WALLS), _asked_once(connection))
            yield from _clinics(connection, org_id)
    except psycopg.Error as failed:
        # The server's own words hold no rows; libpq's hold the address, and no password.
        said = (failed.diag.message_primary or str(failed)).strip().splitlines()[0]
        yield unknown(_SCHEMA, "reachable", said, "start it, or mend FRONTDESK_DATABASE_URL, and look again")


@contextmanager
def connected(url: str) -> Generator[Connection]:
    """A connection on which nothing can be written."""
    with Connection.connect(
        make_conninfo(url, application_name="frontdesk doctor", connect_timeout=5),
        autocommit=True,
        options=_PATIENCE,
    ) as connection:
        yield connection


def schema(connection: Connection) -> Iterator[Finding]:
    """Versions, and whether all is as the last deploy left it, and that deploy this release's."""
    major = connection.info.server_version // 10000
    at_least = State.OK if major >= _POSTGRES else State.FAIL
    yield Finding(
        _SCHEMA, "reachable", at_least, f"Postgres {major}", "" if major >= _POSTGRES else "take a newer one"
    )
    [vector] = connection.execute(
        "SELECT max(extversion) FROM pg_extension WHERE extname = 'vector'"
    ).fetchone() or [None]
    if vector and tuple(int(part) for part in vector.split(".")[:2]) >= _VECTOR:
        yield well(_SCHEMA, "pgvector", vector)
    else:
        yield Finding(
            _SCHEMA,
            "pgvector",
            State.FAIL,
            vector or "not there",
            "0.8 or newer, as the superuser: `ALTER EXTENSION vector UPDATE`",
        )
    yield _clock(connection)
    try:
        with connection.transaction():
            left, there = set(migrate.recorded(connection)), set(migrate.objects(connection))
    except psycopg.errors.UndefinedTable:
        yield Finding(
            _SCHEMA, "migrations", State.FAIL, "this release's migrator has never run here", _MIGRATE
        )
        return
    ours = set(migrate.files())
    of_files = {one for one in left if one.kind in ("migration", "rules")}
    for kind, name in (("migration", "migrations"), ("rules", "replaceable SQL")):
        wanted, got = ({one for one in some if one.kind == kind} for some in (ours, of_files))
        yield _compared(name, wanted, got, "as in this release", _MIGRATE)
    yield _compared(
        "schema",
        left - of_files,
        there,
        "as the last deploy left it",
        "somebody changed it by hand; a deploy puts functions, policies and grants back, and nothing else",
    )


def invariants(connection: Connection, clinics: Iterable[UUID]) -> Iterator[Finding]:
    """What holds of these clinics' rows, and whether their audit logs are whole."""
    asked = questions.read(questions.INVARIANTS)
    found: dict[str, list[tuple[int, tuple[str, ...]]]] = defaultdict(list)
    not_seen: list[str] = []
    faulty: list[str] = []
    seen = 0
    for org_id in clinics:
        try:
            with under_claims(connection, org_id):
                for name, answer in questions.ask(connection, asked).items():
                    if answer.many:
                        found[name].append(
                            (answer.many, tuple(f"{org_id}: {one}" for one in answer.examples))
                        )
                if audit.verify(Transaction(connection)).faults:
                    faulty.append(str(org_id))
            seen += 1
        except (psycopg.errors.QueryCanceled, psycopg.errors.UndefinedTable) as failed:
            not_seen.append(f"{org_id}: {failed.sqlstate}")
    yield from _weighed(_ROWS, asked, found)
    if faulty:
        remedy = "`frontdesk audit verify` says which entries; see docs/privacy.md"
        yield Finding(
            _ROWS,
            "audit_chain",
            State.FAIL,
            f"broken at {len(faulty)} clinics",
            remedy,
            tuple(faulty[:EXAMPLES]),
        )
    else:
        yield well(_ROWS, "audit_chain", f"whole at {seen} clinics")
    if not_seen:
        yield Finding(
            _ROWS,
            "all seen",
            State.UNKNOWN,
            f"{len(not_seen)} clinics could not be asked",
            "look again with --org",
            tuple(not_seen[:EXAMPLES]),
        )


@contextmanager
def under_claims(connection: Connection, org_id: UUID) -> Generator[None]:
    """A transaction that sees one clinic."""
    claims = json.dumps({"app_metadata": {"org_id": str(org_id)}})
    with connection.transaction():
        connection.execute("SELECT set_config('request.jwt.claims', %s, true)", [claims])
        yield


def _clinics(connection: Connection, org_id: UUID | None) -> Iterator[Finding]:
    try:
        known: list[UUID] = [
            one for (one,) in connection.execute("SELECT directory.organizations()").fetchall()
        ]
    except psycopg.Error as failed:
        yield unknown(_ROWS, "clinics", f"can't be listed ({failed.sqlstate})", _MIGRATE)
        return
    if org_id is not None and org_id not in known:
        yield unknown(_ROWS, "clinics", f"no clinic {org_id}", "name one by its id")
        return
    chosen = known if org_id is None else [org_id]
    yield well(_ROWS, "clinics", f"{len(chosen)} looked into")
    yield from invariants(connection, chosen)


def _clock(connection: Connection) -> Finding:
    """Postgres' against this machine's: a signature is good for five minutes, a lease for one."""
    asked_at = time.time()
    [told] = connection.execute("SELECT extract(epoch FROM clock_timestamp())::float").fetchone() or [
        asked_at
    ]
    # The answer was made while we waited for it.
    apart = max(asked_at - told, told - time.time(), 0.0)
    if apart <= _APART_S:
        return well(_SCHEMA, "clock", "Postgres' and this machine's agree")
    return Finding(
        _SCHEMA,
        "clock",
        State.WARN,
        f"{apart:.0f} s apart",
        "set this machine's by NTP; if it is right, see the server's",
    )


def _asked_once(connection: Connection) -> dict[str, list[tuple[int, tuple[str, ...]]]]:
    with connection.transaction():
        told = questions.ask(connection, questions.read(questions.WALLS))
    return {name: [answer] for name, answer in told.items() if answer.many}


def _weighed(
    area: str, asked: Iterable[Question], found: dict[str, list[tuple[int, tuple[str, ...]]]]
) -> Iterator[Finding]:
    for one in asked:
        wrong = found.get(one.name, [])
        count = sum(each for each, _ in wrong)
        examples = tuple(islice((each for _, several in wrong for each in several), EXAMPLES))
        if count:
            yield Finding(area, one.name, one.severity, f"{count}: {one.means}", one.remedy, examples)
        else:
            yield well(area, one.name, "none")


def _compared(name: str, wanted: set[Any], got: set[Any], as_it_is: str, remedy: str) -> Finding:
    if wanted == got:
        return well(_SCHEMA, name, f"{len(got)}, {as_it_is}")
    before, now = ({f"{one.kind} {one.name}": one.digest for one in some} for some in (wanted, got))
    differ = [f"{one}: missing" for one in sorted(before.keys() - now.keys())]
    differ += [f"{one}: not expected" for one in sorted(now.keys() - before.keys())]
    differ += [f"{one}: changed" for one in sorted(before.keys() & now.keys()) if before[one] != now[one]]
    return Finding(
        _SCHEMA, name, State.FAIL, f"{len(differ)} not {as_it_is}", remedy, tuple(differ[:EXAMPLES])
    )
