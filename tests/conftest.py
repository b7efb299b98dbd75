"""A real Postgres for every test that needs one: one server a run, one migrated template, a clone a test."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import count
from logging import StreamHandler
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import certifi
import hypothesis
import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from xdist.remote import Producer  # pyright: ignore[reportMissingTypeStubs]
from xdist.scheduler import LoadFileScheduling, Scheduling  # pyright: ignore[reportMissingTypeStubs]

from frontdesk.db import connection, migrate
from frontdesk.knowledge.embedding import ENCODER
from frontdesk.logs import logger
from frontdesk.settings import settings
from local import demo, postgres
from tests import embedder as embedding
from tests import member, owner
from tests.clinic import HARBOUR_NUMBER, JANE, Clinic
from tests.conversation import Conversation

_WITH_A_STACK = ("tests/console/in_a_browser/", "tests/local/")
_numbers = count()
_ended: list[str] = []

# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what needs a database of its own: most of the time that all tests take is theirs.

    What is slow comes first, so that in the end no worker is alone with it.
    """
    for item in items:
        if "database" in getattr(item, "fixturenames", ()):
            item.add_marker("database")
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


class _Together(LoadFileScheduling):
    """A file's tests stay on one worker, and so do all that start a whole stack: two at once are too slow."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "with a stack" if file.startswith(_WITH_A_STACK) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """In place of xdist's own."""
    return _Together(config, log)


@pytest.fixture(scope="session", autouse=True)
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Of those whom clients believe, one: each new client reads all their certificates, which takes 30 ms.

    Who checks certificates still does, and nobody that tests talk to has one from there.
    """
    file = tmp_path_factory.mktemp("authorities") / "one.pem"
    end = "-----END CERTIFICATE-----\n"
    file.write_text(Path(certifi.where()).read_text(encoding="utf-8").partition(end)[0] + end)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(certifi, "where", lambda: str(file))
        # Where the environment names authorities, httpx takes those; programs that tests start still do.
        patch.setattr("httpx._config.os", SimpleNamespace(environ={}))
        yield


@pytest.fixture(scope="session", autouse=True)
def models_read_once() -> Iterator[None]:
    """What botocore knows of AWS's services, which each new session, as moto begins with, would read anew."""
    session: Any = import_module("botocore.session")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "create_loader", cache(session.create_loader))
        yield


@dataclass(frozen=True)
class Database:
    """One test's own database, seeded with the demo clinics."""

    owner_url: str
    app_url: str


@pytest.fixture(scope="session")
def superuser_url() -> Iterator[str]:
    """A server to test on: our own, or the one that FRONTDESK_DATABASE_URL names."""
    with ExitStack() as ends:
        theirs = postgres.database_url_from_env()
        yield theirs or ends.enter_context(postgres.running(durable=False)).superuser_url


@pytest.fixture(scope="session")
def superuser(superuser_url: str) -> Iterator[psycopg.Connection]:
    """Makes and drops what the tests work in; one connection a run, for each costs as much as a query."""
    with psycopg.connect(superuser_url, autocommit=True) as superuser:
        yield superuser


@pytest.fixture(scope="session")
def template(superuser_url: str, superuser: psycopg.Connection) -> Iterator[str]:
    """The name of a migrated and seeded database, to be cloned."""
    name = f"frontdesk_template_{os.getpid()}"
    migrate.bootstrap(superuser_url, database=name, owner_password="owner", app_password="app")
    owner_url = url(superuser_url, name, "frontdesk_owner", "owner")
    migrate.migrate(owner_url)
    demo.seed(owner_url)
    _copy_in_the_kernel(superuser, name)
    yield name
    _drop_ended(superuser)
    _drop(superuser, name)


@pytest.fixture
def database(
    superuser_url: str, superuser: psycopg.Connection, template: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    name = f"frontdesk_test_{os.getpid()}_{next(_numbers)}"
    # Copied as files, without a log of it: the quickest way to a fresh database.
    options = f"TEMPLATE {template} OWNER frontdesk_owner STRATEGY file_copy"
    superuser.execute(f"CREATE DATABASE {name} {options}".encode())
    _drop_ended(superuser)
    app_url = url(superuser_url, name, "frontdesk_app", "app")
    monkeypatch.setenv("FRONTDESK_DATABASE_URL", app_url)
    monkeypatch.setenv("FRONTDESK_STAGE", "local")
    monkeypatch.setenv("FRONTDESK_VAPI_HMAC_SECRETS", '["a-live-secret", "the-one-before"]')
    monkeypatch.setenv("FRONTDESK_VAPI_SHARED_SECRETS", '["a-shared-secret"]')
    monkeypatch.setenv("FRONTDESK_MEMBER_SECRETS", json.dumps([member.SECRET, member.BEFORE]))
    monkeypatch.setenv("FRONTDESK_LIVE_CONTROL_HOSTS", '["127.0.0.1"]')
    settings.cache_clear()
    connection.drop()
    yield Database(url(superuser_url, name, "frontdesk_owner", "owner"), app_url)
    connection.drop()
    settings.cache_clear()
    owner.leave()
    _ended.append(name)


def _copy_in_the_kernel(superuser: psycopg.Connection, template: str) -> None:
    """Takes half of a copy's time, where Postgres (from 18 on) and the system can."""
    trial = f"{template}_trial"
    try:
        superuser.execute(b"SET file_copy_method = clone")
        superuser.execute(f"CREATE DATABASE {trial} TEMPLATE {template} STRATEGY file_copy".encode())
    except psycopg.Error:
        superuser.execute(b"RESET ALL")
    _drop(superuser, trial)


def _drop_ended(superuser: psycopg.Connection) -> None:
    """Drops what earlier tests worked in: had sessions there only just ended, each DROP would wait 0.1 s."""
    while _ended:
        _drop(superuser, _ended.pop())


def _drop(superuser: psycopg.Connection, name: str) -> None:
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


@pytest.fixture
def talk(clinic: Clinic) -> Conversation:
    """What Vapi tells of John Doe's call to Maple Clinic."""
    return Conversation(clinic)


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch) -> Iterator[embedding.StandIn]:
    """The function that embeds, as a stand-in that can be told to fail; its model is the stage's."""
    from frontdesk import aws  # boto3, which few tests need

    with embedding.running() as stand_in:
        told = {
            "AWS_ENDPOINT_URL_LAMBDA": stand_in.url,
            "AWS_DEFAULT_REGION": "ca-central-1",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "FRONTDESK_EMBED_FUNCTION": embedding.NAME,
            "FRONTDESK_EMBEDDING_MODEL": ENCODER,
        }
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        aws.client.cache_clear()
        yield stand_in
    aws.client.cache_clear()
    settings.cache_clear()


class _Stdout:
    """Wherever stdout goes at the moment; pytest puts another in its place for each phase of a test."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


@pytest.fixture
def printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> pytest.CaptureFixture[str]:
    """What a function prints, as CloudWatch would keep it; the logger keeps the stdout of its import."""
    monkeypatch.setattr(cast("StreamHandler[Any]", logger.registered_handler), "stream", _Stdout())
    return capsys
