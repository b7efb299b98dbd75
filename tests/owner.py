"""The owner's connection to a test's database, kept while the test lasts: each new one costs as much."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock

import psycopg

_kept: dict[str, psycopg.Connection] = {}
_in_use = Lock()


@contextmanager
def transaction(url: str, org_id: str) -> Generator[psycopg.Connection]:
    """The database as its owner, under a clinic's claims; commits at the end.

    Who comes while another thread has the connection gets one of their own.
    """
    if not _in_use.acquire(blocking=False):
        with connected(url) as connection:
            claim(connection, org_id)
            yield connection
        return
    try:
        if url not in _kept:
            leave()
            _kept[url] = connected(url)
        with _kept[url].transaction():
            claim(_kept[url], org_id)
            yield _kept[url]
    finally:
        _in_use.release()


def connected(url: str) -> psycopg.Connection:
    # Nothing is prepared: a test may change the tables between two of its statements.
    return psycopg.connect(url, prepare_threshold=None)


def claim(connection: psycopg.Connection, org_id: str) -> None:
    """From here on the session is this clinic's."""
    claims = json.dumps({"app_metadata": {"org_id": org_id}})
    connection.execute("SELECT set_config('request.jwt.claims', %s, false)", [claims])


def leave() -> None:
    """Closes what is kept; the next transaction opens another."""
    while _kept:
        _kept.popitem()[1].close()
