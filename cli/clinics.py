"""Which clinic a verb is about, and the way into its rows: as the functions' own role, under its claims."""

import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg

from cli.explained import Misnamed
from frontdesk.db.claims import clinic_transaction, directory_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.patients import phones
from local import addresses

_PATIENCE_S: Final = 10
_VARIABLE: Final = "FRONTDESK_DATABASE_URL"
_CLINIC_OF_NUMBER: Final = "SELECT directory.organization_of_number(%(number)s::text)"


@contextmanager
def opened(org: str, data: Path | None, *, patience_s: float = _PATIENCE_S) -> Generator[Transaction]:
    """A transaction that sees the clinic of that id, telephone number or name.

    In the stack that runs on `data`; else in the database that the environment names; else in the stack that
    runs where stacks usually do. Names are known of a stack's clinics only: in a database nobody may list
    them. Raises `Misnamed`, `NotRunning` and `DatabaseFailed`.
    """
    known = _connected(data)
    try:
        deadline = time.monotonic() + patience_s
        with clinic_transaction(_id(org, known), deadline, source="cli") as db:
            yield db
    except psycopg.Error as error:
        raise Misnamed(
            f"{_VARIABLE} must name frontdesk_app's migrated database: {error.diag.message_primary}"
        ) from error


def everyone(data: Path | None) -> list[str]:
    """The ids of all clinics, in the database that `opened` would take."""
    _connected(data)
    with directory_transaction(time.monotonic() + _PATIENCE_S) as db:
        return [str(one.id) for one in db.all(_Id, "SELECT o AS id FROM directory.organizations() o")]


class _Id(NamedTuple):
    id: UUID


def _connected(data: Path | None) -> list[dict[str, Any]]:
    """The clinics that came with the stack; none are known of another database."""
    if data is None and os.environ.get(_VARIABLE):
        return []
    stack = addresses.read(data or addresses.DEFAULT_DIRECTORY)
    # Where everything that runs beside a database is told of it; nothing has looked yet.
    os.environ[_VARIABLE] = stack.app_database_url
    return stack.organizations


def _id(org: str, known: list[dict[str, Any]]) -> UUID:
    for one in known:
        if org.casefold() == one["name"].casefold():
            return UUID(one["id"])
    try:
        return UUID(org)
    except ValueError:
        pass
    number = phones.spoken_number(org)
    if number is not None:
        with directory_transaction(time.monotonic() + _PATIENCE_S) as db:
            found = db.value(_CLINIC_OF_NUMBER, number=number)
        if found is not None:
            return found
    there_are = "; there are: " + ", ".join(one["name"] for one in known) if known else ""
    raise Misnamed(f"no clinic {org!r}; name it by its id or its telephone number{there_are}")
