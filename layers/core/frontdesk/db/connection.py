"""One connection to Postgres per thread, kept between calls, never waited on past a deadline.

In Lambda a process has one thread that asks Postgres; on one machine it may have several.
"""

import threading
import time
from typing import Any, Final, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

from frontdesk.errors import DatabaseFailed, DeadlineExceeded
from frontdesk.settings import Settings, settings

_CONNECT_TIMEOUT_S: Final = 2
"""libpq takes no less."""
_AUTHORITIES: Final = "/opt/rds-ca.pem"
"""Amazon RDS's certificate authorities, which no system store has; the core layer brings them."""

RV = TypeVar("RV")


class Connection(psycopg.Connection[tuple[Any, ...]]):
    """A psycopg connection that gives up at `deadline`, however silent the server is.

    A statement timeout is the server's promise; a server that is frozen or unplugged keeps none.
    """

    deadline: float = float("inf")
    """On the clock of `time.monotonic`."""

    def __del__(self, *_: object) -> None:
        """A thread that ends takes its connection along; psycopg would call that a leak."""
        self.pgconn.finish()

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Waits for the server as psycopg does, but not past the deadline; then the connection is closed."""
        left = self.deadline - time.monotonic()
        try:
            return super().wait(
                gen, interval, min(left, timeout or left) if left != float("inf") else timeout
            )
        except psycopg.errors._WaitTimeout as error:  # noqa: SLF001  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType, reportAttributeAccessIssue, reportUnknownVariableType]
            # What the server still does with the query is unknown, so the connection is of no more use.
            self.pgconn.finish()
            raise DeadlineExceeded("Postgres did not answer in time") from error  # pyright: ignore[reportUnknownArgumentType]


class _Kept(threading.local):
    connection: Connection | None = None


_own: Final = _Kept()


def connection(deadline: float) -> Connection:
    """This thread's connection, waited on until `deadline` and no longer; opened when there is none.

    Raises `DatabaseFailed` when it can't be, `DeadlineExceeded` when trying could take too long.
    """
    kept = _own.connection
    if kept is None or kept.closed:
        given = settings()
        if deadline - time.monotonic() < min(_CONNECT_TIMEOUT_S, given.deadline_s / 2):
            raise DeadlineExceeded("too late to open a connection")
        kept = _own.connection = _connect(given)
    kept.deadline = deadline
    return kept


def is_connected() -> bool:
    """Whether the connection still stands; after an error, whether the server kept it."""
    return _own.connection is not None and not _own.connection.closed


def settle() -> None:
    """Leaves nothing open: what an error left of a transaction is rolled back, or the connection given up."""
    kept = _own.connection
    if kept is None or kept.closed or kept.info.transaction_status == TransactionStatus.IDLE:
        return
    try:
        kept.rollback()
    except (psycopg.Error, DeadlineExceeded):
        drop()


def drop() -> None:
    """Closes this thread's connection; the next call opens another."""
    if _own.connection is not None:
        _own.connection.close()
        _own.connection = None


def _connect(given: Settings) -> Connection:
    try:
        return Connection.connect(
            given.database_url or "",
            autocommit=True,
            connect_timeout=_CONNECT_TIMEOUT_S,
            application_name="frontdesk",
            # Instants are read in UTC; the clinic's zone is Python's business, with the pinned data.
            options="-c TimeZone=UTC",
            **({} if given.database_url else _parts(given)),
        )
    except psycopg.OperationalError as error:
        raise DatabaseFailed("Postgres could not be reached") from error


def _parts(given: Settings) -> dict[str, Any]:
    if not given.database_host:
        raise DatabaseFailed("neither FRONTDESK_DATABASE_URL nor FRONTDESK_DATABASE_HOST is set")
    parts: dict[str, Any] = {
        "host": given.database_host,
        "port": given.database_port,
        "dbname": given.database_name,
        "user": given.database_user,
    }
    if given.database_auth == "iam":
        from frontdesk.db import iam  # only where it is deployed

        parts["password"] = iam.token(given.database_host, given.database_port, given.database_user)
        parts["sslmode"] = "verify-full"
        parts["sslrootcert"] = _AUTHORITIES
    return parts
