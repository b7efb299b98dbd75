"""Transactions outside a tool call: under one clinic's claims, or under nobody's to ask the directory."""

import json
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import psycopg

from frontdesk import traces
from frontdesk.db import connection as database
from frontdesk.db.connection import Connection
from frontdesk.db.transaction import Transaction
from frontdesk.settings import settings
from frontdesk.tool import STATEMENT_SHARE

_LOCK_SHARE: Final = 0.5
"""Of the time there is, what a wait for a lock may take; less than a statement, so the error names it."""

_ACTOR: Final = os.environ.get("POWERTOOLS_SERVICE_NAME", "frontdesk")
"""Which of our functions this is: who, in the audit log, when nobody asks."""
_SET: Final = b"""
    SELECT set_config('request.jwt.claims', %s, true), set_config('statement_timeout', %s, true),
        set_config('lock_timeout', %s, true), set_config('frontdesk.actor', %s, true),
        set_config('frontdesk.source', %s, true), set_config('application_name', %s, true)"""


@contextmanager
def clinic_transaction(
    org_id: UUID, deadline: float, *, member: str | None = None, source: str = "system"
) -> Generator[Transaction]:
    """A transaction that sees this clinic and no other; committed at the end, undone by an error.

    Args:
        org_id: whose.
        deadline: on the clock of `time.monotonic`.
        member: who asks, when somebody does.
        source: from where, for the audit log: an internet address, `schedule`, `cli`.

    Raises `DatabaseFailed` and `DeadlineExceeded`.
    """
    claims: dict[str, Any] = {"app_metadata": {"org_id": str(org_id)}}
    with _transaction({"sub": member, **claims} if member else claims, deadline, source) as db:
        yield db


@contextmanager
def directory_transaction(deadline: float) -> Generator[Transaction]:
    """A transaction that sees no clinic's rows; only the directory's questions have answers in it."""
    with _transaction({}, deadline, "system") as db:
        yield db


@contextmanager
def _transaction(claims: dict[str, Any], deadline: float, source: str) -> Generator[Transaction]:
    try:
        connection = _begun(deadline, json.dumps(claims), source)
        yield Transaction(connection)
        connection.execute(b"COMMIT")
    finally:
        database.settle()


def _begun(deadline: float, claims: str, source: str) -> Connection:
    """The connection with its transaction open; another one if the kept one had died since its last use."""
    connection = database.connection(deadline)
    try:
        _begin(connection, claims, source)
    except psycopg.OperationalError:
        if database.is_connected():
            raise
        connection = database.connection(
            deadline
        )  # nothing was asked of the dead one, so nothing is repeated
        _begin(connection, claims, source)
    return connection


def _begin(connection: Connection, claims: str, source: str) -> None:
    left_ms = min(connection.deadline - time.monotonic(), settings().deadline_s) * 1000
    # To Postgres 0 means without limit.
    limits = [str(max(1, round(left_ms * share))) for share in (STATEMENT_SHARE, _LOCK_SHARE)]
    with connection.pipeline():
        connection.execute(b"BEGIN")
        connection.execute(_SET, [claims, *limits, _ACTOR, source, traces.session_name(_ACTOR)], prepare=True)
