"""An open transaction: queries by name, rows typed, and a way to let go while others are asked."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

import psycopg
from psycopg.rows import RowMaker, class_row

from frontdesk.db.connection import Connection
from frontdesk.errors import FrontdeskError

Row = TypeVar("Row")


class AsksNobody(FrontdeskError):
    """Another server would have to be asked, which takes a commit, in what is to be undone."""


class Ask(NamedTuple, Generic[Row]):
    """One query to be sent with others."""

    row: type[Row]
    query: str
    values: dict[str, Any]


def rows_of(row: type[Row]) -> Callable[[psycopg.Cursor[Any]], RowMaker[Row]]:
    """Makes a `row` of each row; by place where the columns stand as its fields do: several times as fast."""

    def made_by(cursor: psycopg.Cursor[Any]) -> RowMaker[Row]:
        result = cursor.pgresult
        names = [result.fname(place) for place in range(result.nfields)] if result else []
        if names != [name.encode() for name in row.__annotations__]:
            return class_row(row)(cursor)
        # A named tuple's own `__new__` is Python, and does no more than this.
        return partial(tuple.__new__, row) if issubclass(row, tuple) else lambda values: row(*values)  # pyright: ignore[reportUnknownMemberType]

    return made_by


class Transaction:
    """Runs queries in an open transaction. `answering` or `db.claims` opens and closes it, not a handler."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stays = True

    def all(self, row: type[Row], query: str, **values: Any) -> list[Row]:
        """Every row, as `row`, a class whose fields are the query's columns."""
        with self._connection.cursor(row_factory=rows_of(row)) as cursor:
            return cursor.execute(query.encode(), values, prepare=True).fetchall()

    def one(self, row: type[Row], query: str, **values: Any) -> Row | None:
        """The first row, or None."""
        with self._connection.cursor(row_factory=rows_of(row)) as cursor:
            return cursor.execute(query.encode(), values, prepare=True).fetchone()

    def value(self, query: str, **values: Any) -> Any:
        """The first column of the first row, or None."""
        found = self._connection.execute(query.encode(), values, prepare=True).fetchone()
        return found[0] if found else None

    def run(self, query: str, **values: Any) -> int:
        """How many rows the statement touched."""
        return self._connection.execute(query.encode(), values, prepare=True).rowcount

    def together(self, *asked: Ask[Any]) -> list[list[Any]]:
        """The rows of several queries, sent in one round trip; each list as its `Ask` types it."""
        with self._connection.pipeline():
            cursors = [
                self._connection.cursor(row_factory=rows_of(one.row)).execute(
                    one.query.encode(), one.values, prepare=True
                )
                for one in asked
            ]
        return [cursor.fetchall() for cursor in cursors]

    def keep(self) -> None:
        """Commits what was done so far, which no refusal undoes any more; goes on in another transaction."""
        with self.released():
            pass

    def undo(self) -> None:
        """Undoes what was done since the handler began, or since the last `keep`."""
        self._connection.execute(b"ROLLBACK TO SAVEPOINT handler")

    @contextmanager
    def undone(self) -> Generator[None]:
        """Undoes, however it ends, whatever was done in it; in it nobody else can be asked (`AsksNobody`).

        Until then it holds its locks, and others wait who want the same times.
        """
        self._connection.execute(b"SAVEPOINT undone")
        self._stays = False
        try:
            yield
        finally:
            self._stays = True
            self._connection.execute(b"ROLLBACK TO SAVEPOINT undone")

    @contextmanager
    def released(self) -> Generator[None]:
        """Commits, so that no transaction and no lock is held while another server is awaited.

        Afterwards a second transaction is open under the same claims and limits. Raises `AsksNobody`.
        """
        if not self._stays:
            raise AsksNobody
        kept = self._connection.execute(
            b"SELECT current_setting('request.jwt.claims'), current_setting('statement_timeout'),"
            # Who the second transaction's audit entries are of, too.
            b" coalesce(current_setting('frontdesk.call_id', true), ''),"
            b" coalesce(current_setting('frontdesk.actor', true), ''),"
            b" coalesce(current_setting('frontdesk.source', true), ''), current_setting('application_name')"
        ).fetchone()
        self._connection.execute(b"COMMIT")
        try:
            yield
        finally:
            with self._connection.pipeline():
                self._connection.execute(b"BEGIN")
                self._connection.execute(
                    b"SELECT set_config('request.jwt.claims', %s, true),"
                    b" set_config('statement_timeout', %s, true), set_config('frontdesk.call_id', %s, true),"
                    b" set_config('frontdesk.actor', %s, true), set_config('frontdesk.source', %s, true),"
                    b" set_config('application_name', %s, true)",
                    kept,
                )
                self._connection.execute(b"SAVEPOINT handler")
