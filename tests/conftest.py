"""A real Postgres for every test that needs one: one server a run, one migrated template, a clone a test."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from frontdesk.db import connection, migrate
from frontdesk.settings import settings
from local import demo, postgres
from tests.clinic import HARBOUR_NUMBER, JANE, Clinic

_TEMPLATE = "frontdesk_template"
_numbers = count()


@dataclass(frozen=True)
class Database:
    """One test's own database, seeded with the demo clinics."""

    owner_url: str
    app_url: str
    server: postgres.Server | None
    """None when Postgres is somebody else's."""


@dataclass(frozen=True)
class Template:
    """The migrated and seeded database that tests are cloned from."""

    superuser_url: str
    server: postgres.Server | None


@pytest.fixture(scope="session")
def template() -> Iterator[Template]:
    with postgres.running(durable=False) as server:
        migrate.bootstrap(
            server.superuser_url, database=_TEMPLATE, owner_password="owner", app_password="app"
        )
        owner_url = url(server.superuser_url, _TEMPLATE, "frontdesk_owner", "owner")
        migrate.migrate(owner_url)
        demo.seed(owner_url)
        yield Template(server.superuser_url, server)


@pytest.fixture
def database(template: Template, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(template.superuser_url, autocommit=True) as superuser:
        superuser.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} OWNER frontdesk_owner".encode())
    app_url = url(template.superuser_url, name, "frontdesk_app", "app")
    monkeypatch.setenv("FRONTDESK_DATABASE_URL", app_url)
    monkeypatch.setenv("FRONTDESK_STAGE", "local")
    monkeypatch.setenv("FRONTDESK_VAPI_HMAC_SECRETS", '["a-live-secret", "the-one-before"]')
    monkeypatch.setenv("FRONTDESK_VAPI_SHARED_SECRETS", '["a-shared-secret"]')
    monkeypatch.setenv("FRONTDESK_LIVE_CONTROL_HOSTS", '["127.0.0.1"]')
    settings.cache_clear()
    connection.drop()
    yield Database(url(template.superuser_url, name, "frontdesk_owner", "owner"), app_url, template.server)
    connection.drop()
    settings.cache_clear()
    with psycopg.connect(template.superuser_url, autocommit=True) as superuser:
        superuser.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def url(superuser_url: str, database: str, user: str, password: str) -> str:
    """The same server, as somebody else, at another database."""
    return make_conninfo(superuser_url, dbname=database, user=user, password=password)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    """Maple Clinic's line, John Doe calling."""
    return Clinic(database.owner_url)


@pytest.fixture
def harbour(database: Database) -> Clinic:
    """Harbour Clinic's line in the same database, Jane Roe calling."""
    return Clinic(
        database.owner_url, org_id=demo.HARBOUR, number=HARBOUR_NUMBER, caller=JANE, call="harbour-call-1"
    )
